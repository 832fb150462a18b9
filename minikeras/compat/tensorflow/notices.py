"""One logged line for what the `tf` namespace accepts without effect: devices, strategies, thread counts."""

import logging

logger = logging.getLogger("tensorflow")  # the one of `tf.get_logger()`, so that scripts can silence it
_said = set()


def say_once(topic, message):
    """Log `message` as a warning, the first time for each `topic`."""
    if topic not in _said:
        _said.add(topic)
        logger.warning(message)
