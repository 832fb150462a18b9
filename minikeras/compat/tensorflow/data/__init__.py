"""`tf.data`: input pipelines. Start reading at `stage.py`, then `dataset.py`.

| file | stages |
| --- | --- |
| `sources.py`, `generating.py` | tensors and their rows, counting, random numbers, Python generators |
| `files.py`, `csv_files.py`, `saving.py` | lines, records, columns and saved elements from files |
| `mapping.py`, `parallel.py` | map, filter, take_while, scan, enumerate, unique |
| `selecting.py`, `caching.py` | take, skip, shard, repeat, cache |
| `shuffling.py` | shuffle, in TensorFlow's order for a seed |
| `batching.py`, `padding.py`, `ragged_batching.py`, `bucketing.py` | batches of all sorts |
| `windowing.py` | windows, and groups by a key |
| `combining.py`, `weighted_choice.py` | zip, concatenate, flat_map, interleave, choosing among data sets |
| `prefetching.py` | prefetch: a thread that works ahead |
| `rows.py` | batches taken out of arrays at once |
"""

from minikeras.compat.tensorflow.data import experimental
from minikeras.compat.tensorflow.data.dataset import Dataset
from minikeras.compat.tensorflow.data.dataset_spec import DatasetSpec
from minikeras.compat.tensorflow.data.file_datasets import FixedLengthRecordDataset, TextLineDataset, TFRecordDataset
from minikeras.compat.tensorflow.data.iterators import Iterator, NumpyIterator
from minikeras.compat.tensorflow.data.options import Options, ThreadingOptions
from minikeras.compat.tensorflow.data.stage import INFINITE as INFINITE_CARDINALITY
from minikeras.compat.tensorflow.data.stage import UNKNOWN as UNKNOWN_CARDINALITY

AUTOTUNE = -1

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Dataset",
    "DatasetSpec",
    "FixedLengthRecordDataset",
    "Iterator",
    "NumpyIterator",
    "Options",
    "TFRecordDataset",
    "TextLineDataset",
    "ThreadingOptions",
    "experimental",
]
