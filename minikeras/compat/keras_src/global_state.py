"""`keras.src.backend.common.global_state`: attributes that packages keep per thread until the session is cleared."""

__replay__ = "computes"

import threading

from minikeras.utils.session import clear_session

__all__ = ["clear_session", "get_global_attribute", "set_global_attribute"]


class _PerThread(threading.local):
    def __init__(self):
        self.attributes = {}


_state = _PerThread()


def get_global_attribute(name, default=None, set_to_default=False):
    """The attribute of this thread, or the default, which `set_to_default` keeps."""
    if name not in _state.attributes and set_to_default and default is not None:
        _state.attributes[name] = default
    return _state.attributes.get(name, default)


def set_global_attribute(name, value):
    """Set the attribute for this thread; None removes it."""
    if value is None:
        _state.attributes.pop(name, None)
    else:
        _state.attributes[name] = value
