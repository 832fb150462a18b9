"""What a call came to, a result or an exception, and whether two packages agree about it.

Results agree if their structure, and each tensor's shape, dtype and values do, within rounding. Exceptions agree by
type if Keras raised its own on purpose. If the error came from the depths of TensorFlow or Python (an operation refused
its inputs, an attribute of None was read), any error of ours is right, and none too: `is_deliberate` has the rule.
"""

import dataclasses
import linecache
import os
import warnings

import numpy as np

ROUNDING = {"float16": 4e-3, "float32": 2e-5, "float64": 1e-9, "complex64": 2e-5, "complex128": 1e-9}
"""Allowed deviation, as a part of the largest value: some hundred roundings in sums taken in another order."""

SAME_ERRORS = {
    "InvalidArgumentError": ValueError,
    "UnimplementedError": NotImplementedError,
    "OutOfRangeError": IndexError,
}
"""Errors that only TensorFlow has, and the built-in one that says the same, where Keras raises them on purpose."""

VALUE, MISSING, SILENT, TYPE = "another result", "an error of ours only", "no error of ours", "another type of error"


@dataclasses.dataclass
class Outcome:
    """`result` in a form that can be compared (see `described`), or `error`."""

    result: object = None
    error: BaseException | None = None


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A tensor, symbolic tensor or NumPy array. A symbolic one has no values."""

    kind: str
    shape: tuple
    dtype: str
    values: np.ndarray | None = None

    def __repr__(self):
        values = "" if self.values is None else " " + np.array2string(self.values, threshold=12).replace("\n", "")
        return f"{self.kind} {self.dtype} {self.shape}{values}"


def outcome_of(package, call):
    """What `call(package)` comes to. Warnings are not part of it."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return Outcome(described(call(package)))
        except Exception as error:  # any type: it is what is compared
            return Outcome(error=error)


def described(result):
    """The result as nested (name of its type, parts) with a `Leaf` for each tensor and array."""
    if isinstance(result, dict):
        return "dict", {key: described(value) for key, value in result.items()}
    if isinstance(result, (list, tuple)):
        fields = getattr(result, "_fields", None)
        kind = type(result).__name__ if fields is None else f"named tuple {fields}"
        return kind, [described(value) for value in result]
    if isinstance(result, np.ndarray):
        return Leaf("array", result.shape, result.dtype.name, result)
    if result is None or isinstance(result, (bool, int, float, complex, str, bytes, np.generic)):
        return type(result).__name__, result
    if type(result).__name__ == "KerasTensor":
        return Leaf("symbolic", tuple(result.shape), result.dtype)
    if type(result).__name__ == "SparseTensor" and hasattr(result, "dense_shape"):
        return Leaf("sparse", tuple(result.shape), _dtype_name(result.dtype))
    if hasattr(result, "shape") and hasattr(result, "dtype"):
        values = np.asarray(result)
        return Leaf("tensor", values.shape, _dtype_name(result.dtype), values)
    return type(result).__name__, None


def leaves(result):
    """The `Leaf`s of a described result, in order."""
    if isinstance(result, Leaf):
        return [result]
    parts = result[1]
    if isinstance(parts, dict):
        parts = list(parts.values())
    return [leaf for part in parts for leaf in leaves(part)] if isinstance(parts, list) else []


def is_symbolic(result):
    """Whether any part of a described result is a symbolic tensor."""
    return any(leaf.kind == "symbolic" for leaf in leaves(result))


def covers(symbolic, eager):
    """Whether symbolic tensors have the dtypes and shapes, as far as they are known, of a computed result."""
    pairs = list(zip(leaves(symbolic), leaves(eager), strict=False))
    return len(leaves(symbolic)) == len(leaves(eager)) and all(
        a.dtype == b.dtype
        and len(a.shape) == len(b.shape)
        and all(n in (None, m) for n, m in zip(a.shape, b.shape, strict=True))
        for a, b in pairs
    )


