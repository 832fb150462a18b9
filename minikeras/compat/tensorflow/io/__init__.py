"""`tf.io`: files, records, serialized examples and tensors; images in files are in `image/files.py`.

| file | holds |
| --- | --- |
| `files.py`, `gfile.py` | reading, writing and finding files |
| `records.py` | writing TFRecord files |
| `parsing.py` | features of `tf.train.Example`s as tensors |
| `decoding.py` | bytes and text as numbers |
"""

from minikeras.compat.tensorflow.image import files as image_files
from minikeras.compat.tensorflow.image.files import *  # noqa: F403
from minikeras.compat.tensorflow.io import decoding, files, gfile, parsing, records
from minikeras.compat.tensorflow.io.decoding import *  # noqa: F403
from minikeras.compat.tensorflow.io.files import *  # noqa: F403
from minikeras.compat.tensorflow.io.parsing import *  # noqa: F403
from minikeras.compat.tensorflow.io.records import *  # noqa: F403

_FAMILIES = (decoding, files, parsing, records)
_IMAGES = [name for name in image_files.__all__ if name != "adjust_jpeg_quality"]  # which is in `tf.image` alone
__all__ = [*(name for family in _FAMILIES for name in family.__all__), *_IMAGES, "gfile"]
