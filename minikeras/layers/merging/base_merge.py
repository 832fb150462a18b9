"""The base of layers that combine several inputs of one shape."""

from functools import reduce

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.layers.layer import Layer
from minikeras.ops.comparison import logical_or
from minikeras.ops.creation import zeros_like
from minikeras.ops.shaping import expand_dims


class BaseMerge(Layer):
    """y = x₁ ∘ x₂ ∘ …, elementwise; subclasses define ∘ in `_merge_function`.

    Call arguments:
        inputs: list of one or more tensors whose shapes can be broadcast together, with batches of one length. Tensors
            with fewer axes get axes of length 1 after the batch axis.
    """

    _accepted_kinds = "fiuc"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def _merge_function(self, inputs):
        raise NotImplementedError

    def build(self, input_shape):
        check_list(self, input_shape)
        self._check_batches(input_shape)
        self.compute_output_shape(input_shape)

    def call(self, inputs):
        check_list(self, inputs)
        ndim = max(len(x.shape) for x in inputs)
        return self._merge_function([_with_axes(x, ndim) for x in inputs])

    def compute_output_shape(self, input_shape):
        check_list(self, input_shape)
        ndim = max(len(shape) for shape in input_shape)
        if ndim == 0:
            return ()
        aligned = [(*[1] * (ndim - len(shape)), *shape[1:]) for shape in input_shape]
        batches = {shape[0] for shape in input_shape if shape} - {None}
        try:
            return (batches.pop() if len(batches) == 1 else None, *map(_broadcast_length, zip(*aligned, strict=True)))
        except ValueError:
            raise self._incompatible(input_shape) from None

    def _check_batches(self, input_shape):
        if len({shape[0] for shape in input_shape if shape} - {None}) > 1:
            raise self._incompatible(input_shape, "different batch sizes. ")

    def _incompatible(self, shapes, what=""):
        return ValueError(
            f"Inputs have incompatible shapes for layer '{self.name}' ({type(self).__name__}): {what}"
            f"Received shapes {' and '.join(str(tuple(shape)) for shape in shapes)}. Lengths must be equal, or 1."
        )

    def compute_output_spec(self, inputs):
        return spec_of_merged(self, inputs)

    def compute_mask(self, inputs, mask=None):
        """Where any input is unmasked (None if an input has no mask)."""
        if mask is None:
            return None
        check_masks(self, inputs, mask)
        if any(m is None for m in mask):
            return None
        return reduce(logical_or, mask)


def spec_of_merged(layer, inputs):
    """The symbolic output for a list of symbolic inputs, sparse if all are."""
    check_list(layer, inputs)
    shape = layer.compute_output_shape([x.shape for x in inputs])
    return KerasTensor(shape, dtype=layer.compute_dtype, sparse=all(x.sparse for x in inputs))


def check_list(layer, inputs):
    """Raise unless `inputs` is a list of tensors, or of shapes, with at least one."""
    items = inputs if isinstance(inputs, (list, tuple)) else ()
    if not items or any(item is None or isinstance(item, int) for item in items):
        raise ValueError(
            f"A {type(layer).__name__} should be called on a list of inputs. Layer '{layer.name}' "
            f"received: {str(inputs)[:200]}. Write `{type(layer).__name__}(…)([x1, x2])`."
        )


def check_masks(layer, inputs, mask):
    """Raise a ValueError unless `inputs` and `mask` are lists of one length."""
    for name, value in (("mask", mask), ("inputs", inputs)):
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"`{name}` should be a list, in merge layer '{layer.name}'. Received: {name}={value}")
    if len(inputs) != len(mask):
        raise ValueError(
            f"`inputs` and `mask` of merge layer '{layer.name}' should have the same length. "
            f"Received: {len(inputs)} inputs, {len(mask)} masks"
        )


def mask_like(x, mask=None):
    """`mask`, or else the mask of x, with x's axes and lengths; None if x has none."""
    mask = getattr(x, "_keras_mask", None) if mask is None else mask
    if mask is None:
        return None
    for _ in range(len(x.shape) - len(mask.shape)):
        mask = expand_dims(mask, -1)
    return logical_or(mask, zeros_like(x, dtype="bool"))  # also for unknown lengths


def _broadcast_length(lengths):
    """The length that lengths of one axis broadcast to; None if one of them is unknown.

    Raises:
        ValueError: two lengths differ, and neither is 1.
    """
    known = {n for n in lengths if n not in (None, 1)}
    if len(known) > 1:
        raise ValueError("different lengths")
    return None if None in lengths else known.pop() if known else 1


def _with_axes(x, ndim):
    for _ in range(ndim - len(x.shape)):
        x = expand_dims(x, 1)
    return x
