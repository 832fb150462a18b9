"""Input pipelines: `Dataset`, and the stages it is made of. Start reading at `stage.py`, then `dataset.py`.

| file | stages |
| --- | --- |
| `sources.py`, `generating.py` | tensors and their rows, counting, random numbers, Python generators |
| `files.py`, `record_files.py`, `saving.py` | lines, records and saved elements from files |
| `file_contents.py`, `series_windows.py` | contents of files that threads read ahead; windows of a series |
| `mapping.py`, `parallel.py` | map, filter, take_while, scan, enumerate, unique |
| `selecting.py`, `caching.py` | take, skip, shard, repeat, cache |
| `shuffling.py` | shuffle, in TensorFlow's order for a seed |
| `batching.py`, `padding.py`, `bucketing.py` | batches of all sorts |
| `windowing.py` | windows, and groups by a key |
| `combining.py`, `weighted_choice.py` | zip, concatenate, flat_map, interleave, choosing among data sets |
| `prefetching.py` | prefetch: a thread that works ahead |
| `rows.py` | batches taken out of arrays at once |
| `specs.py` | what is known of elements before they exist |
"""

from minikeras.data.pipeline.dataset import Dataset
from minikeras.data.pipeline.specs import ArraySpec, DatasetSpec, RaggedSpec, SparseSpec
from minikeras.data.pipeline.stage import INFINITE, UNKNOWN, Stage

__all__ = ["INFINITE", "UNKNOWN", "ArraySpec", "Dataset", "DatasetSpec", "RaggedSpec", "SparseSpec", "Stage"]
