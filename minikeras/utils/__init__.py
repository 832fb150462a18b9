"""Keras's `keras.utils` namespace: `to_categorical`, `get_file`, `Progbar` and other things beside models."""

from minikeras.messages import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from minikeras.random.global_seed import set_random_seed
from minikeras.utils.cached_file import get_file
from minikeras.utils.numerical import normalize, to_categorical
from minikeras.utils.progbar import Progbar
from minikeras.utils.session import clear_session

__all__ = [
    "Progbar",
    "clear_session",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_file",
    "is_interactive_logging_enabled",
    "normalize",
    "set_random_seed",
    "to_categorical",
]
