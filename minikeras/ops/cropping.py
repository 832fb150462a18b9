"""Adds borders to images, or removes them."""

from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.config import standardize_data_format
from minikeras.ops.blocks import slice as slice_block
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.padding import pad
from minikeras.ops.spatial import check_images


@composed
def pad_images(
    images,
    top_padding=None,
    left_padding=None,
    bottom_padding=None,
    right_padding=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Zeros added around images. Give two of top, bottom and target height, and two of left, right and target width.

    Args:
        images: (height, width, channels), or with a batch axis; channels first per `data_format`.

    Raises:
        ValueError: more or fewer than two are given, or one is negative.
    """
    x = convert_to_tensor(images)
    axes = _spatial_axes(x, data_format)
    rows, columns = (top_padding, bottom_padding, target_height), (left_padding, right_padding, target_width)
    borders = _borders_of(x, axes, "padding", rows, columns)
    if isinstance(x, KerasTensor):
        return _symbolic(x, axes, borders)
    widths = [(0, 0)] * len(x.shape)
    for axis, (before, after, _) in zip(axes, borders, strict=True):
        widths[axis] = before, after
    return pad(x, widths)


@composed
def crop_images(
    images,
    top_cropping=None,
    left_cropping=None,
    bottom_cropping=None,
    right_cropping=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """A border cut off images. Give two of top, bottom and target height, and two of left, right and target width.

    Args:
        images: (height, width, channels), or with a batch axis; channels first per `data_format`.

    Raises:
        ValueError: more or fewer than two are given, or one is negative.
    """
    x = convert_to_tensor(images)
    axes = _spatial_axes(x, data_format)
    rows, columns = (top_cropping, bottom_cropping, target_height), (left_cropping, right_cropping, target_width)
    borders = _borders_of(x, axes, "cropping", rows, columns)
    if isinstance(x, KerasTensor):
        return _symbolic(x, axes, borders)
    start, lengths = [0] * len(x.shape), list(x.shape)
    for axis, (before, _, length) in zip(axes, borders, strict=True):
        start[axis], lengths[axis] = before, length
    return slice_block(x, start, lengths)


def _spatial_axes(x, data_format):
    check_images(x.shape)
    last = standardize_data_format(data_format) == "channels_last"
    ndim = len(x.shape)
    return (ndim - 3, ndim - 2) if last else (ndim - 2, ndim - 1)


def _borders_of(x, axes, kind, rows, columns):
    """For both axes (before, after, target), see `_borders`."""
    names = ("top", "bottom", "height"), ("left", "right", "width")
    return [
        _borders(x.shape[axis], *given, kind, own)
        for axis, given, own in zip(axes, (rows, columns), names, strict=True)
    ]


def _borders(size, before, after, target, kind, names):
    """(before, after, target) with the one that is None worked out; None again if `size` is unknown."""
    sign = 1 if kind == "padding" else -1
    if (before, after, target).count(None) != 1:
        raise ValueError(
            f"Must specify exactly two of {names[0]}_{kind}, {names[1]}_{kind}, target_{names[2]}. "
            f"Received: {before}, {after}, {target}"
        )
    if size is None and target is None and kind == "cropping":
        raise ValueError(
            f"When the {names[2]} of the images is unknown, `target_{names[2]}` must be given. "
            f"Received: {names[0]}_{kind}={before}, {names[1]}_{kind}={after}"
        )
    if size is None:
        pass  # what is None stays so
    elif before is None:
        before = sign * (target - size) - after
    elif after is None:
        after = sign * (target - size) - before
    else:
        target = size + sign * (before + after)
    if min(n for n in (before, after, target) if n is not None) < 0:
        arguments = {f"{names[0]}_{kind}": before, f"{names[1]}_{kind}": after, f"target_{names[2]}": target}
        wrong = next(name for name, n in arguments.items() if n is not None and n < 0)
        raise ValueError(
            f"{wrong} must be >= 0. Received, or following from the image's {names[2]} {size}: {arguments}"
        )
    return before, after, target


def _symbolic(x, axes, borders):
    shape = list(x.shape)
    for axis, (_, _, length) in zip(axes, borders, strict=True):
        shape[axis] = length
    return KerasTensor(shape, x.dtype)
