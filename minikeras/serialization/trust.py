"""Whether a config may contain code: the safe mode.

It holds for the thread (or the context of `contextvars`) in which it is set. Of several nested ones the innermost
decides, whether it is stricter or not. Only the program can set it: nothing in a config is ever taken for a safe mode.
"""

from minikeras.config import unsafe_deserialization_enabled
from minikeras.serialization.open_scopes import OpenScopes

_modes = OpenScopes("safe_modes")  # with a setting


class SafeMode:
    """A context in which configs are read safely unless `safe_mode` is False; None leaves the mode as it is.

    Other values count as True: packages pass Keras's `deserialize_keras_object` their module's names as third argument.
    """

    def __init__(self, safe_mode=True):
        self.value = None if safe_mode is None else safe_mode is not False

    def __enter__(self):
        if self.value is not None:
            _modes.enter(self)
        return self

    def __exit__(self, *error):
        _modes.leave(self)


def in_safe_mode():
    """Whether lambdas are refused: by the innermost `safe_mode`, else yes unless
    `keras.config.enable_unsafe_deserialization` was called."""
    modes = _modes.all()
    return bool(modes[-1].value) if modes else not unsafe_deserialization_enabled()
