"""Random crops of an image, of many sizes and shapes, that show enough of one of its objects.

An attempt draws the ratio width / height, then a height for which the area is in range, then the position; it
fails if the part does not fit in the image or covers too little of every object. If all attempts fail, the part is the
whole image. Sizes and positions are TensorFlow's for the same seeds.

Source: Szegedy et al., "Going deeper with convolutions", 2015, section 6.
"""

__replay__ = "computes"

from secrets import randbits
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.errors import InvalidArgumentError
from minikeras.kernels.random.philox import from_seed_pair, integer_below
from minikeras.kernels.random.uniform import fractions
from minikeras.random.operation_seeds import Sequence, sequence_of

BELOW_HALF = np.float32(1e-7)  # subtracted before a rounding that must not round up
DRAWN_PER_ATTEMPT = 1  # blocks of four words that a call reserves for each


class Range(NamedTuple):
    """From `low` to `high`, both float32."""

    low: np.float32
    high: np.float32


class DistortedBoxes(NamedTuple):
    """The part: its first row and column, its size, and its corners as fractions of the image (1, 1, 4)."""

    begin: Tensor
    size: Tensor
    bboxes: Tensor


def distorted_box(
    image_size,
    boxes,
    generator_for,
    min_object_covered=0.1,
    aspect_ratio_range=(0.75, 1.33),
    area_range=(0.05, 1),
    max_attempts=100,
    use_image_if_no_bounding_boxes=False,
):
    """Draw a part of an image.

    Args:
        image_size: integers (3,): height, width, channels.
        boxes: (batch, objects, 4), each y1, x1, y2, x2 from 0 to 1.
        generator_for: function (kind, blocks) that returns the `Philox` to draw from: `stateful` or `stateless`.
        min_object_covered: the fraction of an object that the part must show.
        aspect_ratio_range: of width / height.
        area_range: of the part's area, as a fraction of the image's.
        max_attempts: how often to try.
        use_image_if_no_bounding_boxes: whether the whole image is the object if there are no boxes.

    Returns:
        (begin (3,), size (3,), bboxes (1, 1, 4)): `tf.slice(image, begin, size)` is the part; both have the dtype of
        `image_size`, and the size along the channels is -1, "all".

    Raises:
        InvalidArgumentError: shapes, coordinates or ranges do not fit; no boxes.
    """
    image_size, boxes = as_array(image_size), as_array(boxes)
    ranges = _checked_range(aspect_ratio_range, "aspect_ratio_range"), _checked_range(area_range, "area_range", 1)
    _check(image_size.shape == (3,), f"`image_size` must be (height, width, channels). Received: {image_size}")
    _check(max_attempts > 0, f"`max_attempts` must be positive. Received: {max_attempts}")
    _check(min_object_covered >= 0, f"`min_object_covered` must not be negative. Received: {min_object_covered}")
    height, width = (int(n) for n in image_size[:2])
    objects = _objects(boxes, height, width)
    if not objects:
        _check(use_image_if_no_bounding_boxes, "No boxes: pass some, or use_image_if_no_bounding_boxes=True.")
        objects = [(0, 0, height, width)]
    kind = f"distorted box, {ranges}, {max_attempts}, {use_image_if_no_bounding_boxes}"
    words = generator_for(kind, max_attempts * DRAWN_PER_ATTEMPT).word_by_word()
    top, left, bottom, right = _first_that_fits(words, height, width, objects, min_object_covered, ranges, max_attempts)
    corners = np.float32([top, left, bottom, right]) / np.float32([height, width, height, width])
    begin, size = [top, left, 0], [bottom - top, right - left, -1]
    return DistortedBoxes(
        *(Tensor(np.array(numbers, image_size.dtype)) for numbers in (begin, size)), Tensor(corners.reshape(1, 1, 4))
    )


