"""Default names of objects: the first `Conv2D` is "conv2d", the second "conv2d_1".

The counters are kept per thread, as Keras keeps its global state, so that the names a thread sees do not depend on
what other threads build at the same time. `clear_session` calls `reset_uids` to begin again.
"""

__replay__ = "computes"

import re
import threading
from collections import defaultdict


class _Counters(threading.local):
    """How often each name was assigned in this thread."""

    def __init__(self):
        self.uses = defaultdict(int)


_counters = _Counters()


def to_snake_case(name):
    """A class name as Keras writes it in layer names: "BatchNormalization" → "batch_normalization".

    A capital begins a word when small letters follow it or precede it; digits do not begin one ("conv2d",
    "my_lstm_cell", but also "re_lu" for "ReLU"). Characters that a Python name cannot contain are left out.
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(prefix):
    """The next free name for an object of class `prefix`: "dense", then "dense_1", "dense_2" …"""
    return uniquify(to_snake_case(prefix))


def uniquify(name):
    """`name` itself at its first use, `name_1` at the second, and so on."""
    uses = _counters.uses[name]
    _counters.uses[name] = uses + 1
    return f"{name}_{uses}" if uses else name


def get_uid(prefix=""):
    """The next number of a counter that starts at 1 and is shared with `uniquify(prefix)`. (`keras.backend.get_uid`)"""
    _counters.uses[prefix] += 1
    return _counters.uses[prefix]


def reset_uids():
    """Begin all counters of this thread again."""
    _counters.uses.clear()


def get_object_name(obj):
    """The name to show for any object: its `name`, else its function's or class's name in snake case."""
    if hasattr(obj, "name"):
        return obj.name
    return to_snake_case(getattr(obj, "__name__", type(obj).__name__))
