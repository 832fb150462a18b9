"""The largest or smallest of several inputs, ignoring masked elements."""

from minikeras.autodiff.arithmetic import Where
from minikeras.layers.merging.base_merge import mask_like
from minikeras.ops.comparison import logical_or


def extreme_of(op, inputs):
    """op(… op(op(x₁, x₂), x₃) …); where a value is masked, the other value replaces it.

    Where all values are masked, the first input's value remains.
    """
    result, result_mask = inputs[0], mask_like(inputs[0])
    for x in inputs[1:]:
        mask = mask_like(x)
        if mask is not None:
            x = Where()(mask, x, result)
        if result_mask is not None:
            result = Where()(result_mask, result, x)
        result_mask = None if mask is None or result_mask is None else logical_or(result_mask, mask)
        result = op(result, x)
    return result
