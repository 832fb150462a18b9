"""`NumpyArrayIterator`: augmented images from an array, returned by `ImageDataGenerator.flow`."""

import numpy as np

from minikeras.base.messages import warn
from minikeras.config import floatx, image_data_format
from minikeras.preprocessing.image.iterator import Iterator, save_batch

__all__ = ["NumpyArrayIterator"]

FILE_NAMES = 10**4


class NumpyArrayIterator(Iterator):
    """Batches x, (x, y) or (x, y, sample_weight).

    Args:
        x: images (n, height, width, channels), or (images, further inputs), which are passed on unchanged.
        y, sample_weight: arrays of the same length, or None.
        image_data_generator: the `ImageDataGenerator` that augments and normalizes the images.
        batch_size, shuffle, seed: as in `Iterator`.
        data_format: None for the configured default.
        save_to_dir, save_prefix, save_format: where to write the augmented images, if anywhere.
        subset: "validation" for the first part of the data, the fraction `validation_split` of the generator, or
            "training" for the rest.
        ignore_class_split: whether the two parts may have different labels.
        dtype: of the images; None for `floatx()`.

    Raises:
        ValueError: unequal lengths, images without four axes, an unknown subset, or parts with different labels.
    """

    def __init__(
        self,
        x,
        y,
        image_data_generator,
        batch_size=32,
        shuffle=False,
        sample_weight=None,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        ignore_class_split=False,
        dtype=None,
    ):
        self.dtype = dtype or floatx()
        self.data_format = data_format or image_data_format()
        self.image_data_generator = image_data_generator
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        x, further = _images_and_further_inputs(x)
        _check_lengths(x, {"y": y, "sample_weight": sample_weight, **{f"x[{i}]": a for i, a in enumerate(further, 1)}})
        if subset is not None:
            part = _part_of(len(x), image_data_generator._validation_split, subset)
            if y is not None and not ignore_class_split:
                _check_labels(y, image_data_generator._validation_split)
            # As in Keras, the weights are not split: sample i of the subset has weight i of all weights.
            x, further, y = x[part], [a[part] for a in further], None if y is None else y[part]
        self.x = np.asarray(x, dtype=self.dtype)
        self.x_misc = further
        self.y = None if y is None else np.asarray(y)
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        self._check_images()
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _check_images(self):
        if self.x.ndim != 4:
            raise ValueError(
                f"The images must have 4 axes: (samples, height, width, channels). Received: x.shape={self.x.shape}"
            )
        check_channels(self.x.shape, 3 if self.data_format == "channels_last" else 1, self.data_format)

    def _get_batches_of_transformed_samples(self, index_array):
        images = np.zeros((len(index_array), *self.x.shape[1:]), self.dtype)
        for place, number in enumerate(index_array):
            images[place] = self._changed(self.x[number].astype(self.dtype))
        save_batch(images, index_array, self, FILE_NAMES)
        inputs = [images, *(array[index_array] for array in self.x_misc)] if self.x_misc else images
        if self.y is None:
            return inputs
        batch = (inputs, self.y[index_array])
        return batch if self.sample_weight is None else (*batch, self.sample_weight[index_array])


def check_channels(shape, axis, data_format):
    """Warn if images do not have 1, 3 or 4 channels."""
    if shape[axis] not in (1, 3, 4):
        warn(
            f"Images with data_format={data_format!r} have their channels, 1, 3 or 4, on axis {axis}. Received: an "
            f"array of shape {tuple(shape)}, which has {shape[axis]} there."
        )


def _images_and_further_inputs(x):
    if not isinstance(x, (tuple, list)):
        return x, []
    images, further = x[0], x[1]
    return images, [np.asarray(array) for array in (further if isinstance(further, list) else [further])]


def _check_lengths(x, others):
    for name, other in others.items():
        if other is not None and len(other) != len(x):
            raise ValueError(
                f"`x` (images tensor) and `{name}` should have the same length. Found: {len(x)} images and "
                f"len({name}) = {len(other)}"
            )


def _part_of(count, validation_split, subset):
    split = int(count * validation_split)
    parts = {"validation": slice(None, split), "training": slice(split, None)}
    if subset not in parts:
        raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation".')
    return parts[subset]


def _check_labels(y, validation_split):
    split = int(len(y) * validation_split)
    if not np.array_equal(np.unique(y[:split]), np.unique(y[split:])):
        raise ValueError(
            "Training and validation subsets have different labels after the split. If your arrays are sorted by the "
            "label, shuffle them first; if that is what you want, pass `ignore_class_split=True`."
        )
