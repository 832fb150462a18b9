"""`keras.src.utils.io_utils`: messages to the user."""

__replay__ = "computes"

import logging

from minikeras.base.messages import logger
from minikeras.base.messages import print_message as print_msg

__all__ = ["ask_to_proceed_with_overwrite", "print_msg", "set_logging_verbosity"]

_LEVELS = {"DEBUG": logging.DEBUG, "INFO": logging.INFO, "WARNING": logging.WARNING, "ERROR": logging.ERROR,
           "FATAL": logging.CRITICAL}  # fmt: skip


def set_logging_verbosity(level):
    """Set the level of the logger when interactive logging is off: "DEBUG", "INFO", "WARNING", "ERROR" or "FATAL".

    Raises:
        ValueError: another word.
    """
    if level.upper() not in _LEVELS:
        raise ValueError(f"`level` must be one of {list(_LEVELS)}. Received: level={level!r}")
    logger.setLevel(_LEVELS[level.upper()])


def ask_to_proceed_with_overwrite(filepath):
    """Whether the user answers that an existing file may be replaced."""
    answer = ""
    while answer not in ("y", "n"):
        answer = input(f"{filepath} exists already. Overwrite it? [y/n] ").strip().lower()
    return answer == "y"
