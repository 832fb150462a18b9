"""`tf.compat.v1.logging`: messages by the logger "tensorflow"."""

import logging as _python

from minikeras.compat.tensorflow.notices import logger as _logger

__all__ = [
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "WARN",
    "debug",
    "error",
    "fatal",
    "get_verbosity",
    "info",
    "log",
    "set_verbosity",
    "vlog",
    "warn",
    "warning",
]

DEBUG, INFO, WARN, ERROR, FATAL = (
    _python.DEBUG,
    _python.INFO,
    _python.WARNING,
    _python.ERROR,
    _python.FATAL,
)


def set_verbosity(v):
    """Show messages from this level on: a number such as ERROR, or its name."""
    _logger.setLevel(v)


def get_verbosity():
    """The level from which on messages are shown."""
    return _logger.getEffectiveLevel()


def log(level, msg, *args, **kwargs):
    """Log a message at a level."""
    _logger.log(level, msg, *args, **kwargs)


def vlog(level, msg, *args, **kwargs):
    """Alias of `log`."""
    _logger.log(level, msg, *args, **kwargs)


debug, info, warning, error, fatal = (
    _logger.debug,
    _logger.info,
    _logger.warning,
    _logger.error,
    _logger.fatal,
)
warn = warning
