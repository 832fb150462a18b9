"""`keras.src.utils.python_utils`: small functions on Python objects. Code in configs (`func_load`) is not read."""

__replay__ = "computes"

__all__ = ["default", "is_continuous_axis", "is_default", "pythonify_logs", "remove_by_id", "remove_long_seq",
           "removeprefix", "removesuffix", "to_list"]  # fmt: skip


def is_continuous_axis(axis):
    """Whether axes follow each other without a gap, in either direction: 2, (1, 2), (-2, -1), (3, 2)."""
    if isinstance(axis, int) or len(axis) == 1:
        return True
    first, count = axis[0], len(axis)
    return list(axis) in (list(range(first, first + count)), list(range(first, first - count, -1)))


def default(method):
    """Decorator: marks a method of a base class that subclasses may replace."""
    method._is_default = True
    return method


def is_default(method):
    """Whether a method is still the one marked by `default`."""
    return getattr(method, "_is_default", False)


def to_list(x):
    """The list itself; anything else as a list of one."""
    return x if isinstance(x, list) else [x]


def remove_long_seq(maxlen, seq, label):
    """The sequences shorter than `maxlen`, and their labels."""
    kept = [(s, y) for s, y in zip(seq, label, strict=False) if len(s) < maxlen]
    return [s for s, _ in kept], [y for _, y in kept]


def removeprefix(x, prefix):
    """The text without its beginning, if that is `prefix`."""
    return x.removeprefix(prefix)


def removesuffix(x, suffix):
    """The text without its end, if that is `suffix`."""
    return x.removesuffix(suffix)


def remove_by_id(lst, value):
    """Take the very object `value` out of a list, once."""
    place = next((i for i, item in enumerate(lst) if item is value), None)
    if place is not None:
        del lst[place]


def pythonify_logs(logs):
    """Logs by sorted keys as Python's floats where they are numbers, dicts within them merged in."""
    result = {}
    for key, value in sorted((logs or {}).items()):
        if isinstance(value, dict):
            result.update(pythonify_logs(value))
            continue
        try:
            result[key] = float(value)
        except (TypeError, ValueError):
            result[key] = value
    return result
