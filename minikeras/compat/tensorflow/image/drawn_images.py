"""Random changes of images: by how much, and which images of a batch; parts at random positions.

The amounts are TensorFlow's for the same seeds. A `Draw` comes from `stateful`, which draws as a random operation does
(see `operation_seeds.py`), or from `stateless`, which depends only on a pair of seeds. The same code changes one image,
or several at once, each with its own numbers.
"""

__replay__ = "computes"

from inspect import signature

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.errors import InvalidArgumentError
from minikeras.kernels.random.uniform import stateless_uniform, stateless_uniform_of_pairs
from minikeras.random.operations import uniform, uniform_of_calls

LARGEST_INT32 = 2**31 - 1


class Draw:
    """Random numbers for one image, or for each of several.

    Args:
        numbers: function (shape, minval, maxval, dtype) -> array of that shape; (rows, *shape) for several images.
        rows: the number of images, each with its own numbers; None for one call of a function that takes an image or a
            batch.
    """

    def __init__(self, numbers, rows=None):
        self.numbers = numbers
        self.rows = rows

    def __call__(self, shape, minval, maxval, dtype="float32"):
        return self.numbers(shape, minval, maxval, dtype)

    def amount(self, low, high):
        """A number in [low, high), as a Tensor; one for each of several images (rows, 1, 1, 1)."""
        number = np.asarray(self((), low, high))
        return Tensor(number if self.rows is None else number.reshape(-1, 1, 1, 1))


def stateful(seed, rows=None):
    """A `Draw` with an operation's own seed; None for seeds that differ from row to row."""
    if rows is None:
        return Draw(lambda shape, low, high, dtype: uniform(shape, low, high, dtype, seed).array)
    if isinstance(seed, Tensor):
        return None
    return Draw(lambda shape, low, high, dtype: uniform_of_calls(rows, shape, low, high, dtype, seed), rows)


def stateless(seed, rows=None):
    """A `Draw` from a pair of seeds; for several images, from one for each (rows, 2) or one for all.

    None for `rows` images if the seeds are no such pairs.
    """
    if rows is not None:
        return _stateless_rows(as_array(seed), rows)
    pair = tuple(int(n) for n in as_array(seed).reshape(-1))
    if len(pair) != 2:
        raise ValueError(f"`seed` must be a pair of integers. Received: seed={seed}")
    return Draw(lambda shape, low, high, dtype: stateless_uniform(pair, tuple(shape), dtype, low, high))


def _stateless_rows(seeds, rows):
    if seeds.dtype.kind not in "iu" or seeds.shape not in ((2,), (rows, 2)):
        return None
    seeds = np.broadcast_to(seeds, (rows, 2)).astype(np.int64).view(np.uint64)
    return Draw(lambda shape, low, high, dtype: stateless_uniform_of_pairs(seeds, shape, dtype, low, high), rows)


def of_single_images(change, draw_of=stateful):
    """A rule for several images at once (`Operation.call_on_rows`) of a function that draws from its own seed.

    Args:
        change: function (draw, image, *args, **kwargs) that changes an image, or several by a `Draw` for several.
        draw_of: `stateful` or `stateless`, the one that the function uses.
    """

    def rule(function, rows, *args, **kwargs):
        arguments = signature(function).bind(*args, **kwargs).arguments
        seed = arguments.pop("seed", None)
        arguments.pop("name", None)
        image, *others = arguments.values()
        if len(image.shape) != 4 or any(isinstance(x, Tensor) for x in others):
            return NotImplemented
        draw = draw_of(seed, rows)
        return NotImplemented if draw is None else change(draw, image, *others)

    return rule


def flipped_or_not(image, flipped, draw):
    """Each image of a batch, or a single image, or its mirror image `flipped`, with equal probability."""
    if draw.rows is not None:
        mirrored = draw((), 0, 1) < 0.5
        chosen = image.array.copy()
        pixels(chosen)[mirrored] = pixels(flipped.array)[mirrored]
        return Tensor(chosen)
    if len(image.shape) == 3:
        return flipped if draw((), 0, 1) < 0.5 else image
    # High numbers flip images of a batch, low ones a single image.
    chosen = np.round(draw((image.shape[0],), 0, 1)) == 1
    return ops.where(chosen.reshape(-1, 1, 1, 1), flipped, image)


def pixels(images):
    """A view whose elements are whole pixels, which NumPy copies at once: 64 mirrored images in half the time."""
    channels = images.shape[-1]
    return images.view(np.dtype((np.void, images.itemsize * channels))) if channels > 1 else images


def random_part(draw, value, size):
    """A part of a tensor, of this size along every axis, from a random position.

    Raises:
        InvalidArgumentError: the part is larger than the tensor.
    """
    shape = tuple(value.shape) if draw.rows is None else tuple(value.shape[1:])
    size = tuple(int(n) for n in as_array(size))
    margin = np.array(shape) - size if len(size) == len(shape) else np.array([-1])
    if (margin < 0).any():
        raise InvalidArgumentError(None, None, f"Need value.shape >= size. Received: value.shape={shape}, size={size}")
    starts = (draw((len(size),), 0, LARGEST_INT32, "int32") % (margin + 1)).tolist()
    if draw.rows is None:
        return value[_part(starts, size)]
    parts = np.empty((draw.rows, *size), value.array.dtype)
    for part, whole, start in zip(parts, value.array, starts, strict=True):
        part[...] = whole[_part(start, size)]
    return Tensor(parts)


def _part(starts, size):
    return tuple([slice(start, start + n) for start, n in zip(starts, size, strict=True)])


def around_zero(max_delta, limit=None):
    """The range from −max_delta to max_delta.

    Raises:
        ValueError: `max_delta` is negative, or above the limit.
    """
    if max_delta < 0:
        raise ValueError(f"`max_delta` must be non-negative. Received: max_delta={max_delta}")
    if limit is not None and max_delta > limit:
        raise ValueError(f"`max_delta` must be <= {limit}. Received: max_delta={max_delta}")
    return -max_delta, max_delta


def checked_range(lower, upper):
    """The range from lower to upper.

    Raises:
        ValueError: it is empty, or begins below 0.
    """
    if lower < 0 or upper <= lower:
        raise ValueError(f"`upper` must be > `lower`, and `lower` non-negative. Received: lower={lower}, upper={upper}")
    return lower, upper


def jpeg_quality(draw, low, high):
    """An integer from low to high − 1.

    Raises:
        ValueError: they are not ascending numbers from 0 to 100.
    """
    if not 0 <= low < high <= 100:
        raise ValueError(
            "The JPEG quality range must lie between 0 and 100, and the maximum be above the minimum. Received: "
            f"min_jpeg_quality={low}, max_jpeg_quality={high}"
        )
    return int(draw((), low, high, "int32"))
