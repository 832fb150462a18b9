"""Limits on the resources that reading a config may use: depth, length, memory.

A config from a file or from JSON may come from anyone. It is checked before any object is created from it
(`check_config`), and the objects created are counted (`reading`): the bytes of variables, the symbolic tensors of
graphs, the array elements that are computed to infer shapes. `keras.config.set_loading_limits` sets the limits.
"""

__replay__ = "computes"

import json
import math
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps

import numpy as np

from minikeras.base.loading_limits import loading_limits
from minikeras.base.system import memory

_memory = cache(memory)
_TO_RAISE = "If you trust where it comes from, raise the limit: keras.config.set_loading_limits({}=…)."


class LimitExceededError(ValueError):
    """A config exceeds a limit."""


# --- before: the config itself --------------------------------------------------------------------------------------


def parse_json(text, object_hook=None):
    """The value of JSON text (str or bytes), within the limits.

    Args:
        object_hook: function that is called on each dict, as in `json.loads`.

    Raises:
        ValueError: it is not JSON, or exceeds a limit.
    """
    limits = loading_limits()
    _refuse_more("characters", len(text), limits)
    marks = (b"[", b"{", b",") if isinstance(text, (bytes, bytearray)) else ("[", "{", ",")
    brackets, braces, commas = map(text.count, marks)
    _refuse_more("containers", brackets + braces, limits)
    _refuse_more("values", commas, limits)
    try:
        value = json.loads(text, object_hook=object_hook)
    except RecursionError:
        raise _too_deep(limits) from None
    check_config(value)
    return value


def check_config(config):
    """Check a config (nested dicts and lists, with anything in them) against the limits, without recursion.

    Raises:
        ValueError: it exceeds one.
    """
    limits = loading_limits()
    counts = dict.fromkeys(("objects", "containers", "values", "characters"), 0)
    level, depth = [config], int(isinstance(config, (dict, list, tuple)))
    while level:
        deeper = []
        for value in level:
            _count(value, counts, deeper)
            for name in [name for name in counts if counts[name] > limits[name]]:
                _refuse_more(name, counts[name], limits)
            if counts["containers"] + len(deeper) > limits["containers"]:  # an object may contain itself
                _refuse_more("containers", counts["containers"] + len(deeper), limits)
        depth += bool(deeper)
        if depth > limits["depth"]:
            raise _too_deep(limits)
        level = deeper


def _count(value, counts, containers):
    """Count one value that is not in a container, or all values in one; append the containers among these."""
    if isinstance(value, dict):
        counts["objects"] += "class_name" in value
        items = [*value, *value.values()]
    else:
        items = value if isinstance(value, (list, tuple)) else (value,)
    counts["containers"] += isinstance(value, (dict, list, tuple))
    counts["values"] += len(items)
    for item in items:
        if isinstance(item, (str, bytes)):
            counts["characters"] += len(item)
        elif isinstance(item, (dict, list, tuple)):
            containers.append(item)


def _refuse_more(name, count, limits):
    if count > limits[name]:
        raise LimitExceededError(
            f"The config is too large: it has more than {limits[name]} {name.replace('_', ' ')}. "
            + _TO_RAISE.format(name)
        )


def _too_deep(limits):
    return LimitExceededError(
        f"The config is nested too deeply: lists and dicts are nested more than {limits['depth']} levels deep. "
        + _TO_RAISE.format("depth")
    )


# --- while reading: what is created ---------------------------------------------------------------------------------


class _Reading:
    """The resources that reading one config has used so far."""

    def __init__(self, memory_limit):
        self.limits = loading_limits()
        self.limits["memory"] = self.limits["memory"] or memory_limit or min(2 << 30, _memory() / 2)
        self.used = dict.fromkeys(("symbolic_tensors", "computed_elements", "memory"), 0)

    def use(self, name, amount, what):
        self.used[name] += amount
        if self.used[name] > self.limits[name]:
            unit = "bytes of memory" if name == "memory" else name.replace("_", " ")
            raise LimitExceededError(
                f"The config asks for more than it may: {what} would take it beyond {int(self.limits[name])} {unit}. "
                + _TO_RAISE.format(name)
            )


_reading = ContextVar("minikeras_reading", default=None)


@contextmanager
def reading(config=None, memory_limit=None):
    """Context for reading a config: checks it, counts the objects made from it, and makes errors clear.

    Within another reading it does nothing, since the whole config was checked there.

    Args:
        config: what is read.
        memory_limit: the bytes that variables may take, where the weights of a file say so.

    Raises:
        ValueError: a limit is exceeded; or in place of a RecursionError, a MemoryError, or an error such as KeyError
            that code of this library or of NumPy raises for a malformed config.
    """
    if _reading.get() is not None and memory_limit is None:
        yield
        return
    check_config(config)
    before = _reading.set(_Reading(memory_limit))
    try:
        yield
    except RecursionError as error:
        raise ValueError(
            "The config is nested too deeply: Python's recursion limit was reached while it was read. If you trust "
            "where it comes from, raise that by `sys.setrecursionlimit`."
        ) from error.with_traceback(None)
    except MemoryError as error:
        raise ValueError(f"The config asks for more memory than there is: {error}") from error
    except (LookupError, AttributeError, ArithmeticError, AssertionError, NameError, StopIteration) as error:
        if not _is_own(error):
            raise
        raise ValueError(f"The config is malformed: {type(error).__name__}: {error}") from error
    finally:
        _reading.reset(before)


def _is_own(error):
    """Whether an error arose in this library or in NumPy, and not in a user's class."""
    traceback = error.__traceback__
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    module = traceback.tb_frame.f_globals.get("__name__", "")
    return module.partition(".")[0] in ("minikeras", "numpy")


def reads_config(from_config):
    """Decorator of a `from_config(cls, config, …)`, for direct calls: see `reading`."""

    @wraps(from_config)
    def wrapper(cls, config, *args, **kwargs):
        with reading(config):
            return from_config(cls, config, *args, **kwargs)

    return wrapper


class FromConfig:
    """Base class of classes whose configs hold the constructor's arguments."""

    @classmethod
    @reads_config
    def from_config(cls, config):
        """Make an instance from what `get_config` returned."""
        return cls(**config)


def is_reading():
    """Whether a config is being read."""
    return _reading.get() is not None


def use_memory(shape, dtype, what):
    """Count an array that is about to be created, if a config is being read.

    Raises:
        ValueError: with it, arrays would take more memory than they may.
    """
    if (current := _reading.get()) is not None:
        size = 8 if dtype == "string" else np.dtype(dtype).itemsize
        current.use("memory", math.prod(n for n in shape if n is not None) * size, f"{what} of shape {tuple(shape)}")


def use_symbolic_tensors(count):
    """Count symbolic tensors that are about to be created, if a config is being read.

    Raises:
        ValueError: there would be more than there may be.
    """
    if (current := _reading.get()) is not None:
        current.use("symbolic_tensors", count, "drawing its graph")


def use_elements(*shapes, what="inferring shapes by arrays"):
    """Count arrays of these shapes that are about to be computed, as to infer others, if a config is being read.

    Raises:
        ValueError: more elements would be computed than may be.
    """
    if (current := _reading.get()) is not None:
        count = sum(math.prod(n for n in shape if n is not None) for shape in shapes)
        current.use("computed_elements", count, f"{what} of the shapes {list(shapes)}")
