"""`tf.image`: images resized, cropped, rotated, recoloured, compared, read and written."""

__replay__ = "computes"

from minikeras.compat.tensorflow.image import (
    adjustment,
    boxes,
    color,
    files,
    orientation,
    parts,
    quality,
    randomly,
    resizing,
    sampling,
)
from minikeras.compat.tensorflow.image.adjustment import *  # noqa: F403
from minikeras.compat.tensorflow.image.boxes import *  # noqa: F403
from minikeras.compat.tensorflow.image.color import *  # noqa: F403
from minikeras.compat.tensorflow.image.files import *  # noqa: F403
from minikeras.compat.tensorflow.image.orientation import *  # noqa: F403
from minikeras.compat.tensorflow.image.parts import *  # noqa: F403
from minikeras.compat.tensorflow.image.quality import *  # noqa: F403
from minikeras.compat.tensorflow.image.randomly import *  # noqa: F403
from minikeras.compat.tensorflow.image.resizing import *  # noqa: F403
from minikeras.compat.tensorflow.image.sampling import *  # noqa: F403

_FAMILIES = (
    adjustment, boxes, color, files, orientation, parts, quality, randomly, resizing,
    sampling,
)  # fmt: skip
__all__ = [name for family in _FAMILIES for name in family.__all__]
