"""The settings of ops and layers as plain data, for the page."""

import numpy as np

from minikeras.autodiff.operation import Op

MAX_ENTRIES = 64


def settings_of_op(op, shapes):
    """{name: value} of an op's configuration, in which nested ops become settings too.

    Ops on windows have their `geometry` (strides, padding before and after, dilation) for inputs of these shapes.
    """
    settings = {name: plain(value, shapes) for name, value in op.configuration().items()}
    window = getattr(op, "window", None)
    try:
        if window is not None and hasattr(op, "geometry"):
            settings["geometry"] = plain(op.geometry(shapes[0][1:-1]), shapes)
        elif hasattr(op, "geometry") and len(shapes) > 1:
            settings["geometry"] = plain(op.geometry(shapes[0][1:-1], shapes[1][:-2]), shapes)
        elif hasattr(op, "conv") and hasattr(op, "x_shape"):  # the gradient of a convolution as an op by itself
            settings["geometry"] = plain(op.conv.geometry(op.x_shape[:-1], shapes[1][:-2]), shapes)
        elif hasattr(op, "labels") and not isinstance(op.labels, tuple):
            settings["labels"] = _labels(op, shapes)
    except (TypeError, ValueError, IndexError):  # a user's op, with other arguments
        pass
    return settings


def _labels(op, shapes):
    """The labels of a contraction's inputs and output, numbered."""
    inputs, output = op.labels(shapes)
    numbers = {}
    number = lambda label: numbers.setdefault(label, len(numbers))  # noqa: E731
    return [[number(label) for label in labels] for labels in (*inputs, output)]


def plain(value, shapes=()):
    """A setting as JSON-ready data; as text where JSON has no equivalent."""
    if isinstance(value, Op):
        return {"op": type(value).__name__, **settings_of_op(value, shapes)}
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else str(value)
    if isinstance(value, slice):
        return {"slice": [plain(value.start), plain(value.stop), plain(value.step)]}
    if isinstance(value, (list, tuple)):
        return [plain(part, shapes) for part in value[:MAX_ENTRIES]]
    if isinstance(value, dict):
        return {str(key): plain(part, shapes) for key, part in list(value.items())[:MAX_ENTRIES]}
    if isinstance(value, np.ndarray) and value.size <= MAX_ENTRIES:
        return value.tolist()
    return "…" if value is Ellipsis else str(value)[:80]


def settings_of_layer(layer):
    """The numbers, names and flags that a layer was constructed with; nested objects by their class."""
    try:
        config = layer.get_config()
    except Exception:  # a user's class may raise anything here, and nothing depends on it
        return {}
    kept = {}
    for name, value in config.items():
        if isinstance(value, dict) and "class_name" in value:
            value = value["class_name"]
        if isinstance(value, (bool, int, float, str)) or value is None:
            kept[name] = value
        elif isinstance(value, (list, tuple)) and all(isinstance(part, (int, float, str)) for part in value):
            kept[name] = list(value)[:8]
    return {name: value for name, value in kept.items() if name not in ("name", "build_config", "layers")}
