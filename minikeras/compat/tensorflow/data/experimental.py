"""`tf.data.experimental`: mostly older names of the methods of `Dataset`, as functions for `dataset.apply(…)`."""

from minikeras.compat.tensorflow.data.dataset import Dataset
from minikeras.compat.tensorflow.data.file_datasets import (
    CsvDataset,
    make_csv_dataset,
)
from minikeras.compat.tensorflow.data.optional import Optional
from minikeras.compat.tensorflow.data.options import (
    AutoShardPolicy,
    AutotuneAlgorithm,
    AutotuneOptions,
    DistributeOptions,
    ExternalStatePolicy,
    OptimizationOptions,
    ServiceOptions,
    ThreadingOptions,
)
from minikeras.data.pipeline.checking import AssertCardinality
from minikeras.data.pipeline.stage import INFINITE as INFINITE_CARDINALITY
from minikeras.data.pipeline.stage import UNKNOWN as UNKNOWN_CARDINALITY

AUTOTUNE = -1

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "AutoShardPolicy",
    "AutotuneAlgorithm",
    "AutotuneOptions",
    "Counter",
    "CsvDataset",
    "DistributeOptions",
    "ExternalStatePolicy",
    "OptimizationOptions",
    "Optional",
    "ServiceOptions",
    "ThreadingOptions",
    "assert_cardinality",
    "cardinality",
    "dense_to_ragged_batch",
    "ignore_errors",
    "make_csv_dataset",
]


def Counter(start=0, step=1, dtype="int64"):  # noqa: N802  TensorFlow's name
    """`Dataset.counter(…)`."""
    return Dataset.counter(start, step, dtype)


def cardinality(dataset):
    """`dataset.cardinality()`."""
    return dataset.cardinality()


def assert_cardinality(expected_cardinality):
    """For `apply`: the same data set with the given cardinality."""
    return lambda dataset: dataset._with(AssertCardinality(dataset._stage, expected_cardinality))


def dense_to_ragged_batch(batch_size, drop_remainder=False, row_splits_dtype="int64"):
    """For `apply`: `ragged_batch`."""
    return lambda dataset: dataset.ragged_batch(batch_size, drop_remainder, row_splits_dtype)


def ignore_errors(log_warning=False):
    """For `apply`: `ignore_errors`."""
    return lambda dataset: dataset.ignore_errors(log_warning)
