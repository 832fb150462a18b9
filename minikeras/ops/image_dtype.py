"""Pixels of another dtype, rescaled so that black and white are kept.

Floats go from 0 (black) to 1 (white), integers from 0 to the largest of their dtype.
"""

import numpy as np

from minikeras.autodiff.dtypes import is_float, standardize_dtype
from minikeras.ops.core import cast, convert_to_tensor, saturate_cast


def convert_image_dtype(image, dtype, saturate=False):
    """An image in another dtype, scaled to its range.

    Args:
        image: of a float or integer dtype.
        dtype: the wanted one.
        saturate: whether values beyond the range are clipped, not wrapped.

    Returns:
        float → integer: ⌊x · (largest + 1/2)⌋;  integer → float: x / largest;  between integers: by a power of two.

    Raises:
        TypeError: boolean or complex images.
    """
    image, dtype = convert_to_tensor(image), standardize_dtype(dtype)
    for name in (image.dtype, dtype):
        if not (is_float(name) or name.startswith(("int", "uint"))):
            raise TypeError(f"`convert_image_dtype` takes floats and integers. Received: {image.dtype} to {dtype}")
    if image.dtype == dtype:
        return image
    convert = saturate_cast if saturate else cast
    if is_float(image.dtype):
        if is_float(dtype):
            return cast(image, dtype)
        return convert(image * (_largest(dtype) + 0.5), dtype)
    if is_float(dtype):
        return cast(image, dtype) * (1.0 / _largest(image.dtype))
    source, target = _largest(image.dtype) + 1, _largest(dtype) + 1
    if source > target:
        return convert(image // (source // target), dtype)
    return convert(image, dtype) * (target // source)


def as_float_image(image):
    """The image as floats from 0 to 1; float16 and float32 are unchanged."""
    image = convert_to_tensor(image)
    return image if image.dtype in ("float16", "float32") else convert_image_dtype(image, "float32")


def _largest(dtype):
    return int(np.iinfo(dtype).max)
