"""`tf.get_logger`."""

from minikeras.compat.tensorflow.notices import logger

__all__ = ["get_logger"]


def get_logger():
    """The logger "tensorflow" of Python's `logging`: `tf.get_logger().setLevel("ERROR")` silences messages here too."""
    return logger
