"""`tf.image.sample_distorted_bounding_box`: random parts of an image. See `distorted_boxes.py`."""

from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.image.distorted_boxes import distorted_box, stateful, stateless

__all__ = ["sample_distorted_bounding_box", "stateless_sample_distorted_bounding_box"]


def sample_distorted_bounding_box(
    image_size,
    bounding_boxes,
    seed=0,
    min_object_covered=0.1,
    aspect_ratio_range=None,
    area_range=None,
    max_attempts=None,
    use_image_if_no_bounding_boxes=None,
    name=None,
):
    """(begin, size, bboxes) of a random part that shows enough of one of the boxes: `tf.slice(image, begin, size)`.

    `seed=0` draws from the system, with a global seed too.
    """
    settings = _given(aspect_ratio_range, area_range, max_attempts, use_image_if_no_bounding_boxes)
    return distorted_box(
        tensor(image_size), tensor(bounding_boxes), stateful(seed), float(min_object_covered), **settings
    )


def stateless_sample_distorted_bounding_box(
    image_size,
    bounding_boxes,
    seed,
    min_object_covered=0.1,
    aspect_ratio_range=None,
    area_range=None,
    max_attempts=None,
    use_image_if_no_bounding_boxes=None,
    name=None,
):
    """`sample_distorted_bounding_box` by a pair of seeds."""
    settings = _given(aspect_ratio_range, area_range, max_attempts, use_image_if_no_bounding_boxes)
    return distorted_box(
        tensor(image_size), tensor(bounding_boxes), stateless(seed), float(min_object_covered), **settings
    )


def _given(aspect_ratio_range, area_range, max_attempts, use_image_if_no_bounding_boxes):
    settings = {
        "aspect_ratio_range": aspect_ratio_range,
        "area_range": area_range,
        "max_attempts": max_attempts,
        "use_image_if_no_bounding_boxes": use_image_if_no_bounding_boxes,
    }
    return {name: value for name, value in settings.items() if value is not None}
