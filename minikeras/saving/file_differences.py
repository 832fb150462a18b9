"""Two files of models compared: weights by their paths, configs by their layers."""

import numpy as np


class WeightDifference:
    """An array in both files, or in one.

    Attributes:
        path: in the files.
        first, second: shapes and dtypes as text, "" where it is missing.
        largest: the greatest difference of two elements; None if the shapes differ or one is missing, NaN if one file
            has NaN where the other has none.
        relative: that, divided by the greatest element of the first.
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
    if a.dtype.kind not in "biuf" or b.dtype.kind not in "biuf":  # text, or extension dtypes as bytes
        equal = a.tobytes() == b.tobytes()
        return (0.0, 0.0) if equal else (np.nan, np.nan)
    a, b = a.astype(np.float64), b.astype(np.float64)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.where(same, 0.0, np.abs(a - b))
    largest = float(np.max(difference, initial=0.0))
    scale = float(np.max(np.abs(a[np.isfinite(a)]), initial=0.0))
    return largest, largest / scale if scale else largest


def config_differences(first, second):
    """Sentences about layers that one model has and the other has not, or has with other settings."""
    ours, theirs = ({entry.name: entry for entry in content.layers} for content in (first, second))
    for name in dict.fromkeys([*ours, *theirs]):
        if name not in theirs:
            yield f"The layer '{name}' ({ours[name].kind}) is in the first file only."
        elif name not in ours:
            yield f"The layer '{name}' ({theirs[name].kind}) is in the second file only."
    before, after = (_settings(content.config) for content in (first, second))
    for key in before.keys() & after.keys():
        if before[key] != after[key]:
            yield f"{key}: {before[key]} in the first file, {after[key]} in the second."


def _settings(config):
    """{"layer, setting": value} of the layers of a config."""
    found = {}
    inner = config.get("config") if isinstance(config, dict) else None
    layers = inner.get("layers") if isinstance(inner, dict) else inner
    for layer in layers if isinstance(layers, list) else ():
        settings = layer.get("config") if isinstance(layer, dict) else None
        for word, value in settings.items() if isinstance(settings, dict) else ():
            found[f"'{settings.get('name')}', {word}"] = str(value)[:200]
    return dict(sorted(found.items()))
