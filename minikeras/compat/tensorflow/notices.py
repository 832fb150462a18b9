"""Log messages for settings that the `tf` namespace accepts without effect: devices, strategies, thread counts."""

import logging

from minikeras.collectives.launched import launched_rank_and_size

logger = logging.getLogger("tensorflow")  # that of `tf.get_logger()`, so that scripts can silence it
_said = set()


def warn_once(topic, message):
    """Log `message` as a warning, once for each `topic`; with several processes, only in the first."""
    if topic not in _said and launched_rank_and_size()[0] == 0:
        _said.add(topic)
        logger.warning(message)


__all__ = ["get_logger"]


def get_logger():
    """The logger "tensorflow" of Python's `logging`: `tf.get_logger().setLevel("ERROR")` silences messages here too."""
    return logger
