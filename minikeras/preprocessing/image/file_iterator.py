"""`FileIterator`: batches of images read from files; base class for folders and tables of files."""

import numpy as np

from minikeras.config import floatx, image_data_format
from minikeras.preprocessing.image.iterator import Iterator, save_batch
from minikeras.utils import img_to_array, load_img

CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}
FILE_NAMES = 10**7


class FileIterator(Iterator):
    """Loads images, augments them and combines them with labels in the form of `class_mode`.

    `ImageDataGenerator.flow_from_directory` describes the arguments. A subclass sets its own attributes first;
    `find_files` then sets `filepaths`, `filenames`, `labels`, `sample_weight`, and for labels that are classes
    `classes` (indices) and `class_indices`.

    Raises:
        ValueError: an unknown `color_mode`, `subset` or `class_mode`.
    """

    def __init__(
        self,
        image_data_generator,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
        dtype=None,
    ):
        if color_mode not in CHANNELS:
            raise ValueError(f'Invalid color mode: {color_mode}; expected "rgb", "rgba", or "grayscale".')
        self.image_data_generator = image_data_generator
        self.target_size = tuple(target_size)
        self.color_mode = color_mode
        self.data_format = data_format or image_data_format()
        channels = (CHANNELS[color_mode],)
        last = self.data_format == "channels_last"
        self.image_shape = self.target_size + channels if last else channels + self.target_size
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        self.interpolation = interpolation
        self.keep_aspect_ratio = keep_aspect_ratio
        self.subset = subset
        self.split = _fractions(subset, image_data_generator)
        self.dtype = dtype or floatx()
        self.class_mode = class_mode
        if class_mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {class_mode}; expected one of: {self.allowed_class_modes}")
        self.find_files(classes)
        self.samples = len(self.filepaths)
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array):
        images = np.zeros((len(index_array), *self.image_shape), self.dtype)
        for place, number in enumerate(index_array):
            images[place] = self._changed(self._load(self.filepaths[number]))
        save_batch(images, index_array, self, FILE_NAMES)
        if self.class_mode is None:
            return images
        batch = (images, self._labels_of(images, index_array))
        return batch if self.sample_weight is None else (*batch, self.sample_weight[index_array])

    def _load(self, path):
        image = load_img(
            path,
            color_mode=self.color_mode,
            target_size=self.target_size,
            interpolation=self.interpolation,
            keep_aspect_ratio=self.keep_aspect_ratio,
        )
        return img_to_array(image, data_format=self.data_format)

    def _labels_of(self, images, index_array):
        if self.class_mode == "input":
            return images.copy()
        if self.class_mode in ("binary", "sparse"):
            return np.array([self.classes[number] for number in index_array], self.dtype)
        if self.class_mode == "categorical":
            labels = np.zeros((len(images), len(self.class_indices)), self.dtype)
            for row, number in zip(labels, index_array, strict=True):
                row[self.classes[number]] = 1.0  # a number, or a list of them for several labels
            return labels
        if self.class_mode == "multi_output":
            return [output[index_array] for output in self.labels]
        return self.labels[index_array]  # "raw"


def _fractions(subset, image_data_generator):
    """(start, end) of the subset, as fractions of all files; None for all."""
    if subset is None:
        return None
    boundary = image_data_generator._validation_split
    parts = {"validation": (0, boundary), "training": (boundary, 1)}
    if subset not in parts:
        raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation"')
    return parts[subset]


def part_of(count, split):
    """The slice of `count` files between the two fractions of `split`; all files if it is None."""
    return slice(None) if split is None else slice(int(split[0] * count), int(split[1] * count))
