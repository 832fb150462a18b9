"""The methods of `Dataset` that make one: from tensors, generators, numbers, files, or other data sets."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.tensor import as_array
from minikeras.base.errors import InvalidArgumentError
from minikeras.data.pipeline.combining import Choose, WeightedChoice, Zip
from minikeras.data.pipeline.files import matching_files
from minikeras.data.pipeline.generating import Generator
from minikeras.data.pipeline.saving import Saved
from minikeras.data.pipeline.shuffling import dataset_seeds
from minikeras.data.pipeline.sources import Counting, RandomNumbers, Slices, Tensors
from minikeras.data.pipeline.specs import as_spec
from minikeras.data.pipeline.stage import stage_of
from minikeras.tensors.strings.elementwise import path_of


class SourceMethods:
    """Mixin of `Dataset`. `name` labels nodes of TensorFlow's graphs and has no effect."""

    @classmethod
    def from_tensors(cls, tensors, name=None):
        """One element: the tensors as they are."""
        return cls._of(Tensors(tensors))

    @classmethod
    def from_tensor_slices(cls, tensors, name=None):
        """The rows of tensors: `from_tensor_slices((x, y))` gives pairs (x[i], y[i]). Arrays are copied."""
        return cls._of(Slices(tensors))

    @classmethod
    def from_generator(cls, generator, output_signature, args=None):
        """The items of the iterable that `generator(*args)` returns; it is called again in each epoch.

        Args:
            generator: a function, not the generator that it returns.
            output_signature: nest like an element of objects with a shape and a dtype, such as `ArraySpec`.
            args: arguments; the function gets them as arrays.
        """
        signature = tree.map_structure(as_spec, output_signature)
        return cls._of(Generator(generator, signature, tuple(as_array(arg) for arg in args or ())))

    @classmethod
    def range(cls, *args, **kwargs):
        """`range(stop)`, `range(start, stop)`, `range(start, stop, step)`, as int64 or as `output_type`."""
        dtype = kwargs.pop("output_type", "int64")
        kwargs.pop("name", None)
        if kwargs or not 1 <= len(args) <= 3:
            raise TypeError(f"`range` takes stop, start and stop, or start, stop and step. Received: {args}, {kwargs}")
        start, stop, step = np.r_[0, args, 1] if len(args) == 1 else (*args, 1)[:3]
        return cls._of(Counting(int(start), int(stop), int(step), standardize_dtype(dtype)))

    @classmethod
    def counter(cls, start=0, step=1, dtype="int64", name=None):
        """start, start + step, … without end."""
        return cls._of(Counting(start, None, step, standardize_dtype(dtype)))

    @classmethod
    def random(cls, seed=None, rerandomize_each_iteration=None, name=None):
        """Random numbers 0 … 2³² − 1 as int64, without end; others in each epoch if `rerandomize_each_iteration`."""
        return cls._of(RandomNumbers(dataset_seeds(seed), bool(rerandomize_each_iteration)))

    @classmethod
    def zip(cls, *args, datasets=None, name=None):
        """Tuples (or a nest like that given) of elements of several data sets, until the shortest ends."""
        if datasets is None:
            datasets = args[0] if len(args) == 1 else args
        elif args:
            raise ValueError("Give the data sets either as arguments or as `datasets`, not both.")
        if isinstance(datasets, list):
            raise TypeError(
                "`Dataset.zip` takes Datasets, nested in tuples and dicts. Received: a list; make it a tuple."
            )
        for dataset in tree.flatten(datasets):
            if not hasattr(dataset, "_stage"):
                raise TypeError(
                    f"`Dataset.zip()` takes data sets. Received: {dataset!r} of type {type(dataset).__name__}"
                )
        return cls._of(Zip(tree.map_structure(stage_of, datasets)))

    @classmethod
    def choose_from_datasets(cls, datasets, choice_dataset, stop_on_empty_dataset=True):
        """Elements of the data sets alternately: the next is from `datasets[number]`, numbers from `choice_dataset`."""
        _check_list(datasets)
        return cls._of(Choose(stage_of(choice_dataset), list(map(stage_of, datasets)), stop_on_empty_dataset))

    @classmethod
    def sample_from_datasets(
        cls, datasets, weights=None, seed=None, stop_on_empty_dataset=False, rerandomize_each_iteration=None
    ):
        """Elements of the data sets, each time from one that is drawn with the probabilities `weights` (equal if None).

        `weights` may be a data set of such lists, one for each draw.
        """
        _check_list(datasets)
        if hasattr(weights, "_stage"):
            weights = stage_of(weights)
        elif weights is not None:
            weights = as_array(weights)
            if len(weights) != len(datasets):
                raise ValueError(f"`weights` must have one number for each data set. Received: {weights}")
            datasets = [dataset for dataset, weight in zip(datasets, weights, strict=True) if weight > 0]
            weights = weights[weights > 0]  # a data set that is never drawn from would never end
        selector = WeightedChoice(len(datasets), weights, dataset_seeds(seed), bool(rerandomize_each_iteration))
        return cls._of(Choose(selector, list(map(stage_of, datasets)), stop_on_empty_dataset))

    @classmethod
    def list_files(cls, file_pattern, shuffle=None, seed=None, name=None):
        """The names of the files that match a pattern, in random order unless `shuffle` is False.

        Raises:
            InvalidArgumentError: there are none.
        """
        names = matching_files(file_pattern)
        if not len(names):
            raise InvalidArgumentError(None, None, f"No files matched pattern: {file_pattern}")
        dataset = cls.from_tensor_slices(names)
        return dataset.shuffle(len(names), seed=seed) if shuffle is None or shuffle else dataset

    @classmethod
    def load(cls, path, element_spec=None, compression=None, reader_func=None, wait=False):
        """The elements that `save` wrote into a folder.

        Args:
            element_spec: without effect, since the files describe their content.
            compression, reader_func: only None is possible.
            wait: only False is possible: the elements must be there.
        """
        if compression not in (None, "NONE") or reader_func is not None or wait:
            raise NotImplementedError("`compression` and `reader_func` must be None, and `wait` False.")
        return cls._of(Saved(path_of(path)))


def _check_list(datasets):
    if not datasets:
        raise ValueError("`datasets` must be a non-empty list. Received: " + repr(datasets))
