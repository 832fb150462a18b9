"""`ImageDataGenerator`: augments and normalizes images, batch by batch, during training."""

# ruff: noqa: NPY002 — Keras draws from NumPy's global generator, so that `np.random.seed` makes it repeatable

import inspect
import math

import numpy as np

from minikeras.base.messages import warn
from minikeras.base.signatures import inherits_arguments
from minikeras.config import floatx, image_data_format
from minikeras.preprocessing.image.array_iterator import NumpyArrayIterator, check_channels
from minikeras.preprocessing.image.dataframe_iterator import DataFrameIterator
from minikeras.preprocessing.image.directory_iterator import DirectoryIterator
from minikeras.preprocessing.image.transformation import apply_transformation, draw_transformation

__all__ = ["ImageDataGenerator"]

SMALL = 1e-6  # added to standard deviations, which may be 0


def _check_old_arguments(**kwargs):
    """Warn about arguments of older versions, which have no effect; raise for unknown ones."""
    unknown = kwargs.keys() - {"has_ext", "sort", "drop_duplicates"}
    if unknown:
        raise TypeError(f"flow_from_dataframe() got unexpected keyword arguments: {sorted(unknown)}")
    for name in kwargs:
        warn(f"`{name}` is deprecated and has no effect.", DeprecationWarning)


