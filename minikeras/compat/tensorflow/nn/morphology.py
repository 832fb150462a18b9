"""`tf.nn.dilation2d` and `erosion2d`. (Formulas: `minikeras/ops/morphology.py`.)"""

from minikeras.compat.tensorflow.conversion import operands
from minikeras.compat.tensorflow.nn.windows import spatial
from minikeras.ops import morphology
from minikeras.ops.spatial import standardize_padding

__all__ = ["dilation2d", "erosion2d"]


def dilation2d(input, filters, strides, padding, data_format, dilations, name=None):
    """The largest sum of a window with `filters` (rows, columns, channels), see `grey_dilation`.

    Args:
        input: (batch, height, width, channels).
        strides, dilations: as (1, rows, columns, 1).
        padding: "SAME" or "VALID".
        data_format: only "NHWC", as in TensorFlow.
    """
    return _computed(morphology.grey_dilation, input, filters, strides, padding, data_format, dilations)


def erosion2d(value, filters, strides, padding, data_format, dilations, name=None):
    """The smallest difference of a window and the `filters` rotated by 180°; arguments as in `dilation2d`."""
    return _computed(morphology.grey_erosion, value, filters, strides, padding, data_format, dilations)


def _computed(function, x, kernel, strides, padding, data_format, dilations):
    if data_format != "NHWC":
        raise ValueError(f"`data_format` must be 'NHWC' here. Received: data_format={data_format!r}")
    x, kernel = operands(x, kernel)
    strides, dilations = (spatial(v, 2, False, n) for v, n in ((strides, "strides"), (dilations, "dilations")))
    return function(x, kernel, strides, standardize_padding(padding), dilations)
