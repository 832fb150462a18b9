"""Checkpoints: the Variables of any objects in files, saved repeatedly during training, and restored.

| file | content |
| --- | --- |
| `tracking.py` | which Variables belong to an object, and the path to each |
| `files.py` | the format of the files |
| `checkpoint.py` | `Checkpoint`: saving and restoring, which is deferred for layers that are not built yet |
| `manager.py` | `CheckpointManager`: a directory with the last few checkpoints |
"""
