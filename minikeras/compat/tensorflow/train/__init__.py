"""`tf.train`: checkpoints, averages of Variables, and the messages that TFRecord files hold."""

from minikeras.compat.tensorflow.io.example import (
    BytesList,
    Example,
    Feature,
    FeatureList,
    FeatureLists,
    Features,
    FloatList,
    Int64List,
    SequenceExample,
)
from minikeras.compat.tensorflow.train.checkpoint import Checkpoint, CheckpointOptions
from minikeras.compat.tensorflow.train.files import (
    checkpoints_iterator,
    get_checkpoint_state,
    latest_checkpoint,
    list_variables,
    load_checkpoint,
    load_variable,
)
from minikeras.compat.tensorflow.train.manager import CheckpointManager
from minikeras.compat.tensorflow.train.moving_average import ExponentialMovingAverage

__all__ = [
    "BytesList",
    "Checkpoint",
    "CheckpointManager",
    "CheckpointOptions",
    "Example",
    "ExponentialMovingAverage",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FloatList",
    "Int64List",
    "SequenceExample",
    "checkpoints_iterator",
    "get_checkpoint_state",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
]
