"""Input pipelines: `Dataset`, and the stages it is made of. Start reading at `stage.py`, then `dataset.py`.

| file | stages |
| --- | --- |
| `dataset.py`, `*_methods.py` | the methods of `Dataset`, which chain stages: a file for each kind of stage |
| `sources.py`, `generating.py` | tensors and their rows, counting, random numbers, Python generators |
| `files.py`, `record_files.py` | lines, records, and rows of CSV files (`csv_columns.py`) |
| `saving.py`, `element_files.py` | saved elements, in a format of our own |
| `file_contents.py`, `series_windows.py` | contents of files that threads read ahead; windows of a series |
| `mapping.py`, `parallel.py` | map, filter, take_while, scan, enumerate, unique |
| `functions.py` | calls of the user's function |
| `tracing.py`, `blocks.py` | or the function traced once, and computed for many elements at once |
| `plain_python.py` | if no Python in it has to run for each element |
| `selecting.py`, `caching.py` | take, skip, shard, repeat, cache |
| `shuffling.py` | shuffle, in TensorFlow's order for a seed |
| `batching.py`, `padding.py`, `bucketing.py`, `ragged_rows.py` | batches of all sorts |
| `windowing.py` | windows, and groups by a key |
| `combining.py` | zip, concatenate, flat_map, interleave, choosing among data sets |
| `rejection.py`, `checking.py` | resampling to wanted shares of classes; promised numbers, and failures passed over |
| `prefetching.py` | prefetch: a thread that works ahead |
| `rows.py`, `pulling.py` | batches taken out of arrays at once; blocks of elements passed from stage to stage |
| `shares.py` | one process's rows of each batch, made without the others |
| `structure.py`, `specs.py` | elements as nests of tensors; their structure, before they exist |
"""

from minikeras.data.pipeline.dataset import Dataset
from minikeras.data.pipeline.specs import ArraySpec, DatasetSpec, RaggedSpec, SparseSpec
from minikeras.data.pipeline.stage import INFINITE, UNKNOWN, Stage

__all__ = ["INFINITE", "UNKNOWN", "ArraySpec", "Dataset", "DatasetSpec", "RaggedSpec", "SparseSpec", "Stage"]
