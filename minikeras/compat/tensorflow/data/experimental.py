"""`tf.data.experimental`: mostly older names of the methods of `Dataset`, as functions for `dataset.apply(…)`."""

from typing import NamedTuple

from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.data.dataset import Dataset
from minikeras.compat.tensorflow.data.file_datasets import (
    CsvDataset,
    make_batched_features_dataset,
    make_csv_dataset,
    parse_example_dataset,
)
from minikeras.compat.tensorflow.data.iterators import Iterator
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
from minikeras.compat.tensorflow.data.tables import DatasetInitializer, index_table_from_dataset, table_from_dataset
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.io.records import TFRecordWriter as RecordWriter
from minikeras.data.pipeline.blocks import run_element_by_element
from minikeras.data.pipeline.checking import AssertCardinality
from minikeras.data.pipeline.sources import Listed
from minikeras.data.pipeline.sql_rows import SqlRows
from minikeras.data.pipeline.stage import INFINITE as INFINITE_CARDINALITY
from minikeras.data.pipeline.stage import UNKNOWN as UNKNOWN_CARDINALITY
from minikeras.data.pipeline.windowing import GroupByReducer
from minikeras.tensors.strings.elementwise import path_of, plain_text

AUTOTUNE = -1
SHARD_HINT = -1

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "SHARD_HINT",
    "UNKNOWN_CARDINALITY",
    "AutoShardPolicy",
    "AutotuneAlgorithm",
    "AutotuneOptions",
    "Counter",
    "CsvDataset",
    "DatasetInitializer",
    "DistributeOptions",
    "ExternalStatePolicy",
    "OptimizationOptions",
    "Optional",
    "RandomDataset",
    "Reducer",
    "ServiceOptions",
    "SqlDataset",
    "TFRecordWriter",
    "ThreadingOptions",
    "assert_cardinality",
    "bucket_by_sequence_length",
    "cardinality",
    "choose_from_datasets",
    "copy_to_device",
    "dense_to_ragged_batch",
    "enable_debug_mode",
    "enumerate_dataset",
    "from_list",
    "get_next_as_optional",
    "get_single_element",
    "get_structure",
    "group_by_reducer",
    "group_by_window",
    "ignore_errors",
    "index_table_from_dataset",
    "load",
    "make_batched_features_dataset",
    "make_csv_dataset",
    "map_and_batch",
    "parallel_interleave",
    "parse_example_dataset",
    "prefetch_to_device",
    "rejection_resample",
    "sample_from_datasets",
    "save",
    "scan",
    "shuffle_and_repeat",
    "snapshot",
    "table_from_dataset",
    "take_while",
    "unbatch",
    "unique",
]


def Counter(start=0, step=1, dtype="int64"):  # noqa: N802  TensorFlow's name
    """`Dataset.counter(…)`."""
    return Dataset.counter(start, step, dtype)


def choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset=False):
    """`Dataset.choose_from_datasets(…)`, which here continues when one has ended."""
    return Dataset.choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset)


def sample_from_datasets(datasets, weights=None, seed=None, stop_on_empty_dataset=False):
    """`Dataset.sample_from_datasets(…)`."""
    return Dataset.sample_from_datasets(datasets, weights, seed, stop_on_empty_dataset)


def load(path, element_spec=None, compression=None, reader_func=None):
    """`Dataset.load(…)`."""
    return Dataset.load(path, element_spec, compression, reader_func)


class RandomDataset(Dataset):
    """`Dataset.random`, as a class."""

    def __init__(self, seed=None, rerandomize_each_iteration=None, name=None):
        super().__init__(Dataset.random(seed, rerandomize_each_iteration)._stage)


class SqlDataset(Dataset):
    """The rows of a query, each a tuple of tensors without axes.

    Args:
        driver_name: "sqlite".
        data_source_name: path of the database.
        query: text of one SELECT.
        output_types: the dtype of each column.

    Raises:
        InvalidArgumentError: the driver is another one, or (during iteration) SQLite reports an error.
    """

    def __init__(self, driver_name, data_source_name, query, output_types):
        if plain_text(driver_name) != "sqlite":
            raise InvalidArgumentError(None, None, f"`driver_name` must be 'sqlite'. Received: {driver_name!r}")
        dtypes = [str.__str__(as_dtype(dtype)) for dtype in output_types]
        super().__init__(SqlRows(path_of(data_source_name), plain_text(query), dtypes))


class TFRecordWriter:
    """Writes a data set of strings into a TFRecord file.

    Args:
        filename: of the file.
        compression_type: "" or None, "GZIP" or "ZLIB".
    """

    def __init__(self, filename, compression_type=None):
        self._filename, self._compression_type = filename, compression_type

    def write(self, dataset):
        """Write one epoch."""
        with RecordWriter(self._filename, self._compression_type) as writer:
            for record in dataset:
                writer.write(record)


def from_list(elements, name=None):
    """The elements of a Python list."""
    return Dataset(Listed(elements))


def cardinality(dataset):
    """`dataset.cardinality()`."""
    return dataset.cardinality()


