"""`keras.preprocessing.image`: reading and augmentation of images, batch by batch for `fit`.

With the same seeds (`np.random.seed`, or the `seed` arguments) the results are Keras's.
"""

from minikeras.preprocessing.image.affine import apply_affine_transform
from minikeras.preprocessing.image.array_iterator import NumpyArrayIterator
from minikeras.preprocessing.image.directory_iterator import DirectoryIterator
from minikeras.preprocessing.image.generator import ImageDataGenerator
from minikeras.preprocessing.image.iterator import Iterator
from minikeras.preprocessing.image.random_changes import (
    apply_brightness_shift,
    apply_channel_shift,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
)
from minikeras.preprocessing.image.smart_resizing import smart_resize
from minikeras.utils import array_to_img, img_to_array, load_img, save_img

__all__ = [
    "DirectoryIterator",
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "array_to_img",
    "img_to_array",
    "load_img",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
    "save_img",
    "smart_resize",
]
