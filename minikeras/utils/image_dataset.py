"""`image_dataset_from_directory`: the image files of a folder, resized to one size, as a `Dataset`. Needs Pillow."""

from functools import lru_cache

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError, class_for
from minikeras.base.signatures import inherits_arguments
from minikeras.base.suggestions import did_you_mean
from minikeras.config import standardize_data_format
from minikeras.data.pipeline.file_contents import FileReader
from minikeras.data.pipeline.specs import ArraySpec
from minikeras.formats.image_coding import in_depth, pixels_in
from minikeras.kernels.image_jobs import resize_bytes
from minikeras.ops.image_resizing import METHODS, resize, resize_with_pad
from minikeras.ops.resampling import bilinear
from minikeras.utils.directory_dataset import DirectoryFiles
from minikeras.utils.image_memory import pixels_in_place

EXTENSIONS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}


@inherits_arguments(
    DirectoryFiles,
    after={
        "color_mode": "class_names",
        "image_size": "batch_size",
        "interpolation": "subset",
        "crop_to_aspect_ratio": "follow_links",
        "pad_to_aspect_ratio": "crop_to_aspect_ratio",
        "data_format": "pad_to_aspect_ratio",
        "format": "data_format",
    },
    without=("kind", "extensions"),
)
def image_dataset_from_directory(
    *,
    color_mode="rgb",
    image_size=(256, 256),
    interpolation="bilinear",
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    data_format=None,
    format="tf",
    **kwargs,
):
    """A Dataset of batches (images, labels) from image files, one subfolder per class.

    Pillow decodes them, in threads; JPEG files simplejpeg, which is faster, if it is installed. The pixels are
    TensorFlow's, except for JPEG files decoded by Pillow, which differ by a few steps of 255.

    Args:
        directory: the folder. Hidden subfolders are left out; subfolders of a class belong to the class.
        labels: "inferred" from the subfolders; a list of one integer per file, the files sorted; or None.
        label_mode: "int" (int32), "categorical" (one-hot), "binary" (float32, 0 or 1) or None for images alone.
        class_names: the subfolders to read, in the order of their labels.
        color_mode: "rgb", "rgba" or "grayscale".
        batch_size: images in a batch; None for single images.
        image_size: (height, width), or one number for both.
        shuffle: whether the order is random; otherwise it is alphanumeric.
        seed: of the order.
        validation_split: fraction of the files for validation, between 0 and 1.
        subset: with it "training", "validation", or "both" for a list of two data sets.
        interpolation: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic".
        follow_links: whether links may lead out of the directory.
        crop_to_aspect_ratio: cut images to the proportions of `image_size` first.
        pad_to_aspect_ratio: fit images into `image_size` with a black border.
        data_format: "channels_last" or "channels_first"; None for the configured one.
        format: only "tf", a Dataset.
        verbose: whether to print the number of files.

    Returns:
        float32 images 0 … 255 (uint8 by "nearest"), unscaled, as a Dataset with the attributes `class_names`
        and `file_paths`.

    Raises:
        ValueError: arguments that do not fit together; no files.
        InvalidArgumentError: while reading, a file that is not an image.
    """
    check_format(format)
    loader = ImageLoader(image_size, color_mode, interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio, data_format)
    files = DirectoryFiles("images", EXTENSIONS, **kwargs)
    reader = FileReader(loader.load, loader.spec, read_into=loader.load_into)
    return files.datasets(reader, lambda dataset: dataset.batch(files.batch_size))


def check_format(format):
    """Raises ValueError unless it is "tf"."""
    if format != "tf":
        raise ValueError(f"`format` should be 'tf': a Dataset of tensors. Received: format={format!r}")