def stateful(seed):
    """A `generator_for` with an operation's own seed; with none, or 0, from the system, with a global seed too."""

    def generator_for(kind, blocks):
        sequence = sequence_of(kind, "int32", seed) if seed else Sequence((randbits(64), randbits(64)))
        return sequence.use_blocks(blocks)

    return generator_for


def stateless(seed):
    """A `generator_for` that depends only on a pair of seeds."""
    pair = as_array(seed)
    _check(pair.shape == (2,), f"`seed` must be a pair of integers. Received: seed={seed}")
    return lambda kind, blocks: from_seed_pair(pair.tolist())


def _check(condition, sentence):
    if not condition:
        raise InvalidArgumentError(None, None, sentence)


def _checked_range(bounds, name, largest=np.inf):
    bounds = [float(bound) for bound in bounds]
    fits = len(bounds) == 2 and all(0 < bound <= largest for bound in bounds)
    limit = "" if largest == np.inf else f" up to {largest}"
    _check(fits, f"`{name}` must be two positive numbers{limit}. Received: {name}={bounds}")
    return Range(*np.float32(bounds))


def _objects(boxes, height, width):
    """(top, left, bottom, right) of each box, in pixels."""
    _check(boxes.ndim == 3 and boxes.shape[2] == 4, f"`bounding_boxes` must be (batch, n, 4). Received: {boxes.shape}")
    boxes = boxes.astype(np.float32).reshape(-1, 4)
    _check(((boxes >= 0) & (boxes <= 1)).all(), f"Coordinates of boxes must be from 0 to 1. Received: {boxes.tolist()}")
    return [tuple(corners) for corners in (boxes * np.float32([height, width, height, width])).astype(int).tolist()]


def _first_that_fits(words, height, width, objects, min_covered, ranges, attempts):
    aspects, areas = ranges
    for _ in range(attempts):
        aspect = fractions(np.array([next(words)], np.uint32), "float32")[0] * (aspects.high - aspects.low)
        part = _part(words, height, width, aspect + aspects.low, areas)
        if part is not None and _covers_enough(part, objects, min_covered):
            return part
    return 0, 0, height, width


def _part(words, height, width, aspect, areas):
    """(top, left, bottom, right) of a part with this ratio width / height, or None if none fits."""
    if areas.low > areas.high or not height or not width:
        return None
    smallest, largest = (bound * np.float32(width) * np.float32(height) for bound in areas)
    rows, most_rows = (int(np.rint(np.sqrt(area / aspect))) for area in (smallest, largest))
    if _columns(most_rows, aspect) > width:
        most_rows = int((width + 0.5 - float(BELOW_HALF)) / float(aspect))
        most_rows -= _columns(most_rows, aspect) > width
    most_rows = min(most_rows, height)
    rows = min(rows, most_rows)
    if rows < most_rows:
        rows += integer_below(words, most_rows - rows + 1)
    # Rounding may have moved the area slightly out of its range.
    rows += np.float32(rows * _columns(rows, aspect)) < smallest
    rows -= np.float32(rows * _columns(rows, aspect)) > largest
    columns = _columns(rows, aspect)
    fits = 0 < rows <= height and 0 < columns <= width and smallest <= np.float32(rows * columns) <= largest
    if not fits:
        return None
    top = integer_below(words, height - rows) if rows < height else 0
    left = integer_below(words, width - columns) if columns < width else 0
    return top, left, top + rows, left + columns


def _columns(rows, aspect):
    return int(np.rint(np.float32(rows) * aspect))


def _covers_enough(part, objects, min_covered):
    for box in objects:
        area = (box[2] - box[0]) * (box[3] - box[1])
        rows, columns = (min(part[i + 2], box[i + 2]) - max(part[i], box[i]) for i in (0, 1))
        common = rows * columns if rows >= 0 and columns >= 0 else 0
        if area >= 1 and np.float32(common) / np.float32(area) >= np.float32(min_covered):
            return True
    return False
