"""`Iterator`: an endless sequence of augmented batches, or a `PyDataset` of them by index."""

# ruff: noqa: NPY002 — Keras draws from NumPy's global generator

import os
import threading

import numpy as np

from minikeras.data import PyDataset
from minikeras.utils import array_to_img

__all__ = ["Iterator"]


class Iterator(PyDataset):
    """Base class of the iterators that `ImageDataGenerator` returns.

    As an iterator it yields batches endlessly, epoch after epoch; `fit` requests them by index. A subclass defines
    `_get_batches_of_transformed_samples(index_array)`.

    With a seed, NumPy's global generator is seeded again before every batch, with the seed plus the number of batches
    so far. So a batch depends only on its position in the sequence, and so do other random numbers of the program.

    Args:
        n: number of samples.
        batch_size: samples in a batch; the last of an epoch may have fewer.
        shuffle: whether each epoch has a new order.
        seed: integer, or None.
        **kwargs: `workers`, `use_multiprocessing`, `max_queue_size` of `PyDataset`.
    """

    white_list_formats = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")

    def __init__(self, n, batch_size, shuffle, seed, **kwargs):
        super().__init__(**kwargs)
        self.n = n
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.batch_index = 0
        self.total_batches_seen = 0
        self.index_array = None
        self.lock = threading.Lock()
        self.index_generator = self._flow_index()

    def __len__(self):
        return -(-self.n // self.batch_size)

    def __getitem__(self, idx):
        if idx >= len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}")
        self._seed_batch()
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        rows = self.index_array[idx * self.batch_size : (idx + 1) * self.batch_size]
        return self._get_batches_of_transformed_samples(rows)

    def __iter__(self):
        return self

    def __next__(self):
        with self.lock:
            rows = next(self.index_generator)
        return self._get_batches_of_transformed_samples(rows)

    def on_epoch_end(self):
        """Draw the order of the next epoch."""
        self._set_index_array()

    def reset(self):
        """Start over with the first batch."""
        self.batch_index = 0

    def _flow_index(self):
        self.reset()
        while True:
            self._seed_batch()
            if self.batch_index == 0:
                self._set_index_array()
            start = self.batch_index * self.batch_size
            more = self.n > start + self.batch_size
            self.batch_index = self.batch_index + 1 if more else 0
            self.total_batches_seen += 1
            yield self.index_array[start : start + self.batch_size]

    def _seed_batch(self):
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def _set_index_array(self):
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _get_batches_of_transformed_samples(self, index_array):
        raise NotImplementedError(f"{type(self).__name__} must define `_get_batches_of_transformed_samples`.")

    def _changed(self, x):
        """One image, augmented and normalized by the generator."""
        generator = self.image_data_generator
        if not generator:
            return x
        return generator.standardize(generator.random_transform(x))


def save_batch(images, numbers, iterator, names):
    """Write each image as "prefix_number_random.format" into the iterator's `save_to_dir`, if it has one.

    Args:
        numbers: the images' indices in the data.
        names: range of the random numbers in the files' names.
    """
    if not iterator.save_to_dir:
        return
    for image, number in zip(images, numbers, strict=True):
        name = f"{iterator.save_prefix}_{number}_{np.random.randint(names)}.{iterator.save_format}"
        array_to_img(image, iterator.data_format, scale=True).save(os.path.join(iterator.save_to_dir, name))