class ImageLoader:
    """Reads an image file into an array of one shape. The arguments are those of `image_dataset_from_directory`."""

    def __init__(self, image_size, color_mode, interpolation, crop, pad, data_format):
        if isinstance(image_size, (int, np.integer)):
            image_size = (image_size, image_size)
        is_pair = isinstance(image_size, (list, tuple)) and len(image_size) == 2
        if not is_pair or not all(isinstance(n, (int, np.integer)) and n >= 1 for n in image_size):
            raise ValueError(
                f"Invalid `image_size` value. Expected a tuple of two positive integers. Received: {image_size!r}"
            )
        if color_mode not in CHANNELS:
            raise ValueError(f"`color_mode` must be one of {tuple(CHANNELS)}. Received: color_mode={color_mode!r}")
        method = str(interpolation).lower()
        if method not in METHODS:
            raise ValueError(
                f"`interpolation` must be one of {METHODS}. Received: {interpolation!r}.{did_you_mean(method, METHODS)}"
            )
        if crop and pad:
            raise ValueError("Only one of `pad_to_aspect_ratio`, `crop_to_aspect_ratio` can be True.")
        self.size = tuple(int(n) for n in image_size)
        self.channels = CHANNELS[color_mode]
        self.method = method
        self.crop, self.pad = crop, pad
        self.channels_first = standardize_data_format(data_format) == "channels_first"

    @property
    def spec(self):
        """The `ArraySpec` of the images."""
        shape = (self.channels, *self.size) if self.channels_first else (*self.size, self.channels)
        return ArraySpec(shape, "uint8" if self.method == "nearest" else "float32")

    def load(self, path):
        """The resized image of a file."""
        image = np.empty(self.spec.shape, self.spec.dtype)
        self.load_into(path, image)
        return image

    def load_into(self, path, image):
        """Write the resized image of a file into an array. (A new one of 256 × 256 costs 0.1 ms, as does a copy.)"""
        pixels = decoded(path, self.channels)
        pixels = _cropped(pixels, self.size) if self.crop else pixels
        if self.method == "bilinear" and not self.pad and not self.channels_first and pixels.shape[:2] != self.size:
            resize_bilinear(pixels, image)
            return
        pixels = pixels[..., : self.channels]
        if self.pad:
            pixels = resize_with_pad(Tensor(pixels), *self.size, self.method).array
        elif pixels.shape[:2] != self.size:
            pixels = resize(Tensor(pixels), self.size, self.method).array
        if pixels.flags.c_contiguous and not self.channels_first:
            image[...] = pixels
            return
        for channel in range(self.channels):  # NumPy takes three times as long for runs of three
            target = image[channel] if self.channels_first else image[..., channel]
            target[...] = pixels[..., channel]


def decoded(path, channels):
    """(height, width, channels) uint8, read-only: the first frame of an image file. Three channels may be followed by
    an unused byte.

    Raises:
        InvalidArgumentError: it cannot be read; the message has the path. NotFoundError: it is not there any more.
    """
    try:
        with open(path, "rb") as file:
            return in_depth(pixels_in(file.read(), channels, pixels_in_place), "uint8")
    except (OSError, SyntaxError, ValueError, InvalidArgumentError) as error:  # Pillow's errors for broken files
        reason = getattr(error, "message", None) or error
        raise class_for(error)(
            None, None, f"The image {path!r} cannot be read: {reason} Remove the file or replace it by a valid one."
        ) from error


def resize_bilinear(pixels, y):
    """y (height, width, channels) float32 = uint8 pixels, which may have more channels, resized."""
    height, width, stored = pixels.shape
    rows, columns = _two_inputs(height, y.shape[0]), _two_inputs(width, y.shape[1], y.shape[2], stored)
    resize_bytes(np.ascontiguousarray(pixels), rows, columns, y)


@lru_cache(1024)
def _two_inputs(length, outputs, channels=1, stored=1):
    """For each of outputs · channels values the positions of its two inputs, and the weight of the second.

    Args:
        stored: how many channels the input has.
    """
    inputs, weights = bilinear(length, outputs)
    positions = (inputs[:, None, :] * stored + np.arange(channels)[:, None]).reshape(-1, 2).astype(np.int32)
    first, second = np.ascontiguousarray(positions.T)
    return first, second, np.repeat(weights[:, 1], channels).astype(np.float32)


def _cropped(pixels, size):
    """The middle of an image in the proportions of `size`; in float32, as Keras."""
    height, width, _ = pixels.shape
    rows = max(min(height, int(np.float32(width * size[0]) / np.float32(size[1]))), 1)
    columns = max(min(width, int(np.float32(height * size[1]) / np.float32(size[0]))), 1)
    top, left = (height - rows) // 2, (width - columns) // 2
    return pixels[top : top + rows, left : left + columns]
