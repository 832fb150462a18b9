"""Random changes of images: by how much, and which images of a batch; parts at random places.

The amounts are TensorFlow's for the same seeds. A function `draw(shape, minval, maxval, dtype)` that returns an array
comes from `stateful`, which draws as a random operation does (see `operation_seeds.py`), or from `stateless`, by a pair
of seeds alone.
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.errors import InvalidArgumentError
from minikeras.kernels.random.uniform import stateless_uniform
from minikeras.random.operations import uniform

LARGEST_INT32 = 2**31 - 1


def stateful(seed):
    """The function `(shape, minval, maxval, dtype) -> numbers` that draws with an operation's own seed."""

    def draw(shape, minval, maxval, dtype="float32"):
        return uniform(shape, minval, maxval, dtype, seed).array

    return draw


def stateless(seed):
    """The function `(shape, minval, maxval, dtype) -> numbers` that draws from a pair of seeds."""
    pair = tuple(int(n) for n in as_array(seed).reshape(-1))
    if len(pair) != 2:
        raise ValueError(f"`seed` must be a pair of integers. Received: seed={seed}")

    def draw(shape, minval, maxval, dtype="float32"):
        return stateless_uniform(pair, tuple(shape), dtype, minval, maxval)

    return draw


def flipped_or_not(image, flipped, draw):
    """Each image of a batch, or a single image, or its mirror image `flipped`, with equal probability."""
    if len(image.shape) == 3:
        return flipped if draw((), 0, 1) < 0.5 else image
    # High numbers flip images of a batch, low ones a single image.
    chosen = np.round(draw((image.shape[0],), 0, 1)) == 1
    return ops.where(chosen.reshape(-1, 1, 1, 1), flipped, image)


def random_part(value, size, draw):
    """A part of a tensor, of this size along every axis, from a random place.

    Raises:
        InvalidArgumentError: the part is larger than the tensor.
    """
    margin = np.array(value.shape) - size if len(size) == len(value.shape) else np.array([-1])
    if (margin < 0).any():
        raise InvalidArgumentError(
            None, None, f"Need value.shape >= size. Received: value.shape={tuple(value.shape)}, size={size}"
        )
    starts = draw((len(size),), 0, LARGEST_INT32, "int32") % (margin + 1)
    return value[tuple(slice(start, start + n) for start, n in zip(starts.tolist(), size, strict=True))]


def amount(draw, low, high):
    """A number in [low, high), as a Tensor."""
    return Tensor(np.asarray(draw((), low, high)))


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
        ValueError: they are no ascending numbers from 0 to 100.
    """
    if not 0 <= low < high <= 100:
        raise ValueError(
            "The JPEG quality range must lie between 0 and 100, and the maximum be above the minimum. Received: "
            f"min_jpeg_quality={low}, max_jpeg_quality={high}"
        )
    return int(draw((), low, high, "int32"))