def assert_cardinality(expected_cardinality):
    """For `apply`: the same data set with the given cardinality."""
    return lambda dataset: dataset._with(AssertCardinality(dataset._stage, expected_cardinality))


def get_single_element(dataset):
    """`dataset.get_single_element()`."""
    return dataset.get_single_element()


def get_structure(dataset_or_iterator):
    """`element_spec`."""
    return dataset_or_iterator.element_spec


def get_next_as_optional(iterator):
    """`iterator.get_next_as_optional()`."""
    if not isinstance(iterator, Iterator):
        raise TypeError(f"It takes what `iter(dataset)` gives. Received: {iterator!r}")
    return iterator.get_next_as_optional()


def save(dataset, path, compression=None, shard_func=None, checkpoint_args=None):
    """`dataset.save(…)`."""
    dataset.save(path, compression, shard_func, checkpoint_args)


def copy_to_device(target_device, source_device="/cpu:0"):
    """For `apply`: the data set itself; there is one device."""
    return lambda dataset: dataset


def prefetch_to_device(device, buffer_size=None):
    """For `apply`: `prefetch(buffer_size)`; there is one device."""
    return lambda dataset: dataset.prefetch(AUTOTUNE if buffer_size is None else buffer_size)


def dense_to_ragged_batch(batch_size, drop_remainder=False, row_splits_dtype="int64"):
    """For `apply`: `ragged_batch`."""
    return lambda dataset: dataset.ragged_batch(batch_size, drop_remainder, row_splits_dtype)


def enable_debug_mode():
    """Run functions of data sets in Python for each element, never traced, so that a debugger can stop in them.

    Here that is automatic while a debugger is attached, and for functions whose Python code has side effects.
    """
    run_element_by_element()


def enumerate_dataset(start=0):
    """For `apply`: `enumerate`."""
    return lambda dataset: dataset.enumerate(start)


class Reducer(NamedTuple):
    """The three functions of `group_by_reducer`: key → state, (state, element) → state, state → result."""

    init_func: object
    reduce_func: object
    finalize_func: object


def group_by_reducer(key_func, reducer):
    """For `apply`: the result of a `Reducer` for each key, in the order of the keys. A state that is a tuple is passed
    to its `finalize_func` as several arguments."""
    return lambda dataset: dataset._with(GroupByReducer(dataset._stage, key_func, *reducer))


def group_by_window(key_func, reduce_func, window_size=None, window_size_func=None):
    """For `apply`: `group_by_window`."""
    return lambda dataset: dataset.group_by_window(key_func, reduce_func, window_size, window_size_func)


def bucket_by_sequence_length(
    element_length_func,
    bucket_boundaries,
    bucket_batch_sizes,
    padded_shapes=None,
    padding_values=None,
    pad_to_bucket_boundary=False,
    no_padding=False,
    drop_remainder=False,
):
    """For `apply`: `bucket_by_sequence_length`."""
    return lambda dataset: dataset.bucket_by_sequence_length(
        element_length_func,
        bucket_boundaries,
        bucket_batch_sizes,
        padded_shapes,
        padding_values,
        pad_to_bucket_boundary,
        no_padding,
        drop_remainder,
    )


def ignore_errors(log_warning=False):
    """For `apply`: `ignore_errors`."""
    return lambda dataset: dataset.ignore_errors(log_warning)


def map_and_batch(map_func, batch_size, num_parallel_batches=None, drop_remainder=False, num_parallel_calls=None):
    """For `apply`: `map`, then `batch`."""
    if num_parallel_batches is not None and num_parallel_calls is not None:
        raise ValueError("Give either `num_parallel_batches` or `num_parallel_calls`, not both.")
    return lambda dataset: dataset.map(map_func, num_parallel_calls).batch(batch_size, drop_remainder)


def parallel_interleave(
    map_func, cycle_length, block_length=1, sloppy=False, buffer_output_elements=None, prefetch_input_elements=None
):
    """For `apply`: `interleave`. Prefetching arguments have no effect."""
    return lambda dataset: dataset.interleave(map_func, cycle_length, block_length)


def rejection_resample(class_func, target_dist, initial_dist=None, seed=None):
    """For `apply`: `rejection_resample`."""
    return lambda dataset: dataset.rejection_resample(class_func, target_dist, initial_dist, seed)


def scan(initial_state, scan_func):
    """For `apply`: `scan`."""
    return lambda dataset: dataset.scan(initial_state, scan_func)


def shuffle_and_repeat(buffer_size, count=None, seed=None):
    """For `apply`: `shuffle`, then `repeat`."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def snapshot(path, compression="AUTO", reader_func=None, shard_func=None):
    """For `apply`: `snapshot`."""
    return lambda dataset: dataset.snapshot(path, compression, reader_func, shard_func)


def take_while(predicate):
    """For `apply`: `take_while`."""
    return lambda dataset: dataset.take_while(predicate)


def unbatch():
    """For `apply`: `unbatch`."""
    return lambda dataset: dataset.unbatch()


def unique():
    """For `apply`: `unique`."""
    return lambda dataset: dataset.unique()