def _dtype_name(dtype):
    return getattr(dtype, "name", str(dtype))


def difference(ours, theirs, rounding=None):
    """(kind, description) of how our outcome differs from Keras's, or None.

    Args:
        rounding: the tolerance in place of `ROUNDING`'s, for functions that round more coarsely.
    """
    if theirs.error is None and ours.error is None:
        text = _difference_of_results(ours.result, theirs.result, rounding)
        return (VALUE, text) if text else None
    if theirs.error is None:
        return MISSING, f"{_error_text(ours.error)}; Keras: {theirs.result}"
    if not is_deliberate(theirs.error):
        return None
    if ours.error is None:
        return SILENT, f"{ours.result}; Keras: {_error_text(theirs.error)}"
    if not isinstance(ours.error, expected_type(theirs.error)):
        return TYPE, f"{_error_text(ours.error)}; Keras: {_error_text(theirs.error)}"
    return None


def expected_type(error):
    """The type of the error that ours must have."""
    return SAME_ERRORS.get(type(error).__name__, type(error))


def is_deliberate(error):
    """Whether Keras itself raised the error, by a `raise` in its own code."""
    trace, frame = error.__traceback__, None
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if not path.endswith("traceback_utils.py"):  # it raises again what others raised
            frame = path, trace.tb_lineno
        trace = trace.tb_next
    path, line = frame
    inside = f"{os.sep}keras{os.sep}src{os.sep}" in path
    return inside and linecache.getline(path, line).strip().startswith(("raise", "assert"))


def _error_text(error):
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _difference_of_results(ours, theirs, rounding):
    if isinstance(theirs, Leaf):
        if not isinstance(ours, Leaf):
            return f"{ours}; Keras: {theirs}"
        return _difference_of_leaves(ours, theirs, rounding)
    if isinstance(ours, Leaf) or ours[0] != theirs[0]:
        return f"{ours}; Keras: {theirs}"
    parts = theirs[1]
    if isinstance(parts, dict):
        if list(ours[1]) != list(parts):
            return f"keys {list(ours[1])}; Keras: {list(parts)}"
        pairs = [(ours[1][key], parts[key]) for key in parts]
    elif isinstance(parts, list):
        if len(ours[1]) != len(parts):
            return f"{len(ours[1])} parts; Keras: {len(parts)}"
        pairs = list(zip(ours[1], parts, strict=True))
    else:
        if isinstance(parts, (float, np.floating)):
            return "" if np.isclose(ours[1], parts, rtol=1e-6, equal_nan=True) else f"{ours[1]}; Keras: {parts}"
        return "" if ours[1] == parts else f"{ours[1]}; Keras: {parts}"
    return next(filter(None, (_difference_of_results(a, b, rounding) for a, b in pairs)), "")


def _difference_of_leaves(ours, theirs, rounding):
    both = f"{ours}; Keras: {theirs}"
    if (ours.kind, ours.shape, ours.dtype) != (theirs.kind, theirs.shape, theirs.dtype):
        return both
    if theirs.values is None or theirs.values.size == 0:
        return ""
    a, b = ours.values, theirs.values
    if a.dtype.kind not in "fc" or b.dtype.kind not in "fc":
        return "" if np.array_equal(a, b) else both
    same = (a == b) | ((a != a) & (b != b))
    if same.all():
        return ""
    if not (np.isfinite(a[~same]).all() and np.isfinite(b[~same]).all()):
        return both
    wide = np.complex128 if a.dtype.kind == "c" else np.float64
    scale = max(np.abs(b[np.isfinite(b)].astype(wide)).max(), 1e-3)
    allowed = (rounding or 1.0) * ROUNDING.get(theirs.dtype, 1e-2)
    deviation = np.abs(a[~same].astype(wide) - b[~same].astype(wide)).max() / scale
    return "" if deviation <= allowed else f"differs by {deviation:.1e}: {both}"
