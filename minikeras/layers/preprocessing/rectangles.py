"""Random rectangles in images, for layers that replace their content."""

from minikeras import ops


def random_span(layer, batch_size, length, share, seed):
    """(start, end) of an interval that covers the fraction `share` (batch,) of the length, at a random position."""
    part = ops.cast(share * length, layer.compute_dtype)
    start = layer._uniform((batch_size,), 0, 1, seed, layer.compute_dtype) * (length - part)
    return start, start + part


def inside(layer, images_shape, x0, x1, y0, y1):
    """Whether each pixel's column is in [x0, x1) and its row in [y0, y1), shaped like a batch of images."""
    height, width = layer._size(images_shape)
    grid = [1, 1, 1, 1]
    rows, columns = list(grid), list(grid)
    rows[layer.height_axis], columns[layer.width_axis] = height, width
    y = ops.reshape(ops.arange(height, dtype=layer.compute_dtype), rows)
    x = ops.reshape(ops.arange(width, dtype=layer.compute_dtype), columns)
    x0, x1, y0, y1 = (ops.reshape(number, (-1, 1, 1, 1)) for number in (x0, x1, y0, y1))
    across, down = ops.logical_and(x >= x0, x < x1), ops.logical_and(y >= y0, y < y1)
    masks = ops.logical_and(across, down)
    return ops.repeat(masks, images_shape[layer.channels_axis], axis=layer.channels_axis)