class ImageDataGenerator:
    """Augments images at random, then normalizes them.

        generator = ImageDataGenerator(rotation_range=20, horizontal_flip=True, rescale=1 / 255)
        model.fit(generator.flow(x_train, y_train, batch_size=32), epochs=10)

    Args:
        featurewise_center, featurewise_std_normalization: whether to subtract the mean of each channel over the data,
            and to divide by its standard deviation. `fit` computes both.
        samplewise_center, samplewise_std_normalization: the same, computed for each image.
        zca_whitening: whether to rotate and scale so that all pixels are uncorrelated; `fit` computes the matrix.
        zca_epsilon: added to the singular values of that matrix.
        rotation_range: maximum rotation in degrees, in either direction.
        width_shift_range, height_shift_range: maximum shift in either direction: below 1 a fraction of the width, else
            pixels; an integer means integer shifts (below it), a list the distances to choose from. As in Keras 3, the
            two are swapped: `height_shift_range` shifts to the left and right, by a fraction of the height.
        brightness_range: (low, high) of the brightness factor.
        shear_range: maximum shear in degrees.
        zoom_range: (low, high) of the visible fraction of each side, or z for (1 − z, 1 + z).
        channel_shift_range: maximum of the number that is added to or subtracted from all pixels.
        fill_mode, cval, interpolation_order: as in `apply_affine_transform`.
        horizontal_flip, vertical_flip: whether to mirror half of the images.
        rescale: factor by which the values are multiplied.
        preprocessing_function: applied to each image (an array with three axes) before normalization.
        data_format: None for the configured default.
        validation_split: the fraction of the data in the subset "validation".
        dtype: of the images; None for `floatx()`.

    Raises:
        ValueError: an invalid range, an unknown data format, or a split that is not between 0 and 1.
    """

    def __init__(
        self,
        featurewise_center=False,
        samplewise_center=False,
        featurewise_std_normalization=False,
        samplewise_std_normalization=False,
        zca_whitening=False,
        zca_epsilon=1e-6,
        rotation_range=0,
        width_shift_range=0.0,
        height_shift_range=0.0,
        brightness_range=None,
        shear_range=0.0,
        zoom_range=0.0,
        channel_shift_range=0.0,
        fill_mode="nearest",
        cval=0.0,
        horizontal_flip=False,
        vertical_flip=False,
        rescale=None,
        preprocessing_function=None,
        data_format=None,
        validation_split=0.0,
        interpolation_order=1,
        dtype=None,
    ):
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.brightness_range = brightness_range
        self.shear_range = shear_range
        self.zoom_range = _pair_around_one(zoom_range)
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.data_format = data_format or image_data_format()
        self.interpolation_order = interpolation_order
        self.dtype = dtype or floatx()
        self._validation_split = validation_split
        self.mean = self.std = self.zca_whitening_matrix = None
        self._check()
        last = self.data_format == "channels_last"
        self.row_axis, self.col_axis, self.channel_axis = (1, 2, 3) if last else (2, 3, 1)
        self._switch_on_what_others_need()

    def _check(self):
        if self.data_format not in ("channels_last", "channels_first"):
            raise ValueError(
                f'`data_format` should be "channels_last" or "channels_first". Received: {self.data_format}'
            )
        split = self._validation_split
        if split and not 0 < split < 1:
            raise ValueError(f"`validation_split` of ImageDataGenerator must be above 0 and below 1. Received: {split}")
        brightness = self.brightness_range
        if brightness is not None and not (isinstance(brightness, (tuple, list)) and len(brightness) == 2):
            raise ValueError(f"`brightness_range` must be a pair (low, high). Received: {brightness}")

    def _switch_on_what_others_need(self):
        if self.zca_whitening:
            self._override("featurewise_center", True, "zca_whitening")
            self._override("featurewise_std_normalization", False, "zca_whitening")
        if self.featurewise_std_normalization:
            self._override("featurewise_center", True, "featurewise_std_normalization")
        if self.samplewise_std_normalization:
            self._override("samplewise_center", True, "samplewise_std_normalization")

    def _override(self, name, value, by):
        if getattr(self, name) != value:
            setattr(self, name, value)
            warn(f"This ImageDataGenerator specifies `{by}`, which overrides setting of `{name}`.")

    @inherits_arguments(
        NumpyArrayIterator,
        after={"ignore_class_split": "save_format"},
        without=("image_data_generator", "data_format", "dtype"),
    )
    def flow(self, x, y=None, batch_size=32, shuffle=True, *, ignore_class_split=False, **kwargs):
        """Batches of augmented images from arrays: a `NumpyArrayIterator` with these arguments."""
        kwargs.update(batch_size=batch_size, shuffle=shuffle, ignore_class_split=ignore_class_split)
        return NumpyArrayIterator(x, y, self, data_format=self.data_format, dtype=self.dtype, **kwargs)

    @inherits_arguments(DirectoryIterator, without=("image_data_generator", "data_format", "dtype"))
    def flow_from_directory(self, directory, **kwargs):
        """Batches of augmented images from a folder with a subfolder per class: a `DirectoryIterator`.

        Args:
            directory: the folder.
            target_size: (height, width) to which all images are resized.
            color_mode: "rgb", "rgba" or "grayscale".
            classes: names of the classes' folders, in the order of their indices; None for all in alphabetical order.
            class_mode: the labels: "categorical" (one-hot rows), "binary" or "sparse" (indices), "input" (the images
                themselves) or None (no labels).
            batch_size, shuffle, seed: as in `Iterator`.
            save_to_dir, save_prefix, save_format: where to write the augmented images, if anywhere.
            follow_links: whether to follow links to folders.
            subset: "training" or "validation", by `validation_split`; None for all.
            interpolation, keep_aspect_ratio: how images are resized, see `keras.utils.load_img`.
        """
        return DirectoryIterator(directory, self, data_format=self.data_format, dtype=self.dtype, **kwargs)

    @inherits_arguments(
        DataFrameIterator,
        _check_old_arguments,
        without=("image_data_generator", "data_format", "keep_aspect_ratio", "dtype"),
    )
    def flow_from_dataframe(self, dataframe, directory=None, **kwargs):
        """Batches of augmented images whose files a pandas DataFrame lists: a `DataFrameIterator`.

        Args:
            dataframe: one row for each image.
            directory: folder of the files; None if their names are full paths.
            x_col, y_col, weight_col: columns of file names, labels (a list of them for "multi_output"), and weights.
            class_mode: as in `flow_from_directory`, or "raw" (the column's values) or "multi_output" (several columns).
            validate_filenames: whether to drop rows whose files do not exist.
            **kwargs: `has_ext`, `sort` and `drop_duplicates` of older versions, which no longer have an effect.

        The other arguments are those of `flow_from_directory`.

        Raises:
            TypeError: unknown arguments, or columns of the wrong kind.
        """
        old = kwargs.keys() - inspect.signature(self.flow_from_dataframe).parameters.keys()
        _check_old_arguments(**{name: kwargs.pop(name) for name in old})
        if kwargs.get("class_mode") == "other":
            warn('`class_mode="other"` is deprecated, please use "raw".', DeprecationWarning)
            kwargs["class_mode"] = "raw"
        return DataFrameIterator(dataframe, directory, self, data_format=self.data_format, dtype=self.dtype, **kwargs)

    def standardize(self, x):
        """Normalize one image, in place if possible, as in Keras."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + SMALL
        if self.featurewise_center and self._is_fit(self.mean, "featurewise_center"):
            x -= self.mean
        if self.featurewise_std_normalization and self._is_fit(self.std, "featurewise_std_normalization"):
            x /= self.std + SMALL
        if self.zca_whitening and self._is_fit(self.zca_whitening_matrix, "zca_whitening"):
            flat = x.reshape(-1, math.prod(x.shape[-3:]))
            x = (flat @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    def _is_fit(self, statistic, setting):
        if statistic is None:
            warn(
                f"`{setting}` of this ImageDataGenerator has no effect before statistics are known. Call "
                "`generator.fit(images)` first."
            )
        return statistic is not None

    def get_random_transform(self, img_shape, seed=None):
        """Draw a random transformation: a dict for `apply_transform`.

        Args:
            img_shape: of the image.
            seed: seeds NumPy's global generator.
        """
        if seed is not None:
            np.random.seed(seed)
        return draw_transformation(self, img_shape)

    def apply_transform(self, x, transform_parameters):
        """Apply the transformations in the dict to one image; missing ones have no effect."""
        return apply_transformation(self, x, transform_parameters)

    def random_transform(self, x, seed=None):
        """Apply a random transformation to one image."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Compute the statistics for `featurewise_…` and `zca_whitening` from sample images.

        Args:
            x: (samples, height, width, channels), or channels first.
            augment: whether to compute them from augmented images.
            rounds: number of augmented versions of each image.
            seed: seeds NumPy's global generator.

        Raises:
            ValueError: x does not have four axes.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"`fit` takes a batch of images, with 4 axes. Received: x.shape={x.shape}")
        check_channels(x.shape, self.channel_axis, self.data_format)
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.stack([self.random_transform(image) for _ in range(rounds) for image in x]).astype(self.dtype)
        if self.featurewise_center:
            self.mean = self._per_channel(np.mean, x)
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = self._per_channel(np.std, x)
            x /= self.std + SMALL
        if self.zca_whitening:
            u, s, _ = np.linalg.svd(x.reshape(len(x), -1).T, full_matrices=False)
            self.zca_whitening_matrix = (u * (np.sqrt(len(x)) / (s + self.zca_epsilon))) @ u.T

    def _per_channel(self, statistic, x):
        return statistic(x, axis=(0, self.row_axis, self.col_axis), keepdims=True)[0]


def _pair_around_one(zoom_range):
    if isinstance(zoom_range, (float, int)):
        return [1 - zoom_range, 1 + zoom_range]
    if len(zoom_range) == 2 and all(isinstance(value, (float, int)) for value in zoom_range):
        return list(zoom_range)
    raise ValueError(f"`zoom_range` must be a number, or a pair (low, high). Received: {zoom_range}")
