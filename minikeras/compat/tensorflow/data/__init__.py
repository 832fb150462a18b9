"""`tf.data`: input pipelines. Start reading at `stage.py`, then `dataset.py`.

| file | stages |
| --- | --- |
| `sources.py`, `generating.py` | tensors and their rows, counting, random numbers, Python generators |
| `mapping.py` | map, filter, take_while, scan, enumerate, unique |
| `selecting.py` | take, skip, shard, repeat, cache |
| `shuffling.py` | shuffle, in TensorFlow's order for a seed |
| `batching.py`, `padding.py` | batch, padded_batch, unbatch, rebatch |
| `combining.py`, `weighted_choice.py` | zip, concatenate, flat_map, interleave, choosing among data sets |
| `prefetching.py` | prefetch: a thread that works ahead |
| `rows.py` | batches taken out of arrays at once |
"""

from minikeras.compat.tensorflow.data.dataset import Dataset
from minikeras.compat.tensorflow.data.iterators import Iterator, NumpyIterator
from minikeras.compat.tensorflow.data.stage import INFINITE as INFINITE_CARDINALITY
from minikeras.compat.tensorflow.data.stage import UNKNOWN as UNKNOWN_CARDINALITY

AUTOTUNE = -1

__all__ = ["AUTOTUNE", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "Dataset", "Iterator", "NumpyIterator"]
