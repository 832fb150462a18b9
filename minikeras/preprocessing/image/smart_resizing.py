"""`smart_resize`: resizes images without distortion."""

import numpy as np

from minikeras import ops

__all__ = ["smart_resize"]


def smart_resize(x, size, interpolation="bilinear", data_format="channels_last", **kwargs):
    """The largest central crop with the aspect ratio of `size`, resized to it.

    Args:
        x: (height, width, channels), or with a batch axis; or with the channels first, depending on `data_format`.
        size: (height, width).
        interpolation: as in `keras.ops.image.resize`.
        **kwargs: `backend_module` is accepted as in Keras, but there is only one backend.

    Returns:
        An array if `x` is one, else a Tensor.

    Raises:
        TypeError: unknown arguments.
        ValueError: `size` is not a pair, or x is not an image or a batch of them.
    """
    kwargs.pop("backend_module", None)
    if kwargs:
        raise TypeError(f"smart_resize() got unexpected keyword arguments: {list(kwargs)}")
    if len(size) != 2:
        raise ValueError(f"`size` must be (height, width). Received: size={size}")
    image = ops.convert_to_tensor(x)
    if len(image.shape) not in (3, 4):
        raise ValueError(
            f"Expected an image (height, width, channels), or a batch of them. Received: x.shape={tuple(image.shape)}"
        )
    first = len(image.shape) - (3 if data_format == "channels_last" else 2)
    height, width = image.shape[first : first + 2]
    rows = max(min(height, int(width * size[0] / size[1])), 1)
    columns = max(min(width, int(height * size[1] / size[0])), 1)
    top, left = (height - rows) // 2, (width - columns) // 2
    part = image[(slice(None),) * first + (slice(top, top + rows), slice(left, left + columns))]
    resized = ops.image.resize(part, size, interpolation=interpolation, data_format=data_format)
    return np.array(resized) if isinstance(x, np.ndarray) else resized
