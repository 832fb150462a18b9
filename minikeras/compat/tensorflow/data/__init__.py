"""`tf.data`: TensorFlow's names over the pipelines of `minikeras/data/pipeline/`."""

from minikeras.compat.tensorflow.data import experimental
from minikeras.compat.tensorflow.data.dataset import Dataset
from minikeras.compat.tensorflow.data.file_datasets import FixedLengthRecordDataset, TextLineDataset, TFRecordDataset
from minikeras.compat.tensorflow.data.iterators import Iterator, NumpyIterator
from minikeras.compat.tensorflow.data.options import Options, ThreadingOptions
from minikeras.compat.tensorflow.data.specs import DatasetSpec
from minikeras.data.pipeline.stage import INFINITE as INFINITE_CARDINALITY
from minikeras.data.pipeline.stage import UNKNOWN as UNKNOWN_CARDINALITY

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
