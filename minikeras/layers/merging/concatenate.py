"""`Concatenate`: joins inputs along an axis."""

from minikeras.autodiff.arithmetic import Cast
from minikeras.layers.layer import Layer
from minikeras.layers.merging.base_merge import check_list, check_masks, mask_like, spec_of_merged
from minikeras.ops.creation import ones_like
from minikeras.ops.joining import concatenate as concatenate_op
from minikeras.ops.reduction import any as any_over


class Concatenate(Layer):
    """The inputs joined along `axis`; their other axes must have the same lengths.

    Args:
        axis: the axis along which to join.
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True

    def build(self, input_shape):
        self.compute_output_shape(input_shape)

    def call(self, inputs):
        check_list(self, inputs)
        return concatenate_op(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape):
        check_list(self, input_shape)
        ndim = len(input_shape[0])
        axis = self.axis % ndim if -ndim <= self.axis < ndim else None
        others = {tuple(n for i, n in enumerate(shape) if i != axis) for shape in input_shape}
        if axis is None or any(len(shape) != ndim for shape in input_shape) or not _agree(others):
            raise ValueError(
                f"`Concatenate` requires inputs with matching shapes on all axes but axis {self.axis}. "
                f"Layer '{self.name}' received: {[tuple(shape) for shape in input_shape]}"
            )
        lengths = [shape[axis] for shape in input_shape]
        merged = [next((s[i] for s in input_shape if s[i] is not None), None) for i in range(ndim)]
        merged[axis] = None if None in lengths else sum(lengths)
        return tuple(merged)

    def compute_output_spec(self, inputs):
        return spec_of_merged(self, inputs)

    def compute_mask(self, inputs, mask=None):
        """The masks joined like the inputs (True for inputs without one): where any feature is unmasked."""
        if mask is None:
            return None
        check_masks(self, inputs, mask)
        if all(m is None for m in mask):
            return None
        masks = []
        for x, m in zip(inputs, mask, strict=True):
            if m is None:
                masks.append(Cast("bool")(ones_like(x)))
            else:
                masks.append(m if len(m.shape) == len(x.shape) else mask_like(x, m))
        return any_over(concatenate_op(masks, axis=self.axis), axis=-1)


def concatenate(inputs, axis=-1, **kwargs):
    """`Concatenate(axis=axis, **kwargs)(inputs)`."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def _agree(shapes):
    """Whether shapes are equal where both lengths are known."""
    return all(len({n for n in lengths if n is not None}) <= 1 for lengths in zip(*shapes, strict=True))
