"""What differs on purpose, or where Keras itself is undefined: such cases are not compared."""

COARSER = {"inv": 100, "pinv": 100, "solve": 100, "lstsq": 1000, "det": 10, "ctc_loss": 10, "istft": 10, "logspace": 10}
"""Functions that amplify roundings: their tolerance in units of the usual one."""


LIMITS_OF_TENSORFLOW = (
    "A KerasTensor cannot be used as input to a TensorFlow function",  # one symbolic tensor among several arguments
    "is not in the list of allowed values",  # a dtype that one of TensorFlow's ops lacks
    "is not a valid dtype for Keras type promotion",  # text where numbers are expected: TypeError here
    "Invalid dtype:",
)
"""Sentences of errors where minikeras computes, or raises an error of another type."""


def rounding_of(name):
    """The tolerance of the function's results, in units of `outcomes.ROUNDING`."""
    return COARSER.get(name.rpartition(".")[2], 1)


def is_known(case, ours, theirs):
    """Whether a case is not compared."""
    words = str(theirs.error) if theirs.error else ""
    if theirs.error and any(text in words for text in LIMITS_OF_TENSORFLOW):
        return True
    return ours.error is not None and theirs.error is None and "wrong" in str(case)
