"""Which part of the labels, sample weights, losses and metrics belongs to which output of a model.

An output is identified by its path in the structure of predictions, `("heads", 0)` in `{"heads": [y0, y1]}`; by its
name, that of the layer that makes it; or by its position among all outputs. Users may use any of these ways.
`predict` returns the outputs of all batches in one such structure.
"""

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.base.suggestions import did_you_mean
from minikeras.tensors.ragged import RaggedTensor

MISSING = object()


class UnknownOutputError(KeyError, ValueError):
    """A loss or labels for an output that the model does not have. As in Keras, it is a KeyError too."""

    __str__ = Exception.__str__  # a KeyError's own puts the text in quotes


class OutputPosition:
    """The position of one output: its path, its name (None if unknown), its index among `count`."""

    def __init__(self, path, name, position, count):
        self.path = path
        self.name = name
        self.position = position
        self.count = count

    @property
    def key(self):
        """Its key in a dict of labels: its key among the outputs, else its name, else its index; None without."""
        first = self.path[0] if self.path else None
        return first if isinstance(first, str) or self.name is None else self.name


def positions_of(y_pred, output_names):
    """The `OutputPosition`s of all outputs, in flat order.

    Args:
        y_pred: predictions, nested as the model returns them.
        output_names: the names of the model's outputs in flat order, or None.
    """
    paths = [path for path, _ in tree.flatten_with_path(y_pred)] if tree.is_nested(y_pred) else [()]
    names = output_names if output_names and len(output_names) == len(paths) else [None] * len(paths)
    return [OutputPosition(path, name, i, len(paths)) for i, (path, name) in enumerate(zip(paths, names, strict=True))]


def part_for(given, place):
    """The loss or metric for one output: at its path, under its name, at its position, or for all; else MISSING."""
    if not tree.is_nested(given):
        return given
    found = get_by_path(given, place.path)
    if found is not MISSING:
        return found
    if isinstance(given, dict):
        return given.get(place.name, MISSING)
    return given[place.position] if len(given) == place.count else MISSING


def get_by_path(structure, path):
    """The part of a nested structure at a path; MISSING if there is none."""
    for key in path:
        if isinstance(structure, dict):
            structure = structure.get(key, MISSING)
        elif isinstance(structure, (list, tuple)) and isinstance(key, int) and key < len(structure):
            structure = structure[key]
        else:
            return MISSING
    return structure


def labels_of(y_true, positions, wanted):
    """The labels of each output, None where there are none.

    Args:
        y_true: labels, nested like the outputs, or a dict by name, or in flat order for all outputs or the wanted ones.
        positions: of all outputs.
        wanted: whether each output has a loss, which needs labels.

    Raises:
        ValueError: an output that needs labels has none, or there are more labels than outputs.
    """
    if len(positions) == 1 and not tree.is_nested(y_true):
        return [y_true]
    if isinstance(y_true, (list, tuple)) and len(tree.flatten(y_true)) > len(positions):
        raise UnknownOutputError(
            f"The model has {len(positions)} output(s), but there are {len(tree.flatten(y_true))} arrays of labels."
        )
    labels = [_label_at(y_true, place) for place in positions]
    if isinstance(y_true, (list, tuple)) and all(label is MISSING for label in labels):
        flat = tree.flatten(y_true)  # a list for a dict of outputs
        labels = flat if len(flat) == len(positions) else labels
    if any(label is MISSING for label, needed in zip(labels, wanted, strict=True) if needed):
        flat = tree.flatten(y_true)
        if isinstance(y_true, dict) or len(flat) not in (len(positions), sum(wanted)):
            missing = [place.key for place, label in zip(positions, labels, strict=True) if label is MISSING]
            which = "only output, which has no name" if missing == [None] else f"output(s) {missing}"
            got = f"the keys {sorted(y_true)}" if isinstance(y_true, dict) else f"{len(flat)} array(s)"
            raise UnknownOutputError(
                f"y_true and y_pred have different structures: no labels for the model's {which}. Received: {got}"
            )
        ordered = iter(flat)
        everywhere = len(flat) == len(positions)
        labels = [next(ordered) if needed or everywhere else None for needed in wanted]
    return [None if label is MISSING else label for label in labels]


def _label_at(y_true, place):
    found = get_by_path(y_true, place.path)
    if isinstance(y_true, dict) and found is MISSING:
        found = y_true.get(place.name, MISSING)
    return MISSING if tree.is_nested(found) else found


def check_parts(given, positions, y_pred, what):
    """Refuse keys that name no output, and lists of the wrong length.

    Raises:
        ValueError
    """
    names = [place.name for place in positions if place.name is not None]
    if isinstance(given, dict):
        keys = list(y_pred) if isinstance(y_pred, dict) else []
        # As in Keras, losses go by the keys of a dict.
        known = keys if keys and what == "loss" else list(dict.fromkeys([*names, *keys]))
        unknown = [key for key in given if key not in known]
        if unknown and known:
            error = UnknownOutputError if what == "loss" and isinstance(y_pred, dict) else ValueError
            raise error(
                f"Invalid `{what}`: it has keys that are not outputs of the model: {unknown}."
                f"{did_you_mean(str(unknown[0]), [str(name) for name in known])} Expected keys: {known}"
            )
    elif (
        isinstance(given, (list, tuple)) and tree.is_nested(y_pred) and len(given) not in (len(positions), len(y_pred))
    ):
        raise (UnknownOutputError if what == "loss" else ValueError)(
            f"`{what}` must be a list of {len(positions)} entries, one per output, or a dict by output name ({names}). "
            f"Received: {len(given)} entries"
        )


def as_output(y):
    """A model's output for a batch as an array; ragged tensors stay."""
    return y if isinstance(y, RaggedTensor) else np.asarray(y)


def copied_output(y):
    """The same in memory of its own."""
    return y if isinstance(y, RaggedTensor) else np.array(y)


def joined_batches(parts):
    """The outputs of all batches as one array; ragged if one is, or if they differ in another axis, as in Keras."""
    if isinstance(parts[0], RaggedTensor) or len({part.shape[1:] for part in parts}) > 1:
        return RaggedTensor.of_rows([row for part in parts for row in _rows(part)])
    return parts[0].copy() if len(parts) == 1 else np.concatenate(parts)


def _rows(part):
    return part if isinstance(part, RaggedTensor) else map(Tensor, part)


def as_row(row):
    """A row as `RaggedTensor.of_rows` takes it."""
    return Tensor(row) if isinstance(row, np.ndarray) else row
