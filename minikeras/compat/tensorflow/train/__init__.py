"""`tf.train`: checkpoints, averages of Variables, and the messages that TFRecord files hold."""

from minikeras.compat.tensorflow.train.checkpoint import Checkpoint, CheckpointManager, CheckpointOptions
from minikeras.compat.tensorflow.train.moving_average import ExponentialMovingAverage
from minikeras.protobuf.example import (
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
from minikeras.saving.checkpoints.files import (
    checkpoints_iterator,
    get_checkpoint_state,
    latest_checkpoint,
    list_variables,
    load_checkpoint,
    load_variable,
)

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
