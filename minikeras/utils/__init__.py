"""Keras's `keras.utils` namespace: `to_categorical`, `get_file`, `Progbar` and other things beside models."""

from minikeras.messages import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from minikeras.utils.progbar import Progbar

__all__ = [
    "Progbar",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "is_interactive_logging_enabled",
]
