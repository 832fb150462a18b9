"""Shared code of image, text and audio data sets of a directory: checks, subsets, labels, order.

paths, labels ──▶ Slices ──▶ Shuffle ──▶ FileContents (reads and decodes in threads) ──▶ Batch
"""

import numbers
import os

import numpy as np

from minikeras.data.pipeline import Dataset
from minikeras.data.pipeline.file_contents import FileContents
from minikeras.data.pipeline.stage import stage_of
from minikeras.utils.directory_index import LabeledFiles, check_validation_split, index_directory, split_files

LABEL_MODES = ("int", "categorical", "binary", None)
BATCHES_SHUFFLED = 8
SHUFFLED_ALONE = 1024  # elements in the shuffle's buffer where there are no batches


class DirectoryFiles:
    """The checked arguments that the three functions share, and the files they select.

    Args:
        kind: "images", "text files" …, for messages.
        extensions: endings of the files' names.
        others: as in `image_dataset_from_directory`.

    Raises:
        ValueError: arguments that do not fit together, or no files.
    """

    def __init__(
        self,
        kind,
        extensions,
        directory,
        labels="inferred",
        label_mode="int",
        class_names=None,
        batch_size=32,
        shuffle=True,
        seed=None,
        validation_split=None,
        subset=None,
        follow_links=False,
        verbose=True,
    ):
        _check_arguments(labels, label_mode, class_names, batch_size)
        check_integer("seed", seed, 0)
        check_validation_split(validation_split, subset, shuffle, seed)
        if labels is None or label_mode is None:
            labels = label_mode = None
        self.kind, self.extensions, self.directory = kind, extensions, directory
        self.label_mode, self.batch_size, self.shuffle = label_mode, batch_size, shuffle
        self.validation_split, self.subset = validation_split, subset
        self.seed = np.random.randint(10**6) if seed is None else seed  # noqa: NPY002 - Keras's
        self.files = index_directory(
            directory, labels, extensions, class_names, shuffle, self.seed, follow_links, verbose
        )
        self.class_names = self.files.class_names if class_names is None else class_names
        if label_mode == "binary" and len(self.class_names) != 2:
            raise ValueError(
                "When passing label_mode='binary', there must be exactly 2 class_names. "
                f"Received: the classes {self.class_names} in "
                f"{directory!r}. Use label_mode='int' or 'categorical', or choose two by `class_names`."
            )

    def datasets(self, read, batch):
        """A Dataset, or the two of `subset="both"`.

        Args:
            read: a `FileReader`.
            batch: function from a Dataset of elements to one of batches, called unless `batch_size` is None.
        """
        if self.subset != "both":
            return self._dataset(self.subset, self.shuffle, read, batch)
        training = self._dataset("training", self.shuffle, read, batch)
        return [training, self._dataset("validation", False, read, batch)]

    def _dataset(self, subset, shuffle, read, batch):
        files = split_files(self.files, self.validation_split, subset, self.directory)
        if not files.paths:
            raise ValueError(
                f"No {self.kind} found in directory {str(self.directory)!r}. Expected files ending in "
                f"{', '.join(self.extensions)}" + (", in one subfolder per class." if self.label_mode else ".")
            )
        dataset = Dataset.from_tensor_slices(self._elements(files))
        if shuffle:
            size = BATCHES_SHUFFLED * self.batch_size if self.batch_size else SHUFFLED_ALONE
            dataset = dataset.shuffle(size, seed=self.seed)
        dataset = Dataset(FileContents(stage_of(dataset), read))
        if self.batch_size is not None:
            dataset = batch(dataset)
        dataset.class_names, dataset.file_paths = self.class_names, files.paths
        return dataset

    def _elements(self, files: LabeledFiles):
        paths = [os.fsencode(path) for path in files.paths]  # names need not be valid UTF-8
        if self.label_mode is None:
            return paths
        labels = files.labels
        if self.label_mode == "binary":
            labels = labels.astype("float32")[:, None]
        elif self.label_mode == "categorical":
            labels = (labels[:, None] == np.arange(len(self.class_names))).astype("float32")
        return paths, labels


def _check_arguments(labels, label_mode, class_names, batch_size):
    if (isinstance(labels, str) and labels != "inferred") or not isinstance(labels, (str, list, tuple, type(None))):
        raise ValueError(
            "`labels` argument should be a list or tuple of integer labels, 'inferred' (from the subfolders) or None. "
            f"Received: labels={labels!r}"
        )
    if class_names and not isinstance(labels, str):
        raise ValueError(
            "You can only pass `class_names` if labels='inferred'. "
            f"Received: labels={labels!r}, class_names={class_names}"
        )
    if label_mode not in LABEL_MODES:
        raise ValueError(f"`label_mode` must be one of {LABEL_MODES}. Received: label_mode={label_mode!r}")
    if isinstance(class_names, str) or len(set(class_names or ())) < len(class_names or ()):
        raise ValueError(
            f"`class_names` must be a list of different names of subfolders. Received: class_names={class_names!r}"
        )
    check_integer("batch_size", batch_size, 1)


def check_integer(name, value, least):
    """Raises TypeError unless the value of an argument is an integer or None, ValueError if it is below `least`."""
    if value is None or (isinstance(value, numbers.Integral) and value >= least):
        return
    error = ValueError if isinstance(value, numbers.Integral) else TypeError
    raise error(f"`{name}` must be an integer of at least {least}, or None. Received: {name}={value!r}")
