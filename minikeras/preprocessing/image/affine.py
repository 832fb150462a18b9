"""Rotation, shift, shear and zoom of images: every output pixel is read at its position in the input.

The positions and the interpolation are those of `scipy.ndimage.affine_transform`, which Keras calls here, in float64
and in its order of additions.
"""

import numpy as np

__all__ = ["apply_affine_transform"]

FILL_MODES = ("nearest", "constant", "reflect", "wrap")


def apply_affine_transform(
    x,
    theta=0,
    tx=0,
    ty=0,
    shear=0,
    zx=1,
    zy=1,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    order=1,
):
    """One image rotated by `theta` degrees, shifted by (tx, ty) pixels, sheared by `shear` degrees, zoomed by (zx, zy).

    Args:
        x: array with three axes.
        theta, shear: degrees.
        tx, ty: how far the image moves to the left, and up.
        zx, zy: the fractions of width and height that are visible: below 1 enlarges.
        row_axis, col_axis, channel_axis: the axes; channels first or last.
        fill_mode: the pixels outside the image: "nearest" (its edge continues), "constant" (`cval`), "reflect" (it is
            mirrored, dcba|abcd|dcba) or "wrap" (it is repeated).
        order: 1 interpolates between the four nearest pixels, 0 takes the nearest one.

    A surprise in Keras: its matrix has columns first, but takes half the height as the centre of the columns. So an
    image that is not square is rotated and zoomed about a point other than its centre.

    Raises:
        ValueError: the axes are not three different ones, or an argument has none of the values above.
    """
    x = np.asarray(x)
    _check(x, (row_axis, col_axis, channel_axis), fill_mode, order)
    matrix = _matrix(theta, tx, ty, shear, zx, zy)
    if matrix is None:
        return x
    height, width = x.shape[row_axis], x.shape[col_axis]
    matrix = _about_centre(matrix, height, width)
    if col_axis > row_axis:  # from (column, row) to (row, column)
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    channels = np.moveaxis(x, channel_axis, 0)
    positions = [_coordinates(matrix[axis], channels.shape[1:]) for axis in (0, 1)]
    moved = _look_up(channels, positions, fill_mode, cval, order)
    return np.moveaxis(_in_dtype(moved, x.dtype), 0, channel_axis)


def _check(x, axes, fill_mode, order):
    if x.ndim != 3 or set(axes) != {0, 1, 2} or axes[2] == 1:
        raise ValueError(
            "`x` must be one image with three axes, and `row_axis`, `col_axis` and `channel_axis` these three, the "
            f"channels first or last. Received: x.shape={x.shape}, (row_axis, col_axis, channel_axis)={tuple(axes)}"
        )
    if fill_mode not in FILL_MODES:
        raise ValueError(f"`fill_mode` must be one of {FILL_MODES}. Received: {fill_mode!r}")
    if order not in (0, 1):
        raise ValueError(f"The order of interpolation must be 0 or 1; minikeras has no splines. Received: {order}")


def _matrix(theta, tx, ty, shear, zx, zy):
    """Rotation · shift · shear · zoom, (3, 3); None if nothing moves."""
    theta, shear = np.deg2rad(theta), np.deg2rad(shear)
    parts = []
    if theta:
        parts.append([[np.cos(theta), -np.sin(theta), 0], [np.sin(theta), np.cos(theta), 0], [0, 0, 1]])
    if tx or ty:
        parts.append([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    if shear:
        parts.append([[1, -np.sin(shear), 0], [0, np.cos(shear), 0], [0, 0, 1]])
    if (zx, zy) != (1, 1):
        parts.append([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
    if not parts:
        return None
    matrix = np.array(parts[0])
    for part in parts[1:]:
        matrix = matrix @ np.array(part)
    return matrix


def _about_centre(matrix, height, width):
    """The matrix with the image's centre (but see the surprise above) instead of its corner as the fixed point."""
    row, column = height / 2 - 0.5, width / 2 - 0.5
    to_centre = np.array([[1, 0, row], [0, 1, column], [0, 0, 1]])
    back = np.array([[1, 0, -row], [0, 1, -column], [0, 0, 1]])
    return to_centre @ matrix @ back


def _coordinates(row_of_matrix, shape):
    """offset + a · row + b · column for every output pixel."""
    a, b, offset = row_of_matrix
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    return (offset + a * rows) + b * columns


def _look_up(channels, positions, fill_mode, cval, order):
    lengths = channels.shape[1:]
    outside = np.zeros(positions[0].shape, bool)
    neighbours = []  # for each axis, pairs (index, weight)
    for place, length in zip(positions, lengths, strict=True):
        if fill_mode == "constant":
            outside |= (place < 0) | (place > length - 1)
        place = _folded(place, length, fill_mode)
        if order == 0:
            neighbours.append([(_index(np.floor(place + 0.5), length), 1.0)])
        else:
            lower = np.floor(place)
            weight = 1.0 - (place - lower)
            neighbours.append([(_index(lower, length), weight), (_index(lower + 1, length), 1.0 - weight)])
    total = 0.0
    for row, row_weight in neighbours[0]:
        for column, column_weight in neighbours[1]:
            total = total + channels[:, row, column] * row_weight * column_weight
    return np.where(outside, cval, total)


def _folded(place, length, fill_mode):
    """Positions outside of the image, mapped to those inside with the same value (for "reflect", at most one pixel
    before the edge).
    """
    if fill_mode == "reflect":
        place = np.where(place < 0, -place - 1, place)
        place = np.fmod(place, 2 * length)
        return np.where(place >= length, 2 * length - 1 - place, place)
    if fill_mode == "wrap":
        period = max(length - 1, 1)  # SciPy lays the last pixel over the first
        below = place + period * (np.floor(-place / period) + 1)
        above = place - period * np.floor(place / period)
        return np.where(place < 0, below, np.where(place > length - 1, above, place))
    return np.clip(place, 0, length - 1)


def _index(index, length):
    """Integer positions as indices; beyond an edge, the index of the edge."""
    return np.clip(index, 0, length - 1).astype(int)


def _in_dtype(values, dtype):
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.clip(np.trunc(values + np.copysign(0.5, values)), limits.min, limits.max).astype(dtype)
    return values.astype(dtype)
