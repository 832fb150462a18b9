"""A layer's requirements on its inputs: `InputSpec`, on shapes and dtypes; `check_kinds`, on the kinds of numbers."""

from collections.abc import Iterable

from minikeras import tree
from minikeras.autodiff.dtypes import is_float, standardize_dtype
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import FromConfig
from minikeras.base.replay import safe_to_replay
from minikeras.ops.core import kinds_in_words, received


class InputSpec(FromConfig):
    """Rank, lengths and dtype that an input must have; None accepts any.

    Args:
        dtype: required dtype.
        shape: required shape, None for any length.
        ndim, max_ndim, min_ndim: number of axes.
        axes: {axis: length}.
        allow_last_axis_squeeze: accept a missing or extra last axis of length 1.
        name: the key of the input when the layer takes a dict.
        optional: whether None is accepted.

    Raises:
        TypeError: `axes` is not a dict from integers.
        ValueError: `axes` has an axis beyond the last one.
    """

    def __init__(
        self,
        dtype=None,
        shape=None,
        ndim=None,
        max_ndim=None,
        min_ndim=None,
        axes=None,
        allow_last_axis_squeeze=False,
        name=None,
        optional=False,
    ):
        self.dtype = None if dtype is None else standardize_dtype(dtype)
        if shape is not None and not isinstance(shape, Iterable):
            raise ValueError(f"Cannot convert {shape!r} to a shape, a tuple of lengths.")
        self.shape = None if shape is None else tuple(shape)
        self.ndim = len(self.shape) if shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        if any(not isinstance(axis, (int, str)) or not str(axis).lstrip("-").isdigit() for axis in axes or ()):
            raise TypeError(f"`axes` of an InputSpec is a dict from axes, which are integers. Received: axes={axes}")
        self.axes = {int(axis): length for axis, length in (axes or {}).items()}
        max_axes = self.ndim or max_ndim
        if self.axes and max_axes and max(self.axes) >= max_axes:
            raise ValueError(
                f"An axis of `axes` is greater than the maximum allowed value, {max_axes - 1}. Received: axes={axes}"
            )
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional

    def __repr__(self):
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        return f"InputSpec({', '.join(f'{n}={getattr(self, n)}' for n in names if getattr(self, n))})"

    def get_config(self):
        """The constructor's arguments as a dict."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes", "optional")
        return {name: getattr(self, name) for name in names}


def assert_input_compatibility(input_spec, inputs, layer):
    """Check `inputs` (a tensor or a nested structure) of a layer against one spec or a structure of them.

    Raises:
        ValueError: naming the layer, what it expected and what it received.
    """
    if type(input_spec) is InputSpec and not isinstance(inputs, (list, tuple, dict)):
        if _fault_of(input_spec, inputs) is not None:
            _check(input_spec, inputs, 0, layer.name)
        return
    specs = tree.flatten(input_spec)
    if isinstance(inputs, dict) and all(spec.name is not None for spec in specs):
        missing = [spec.name for spec in specs if spec.name not in inputs and not spec.optional]
        if missing:
            raise ValueError(f"Missing data for input(s) {missing} of layer '{layer.name}'. Received: {sorted(inputs)}")
        values = [inputs.get(spec.name) for spec in specs]
    else:
        values = _with_nones(inputs)
    if len(values) != len(specs):
        raise ValueError(
            f"Layer '{layer.name}' expected {len(specs)} input(s). Received {len(values)} instead. "
            f"Shapes received: {[getattr(x, 'shape', None) for x in values]}"
        )
    for i, (spec, x) in enumerate(zip(specs, values, strict=True)):
        if not (x is None and spec.optional):
            _check(spec, x, i, layer.name)


def _with_nones(nested):
    if isinstance(nested, (list, tuple)):
        return [x for item in nested for x in _with_nones(item)]
    if isinstance(nested, dict):
        return [x for key in sorted(nested) for x in _with_nones(nested[key])]
    return [nested]


def _check(spec, x, position, layer_name):
    fault = _fault_of(spec, x)
    if fault is not None:
        raise ValueError(f"Input {position} of layer '{layer_name}' is incompatible with the layer: {fault}")


def _fault_of(spec, x):
    """A description of how an input violates the spec; None if it does not."""
    shape = getattr(x, "shape", None)
    if shape is None:
        return f"inputs to a layer should be tensors or arrays. Received: {str(x)[:80]} ({type(x).__name__})"
    fault, shape = _fault_of_rank(spec, tuple(shape))
    if fault is not None:
        return fault
    if spec.dtype is not None and standardize_dtype(x.dtype) != spec.dtype:
        return f"expected dtype={spec.dtype}, found dtype={standardize_dtype(x.dtype)}"
    for axis, length in spec.axes.items():
        if length is not None and shape[axis] not in (length, None):
            return f"expected axis {axis} of input shape to have value {length}, but received input with shape {shape}"
    if spec.shape is not None:
        for expected, found in zip(spec.shape, shape, strict=True):
            if expected is not None and found is not None and expected != found:
                return f"expected shape={spec.shape}, found shape={shape}"
    return None


def _fault_of_rank(spec, shape):
    """(a fault in the number of axes, or None; the shape, with or without a last axis that may be squeezed)."""
    ndim = len(shape)
    if spec.ndim is not None and ndim != spec.ndim:
        squeezable = spec.allow_last_axis_squeeze and (
            (ndim == spec.ndim + 1 and shape[-1] == 1) or (ndim == spec.ndim - 1 and spec.shape and spec.shape[-1] == 1)
        )
        if not squeezable:
            missing = ". Add the missing axis to the data, such as a last one: x[..., None]"
            hint = missing if ndim == spec.ndim - 1 else ""
            return f"expected ndim={spec.ndim}, found ndim={ndim}. Full shape received: {shape}{hint}", shape
        shape = shape[:-1] if ndim > spec.ndim else (*shape, 1)
    if spec.max_ndim is not None and ndim > spec.max_ndim:
        return f"expected max_ndim={spec.max_ndim}, found ndim={ndim}. Full shape received: {shape}", shape
    if spec.min_ndim is not None and ndim < spec.min_ndim:
        hint = ". Add the batch axis: x[None]" if ndim == spec.min_ndim - 1 else ""
        return f"expected min_ndim={spec.min_ndim}, found ndim={ndim}. Full shape received: {shape}{hint}", shape
    return None, shape


@safe_to_replay("it looks at the dtype only")
def check_kinds(layer, inputs, name, takes):
    """Raise the layer's `_kind_error` if the dtype of a tensor among `inputs` is not of an accepted kind.

    Symbolic tensors are not checked: as in Keras, the error comes when the model runs.

    Args:
        name: of the argument, for the message.
        takes: NumPy's letters, see `Layer._accepted_kinds`.
    """
    if type(inputs) is Tensor and inputs.array.dtype.kind in takes:  # the usual case
        return
    for x in tree.flatten(inputs):
        if type(x) is not Tensor or x.array.dtype.kind in takes or ("f" in takes and is_float(x.dtype)):
            continue
        sentence = (
            f"Layer '{layer.name}' ({type(layer).__name__}) takes {kinds_in_words(takes)}. {received(x.array, name)}"
        )
        error = layer._kind_error
        raise error(sentence) if issubclass(error, (ValueError, TypeError)) else error(None, None, sentence)
