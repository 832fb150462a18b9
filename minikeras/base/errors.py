"""Errors with a status code, raised by functions of strings, files, tables and data sets when their *data* is wrong.

The codes and names are TensorFlow's (`tf.errors`), so that a script's `except tf.errors.OutOfRangeError` works. A wrong
argument in a program is Python's ValueError or TypeError, in ops too, except for a few image ops, for which Keras
leaves the check to TensorFlow.
"""

import errno

__all__ = [
    "ABORTED",
    "ALREADY_EXISTS",
    "CANCELLED",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "FAILED_PRECONDITION",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "OK",
    "OUT_OF_RANGE",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
    "AbortedError",
    "AlreadyExistsError",
    "CancelledError",
    "DataLossError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "OpError",
    "OperatorNotAllowedInGraphError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownError",
]

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OpError(Exception):
    """An operation failed.

    Args:
        node_def, op: the failed node in a graph of TensorFlow's; None here.
        message: what went wrong.
        error_code: one of the numbers above.
    """

    def __init__(self, node_def, op, message, error_code, *args):
        super().__init__()
        self._node_def, self._op, self._message, self._error_code = node_def, op, message, error_code
        self.experimental_payloads = args[0] if args else {}

    @property
    def message(self):
        """What went wrong."""
        return self._message

    @property
    def op(self):
        """The operation of a graph; None."""
        return self._op

    @property
    def node_def(self):
        """The node of a graph; None."""
        return self._node_def

    @property
    def error_code(self):
        """The number of the kind of error."""
        return self._error_code

    def __reduce__(self):
        return type(self), (self._node_def, self._op, self._message)

    def __str__(self):
        return str(self._message)


class _OfOneKind(OpError):
    """Base class of the errors below, each of which has its number."""

    code = UNKNOWN

    def __init__(self, node_def, op, message, *args):
        super().__init__(node_def, op, message, self.code, *args)


class CancelledError(_OfOneKind):
    """An operation was cancelled."""

    code = CANCELLED


class UnknownError(_OfOneKind):
    """An error without a better name."""

    code = UNKNOWN


class InvalidArgumentError(_OfOneKind):
    """An argument is not valid."""

    code = INVALID_ARGUMENT


class DeadlineExceededError(_OfOneKind):
    """It took too long."""

    code = DEADLINE_EXCEEDED


class NotFoundError(_OfOneKind):
    """A file or directory does not exist."""

    code = NOT_FOUND


class AlreadyExistsError(_OfOneKind):
    """Something to be created exists already."""

    code = ALREADY_EXISTS


class PermissionDeniedError(_OfOneKind):
    """The caller may not do this."""

    code = PERMISSION_DENIED


class ResourceExhaustedError(_OfOneKind):
    """Memory, or something else, has run out."""

    code = RESOURCE_EXHAUSTED


class FailedPreconditionError(_OfOneKind):
    """The system is not in a state in which this can be done."""

    code = FAILED_PRECONDITION


class AbortedError(_OfOneKind):
    """An operation was given up."""

    code = ABORTED


class OutOfRangeError(_OfOneKind):
    """There is nothing more: the end of a data set or file."""

    code = OUT_OF_RANGE


class UnimplementedError(_OfOneKind):
    """This has not been written."""

    code = UNIMPLEMENTED


class InternalError(_OfOneKind):
    """Something inside is broken."""

    code = INTERNAL


class UnavailableError(_OfOneKind):
    """A service cannot be reached now."""

    code = UNAVAILABLE


class DataLossError(_OfOneKind):
    """Data are lost or corrupted."""

    code = DATA_LOSS


class UnauthenticatedError(_OfOneKind):
    """The caller has not authenticated itself."""

    code = UNAUTHENTICATED


class OperatorNotAllowedInGraphError(TypeError):
    """A symbolic tensor was used where a value is needed, as in `if tensor:`."""


OF_FILES = {
    FileNotFoundError: NotFoundError,
    PermissionError: PermissionDeniedError,
    IsADirectoryError: FailedPreconditionError,
}


def class_for(error):
    """The class of the error to raise for a file that could not be read because of `error`."""
    if getattr(error, "errno", None) == errno.ELOOP:  # links that lead to each other
        return UnknownError
    return OF_FILES.get(type(error), InvalidArgumentError)
