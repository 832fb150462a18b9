"""`tf.train`: checkpoints, averages of Variables, and the messages in TFRecord files."""

from minikeras.compat.tensorflow.train.checkpoint import Checkpoint, CheckpointManager, CheckpointOptions
from minikeras.compat.tensorflow.train.checkpoints import files as _files
from minikeras.compat.tensorflow.train.checkpoints.files import *  # noqa: F403
from minikeras.compat.tensorflow.train.moving_average import ExponentialMovingAverage
from minikeras.formats.protobuf import example as _messages
from minikeras.formats.protobuf.example import *  # noqa: F403

__all__ = [
    *_messages.__all__,
    *_files.__all__,
    "Checkpoint",
    "CheckpointManager",
    "CheckpointOptions",
    "ExponentialMovingAverage",
]
