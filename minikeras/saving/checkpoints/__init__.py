"""Checkpoints: the Variables of any objects in files, saved again and again during training, and restored.

| file | holds |
| --- | --- |
| `tracking.py` | which Variables belong to an object, and the path to each |
| `files.py` | the format of the files |
| `checkpoint.py` | `Checkpoint`: save and restore; values wait for layers that are not built yet |
| `manager.py` | `CheckpointManager`: a directory with the last few checkpoints |
"""
