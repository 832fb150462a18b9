"""Comparison of two model files: weights by their paths, configs by their layers."""

import numpy as np

from minikeras.base.extension_dtypes import is_extension
from minikeras.saving.inspection import is_identity, short

BLOCK = 1 << 20  # number of elements compared at once, in float64
SHOWN = 60  # number of characters shown of a setting


class WeightDifference:
    """The difference of an array between two files, one of which may lack it.

    Attributes:
        path: in the files.
        first, second: shapes and dtypes as text, "" where it is missing.
        largest: the largest difference of two elements; None if the shapes differ or one is missing, NaN if one file
            has NaN where the other has none.
        relative: that, divided by the largest element of the first.
    """

    def __init__(self, path, first, second, largest=None, relative=None):
        self.path, self.first, self.second = path, first, second
        self.largest, self.relative = largest, relative

    @property
    def is_equal(self):
        """Whether nothing differs."""
        return self.largest == 0 and self.first == self.second


def weight_differences(first, second):
    """A `WeightDifference` for each array of two `Content`s."""
    for path in dict.fromkeys([*first.arrays, *second.arrays]):
        described = [_described(content.arrays.get(path)) for content in (first, second)]
        if "" in described or first.arrays[path].shape != second.arrays[path].shape:
            yield WeightDifference(path, *described)
            continue
        yield WeightDifference(path, *described, *_distance(first.array(path), second.array(path)))


def _described(stored):
    return "" if stored is None else f"{tuple(stored.shape)} {stored.dtype}"


def _distance(a, b):
    """(largest difference, that relative to the largest element of a)."""
    if not _is_numeric(a) or not _is_numeric(b):
        return (0.0, 0.0) if a.tobytes() == b.tobytes() else (np.nan, np.nan)
    largest = scale = 0.0
    a, b = a.reshape(-1), b.reshape(-1)
    for begin in range(0, a.size, BLOCK):
        difference, size = _distance_of_block(a[begin : begin + BLOCK], b[begin : begin + BLOCK])
        largest, scale = np.maximum(largest, difference), max(scale, size)
    return float(largest), float(largest / scale if scale else largest)


def _is_numeric(array):
    return array.dtype.kind in "biuf" or is_extension(array.dtype)


def _distance_of_block(a, b):
    """(largest difference, largest finite element of a)."""
    is_exact = a.dtype == b.dtype and a.dtype.kind in "iu"
    unequal = a != b
    a, b = a.astype(np.float64), b.astype(np.float64)
    unequal &= ~(np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.where(unequal, np.abs(a - b), 0.0)
    if is_exact:  # float64 cannot represent all 64-bit integers; different ones differ by at least 1
        difference = np.maximum(difference, unequal)
    return np.max(difference, initial=0.0), np.max(np.abs(a[np.isfinite(a)]), initial=0.0)


def config_differences(first, second):
    """Sentences about layers that only one model has, or that have different settings."""
    ours, theirs = ({entry.name: entry for entry in content.layers} for content in (first, second))
    for name in dict.fromkeys([*ours, *theirs]):
        if name not in theirs:
            yield f"The layer '{name}' ({ours[name].kind}) is in the first file only."
        elif name not in ours:
            yield f"The layer '{name}' ({theirs[name].kind}) is in the second file only."
        elif ours[name].kind != theirs[name].kind:
            yield f"The layer '{name}' is a {ours[name].kind} in the first file, a {theirs[name].kind} in the second."
    before, after = (_settings(content.config) for content in (first, second))
    for name, settings in before.items():
        others = after.get(name, {})
        for word, value in settings.items():
            other = others.get(word, value)
            if value != other and str(value) != str(other):  # NaN is not equal to itself
                texts = _apart(str(value), str(other))
                yield f"'{short(name)}', {short(word)}: {texts[0]} in the first file, {texts[1]} in the second."


def _settings(config):
    """{layer: {setting: value}} of the layers of a config."""
    found = {}
    inner = config.get("config") if isinstance(config, dict) else None
    layers = inner.get("layers") if isinstance(inner, dict) else inner
    for layer in layers if isinstance(layers, list) else ():
        settings = layer.get("config") if isinstance(layer, dict) else None
        if isinstance(settings, dict):
            found[str(settings.get("name"))] = {word: _without_identities(value) for word, value in settings.items()}
    return found


def _without_identities(value):
    if isinstance(value, dict):
        return {word: _without_identities(inner) for word, inner in value.items() if not is_identity(word, inner)}
    return [_without_identities(inner) for inner in value] if isinstance(value, list) else value


def _apart(a, b):
    """Two texts; long ones are shortened to the part where they start to differ."""
    shorter = min(len(a), len(b))
    start = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    begin = max(0, start - SHOWN // 2) if max(len(a), len(b)) > SHOWN else 0
    return [f"{'…' * (begin > 0)}{x[begin : begin + SHOWN]}{'…' * (len(x) > begin + SHOWN)}" for x in (a, b)]
