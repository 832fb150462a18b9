"""Diagnoses of the data. Each returns one sentence with the fix, or None."""

from collections import Counter

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import as_array
from minikeras.base.quantities import readable_size
from minikeras.layers import Dense, Embedding
from minikeras.layers.convolutional.base_conv import BaseConv
from minikeras.tools.diagnosis.evidence import class_indices

BYTE = 255
PIXELS = 16  # features from which integers up to 255 are pixels
BIG = 64 * 2**20  # bytes whose conversion takes a noticeable time
LEAK = 0.2  # share of validation rows that are training rows too
NEIGHBOURS = 400  # samples among which nearest neighbours are searched
STRUCTURE = 0.8
"""Rows whose neighbours are nearer than this, relative to rows of the same columns shuffled, form groups."""
CHANCE = 2.0  # standard deviations
HOLES = 0.2  # share of rows with a token 0 between others


def pixels_not_scaled(e):
    """Integers from 0 to 255 reach the first layer that has a kernel."""
    if e.run is None:
        return None
    x = next((x for layer, x, _ in e.run.layers if isinstance(layer, (Dense, BaseConv))), None)
    if x is None or x.dtype.kind != "f" or x.ndim < 2 or x[0].size < PIXELS or x.min() < 0:
        return None
    if BYTE / 2 < x.max() <= BYTE and (x == np.floor(x)).all() and np.unique(x).size > PIXELS:
        return (
            f"The inputs are integers up to {x.max():g}: pixels of 0 to 255. Divide them by 255, for example with "
            "`Rescaling(1 / 255)` as the first layer."
        )
    return None


def equal_rows_in_validation(e):
    """The model is trained and validated on the same samples."""
    if e.validation_data is None:
        return None
    train, validation = _rows(e.all_x), _rows(e.validation_data[0])
    if train is None or validation is None or len(validation) < 2:
        return None
    counts = Counter(train)
    share = sum(row in counts for row in validation) / len(validation)
    repeated = sum(counts[row] > 1 for row in train) / len(train)  # few distinct rows repeat everywhere
    if share >= LEAK + 2 * repeated:
        return (
            f"{share:.0%} of the validation rows are in the training data too, so validation measures memory. Split "
            "the data once, without overlap."
        )
    return None


def validation_from_an_ordered_end(e):
    """`validation_split` takes the end of an array that is sorted by class."""
    if not e.validation_split or e.validation_data is not None or e.classes is None:
        return None
    count = len(e.classes)
    train, validation = np.split(e.classes, [int(count * (1 - e.validation_split))])
    if not len(validation) or len(np.unique(e.classes)) < 2 or len(np.unique(e.classes)) > count / 4:
        return None
    missing = sorted(set(validation.tolist()) - set(train.tolist()))
    ordered = (np.diff(e.classes) >= 0).all()
    if ordered or (missing and len(missing) == len(np.unique(validation))):
        return (
            f"`validation_split` takes the last {e.validation_split:.0%} of the rows, and these are ordered by class, "
            "so that training and validation see different classes. Shuffle x and y together first."
        )
    return None


def labels_unrelated_to_inputs(e):
    """Neighbours in x have labels as different as any two rows: x or y was shuffled alone."""
    x, labels = e.single_x, None if e.single_y is None else class_indices(e.single_y)
    if x is None or labels is None or x.dtype.kind != "f" or len(x) < NEIGHBOURS or len(labels) != len(x):
        return None
    x, labels = x[:NEIGHBOURS].reshape(NEIGHBOURS, -1).astype(np.float64), labels[:NEIGHBOURS]
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9)
    nearest, distance = _nearest(x)
    rng = np.random.default_rng(0)
    columns = np.stack([rng.permutation(column) for column in x.T], axis=1)
    if distance > STRUCTURE * _nearest(columns)[1]:
        return None  # no groups of rows, so neighbours say nothing
    shares = np.unique(labels, return_counts=True)[1] / len(labels)  # labels may be large numbers: no bincount
    chance = float(np.sum(shares**2))
    spread = np.sqrt(chance * (1 - chance) / len(labels))
    agreement = float((labels[nearest] == labels).mean())
    if chance < 0.9 and abs(agreement - chance) < CHANCE * spread:
        return (
            "The inputs form groups, but the labels have nothing to do with them: neighbours agree as often as any two "
            f"rows ({agreement:.0%}). Were x and y shuffled separately? Use one permutation for both."
        )
    return None


def tokens_masked_out(e):
    """An Embedding masks the token 0, which is a word here."""
    if e.run is None:
        return None
    for layer, x, _ in e.run.layers:
        if isinstance(layer, Embedding) and layer.mask_zero and x is not None and x.ndim == 2:
            zeros = x == 0
            if zeros.all(axis=1).any():
                return (
                    f"'{layer.name}' masks the token 0, and {int(zeros.all(axis=1).sum())} rows have no other token: "
                    "nothing of them is seen. Remove these rows, or number the words from 1."
                )
            inner = _holes(zeros).mean()
            if inner >= HOLES:
                return (
                    f"'{layer.name}' masks the token 0, but {inner:.0%} of the rows have it between other tokens: a "
                    "word has the number of the padding. Number the words from 1, or use mask_zero=False."
                )
    return None


def data_is_converted(e):
    """Large arrays in a dtype or memory order other than the model's."""
    for array in tree.flatten(e.all_x):
        if not isinstance(array, np.ndarray) or array.nbytes < BIG:
            continue
        if array.dtype == np.float64:
            return (
                f"x is float64 and is converted to float32 in each call ({readable_size(array.nbytes)}). Convert it "
                'once: x = x.astype("float32").'
            )
        if not array.flags.c_contiguous:
            return (
                "x is not contiguous in memory, so that every batch is gathered from all over it. Copy it once: "
                "x = np.ascontiguousarray(x)."
            )
    return None


def _rows(x):
    """A hash of each row of a single array of at least four numbers a row; None for others."""
    arrays = tree.flatten(x)
    if len(arrays) != 1 or not isinstance(arrays[0], np.ndarray):
        return None
    array = as_array(arrays[0])
    if array.dtype.kind not in "fiu" or array.ndim < 2 or array[0].size < 4:
        return None
    return [hash(row.tobytes()) for row in array]  # their bytes would be the data once more


def _nearest(x):
    """(index of each row's nearest other row, mean distance to it)."""
    squares = (x**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * (x @ x.T)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argmin(axis=1)
    return nearest, float(np.sqrt(np.maximum(distances[np.arange(len(x)), nearest], 0)).mean())


def _holes(zeros):
    """For each row, whether a 0 stands between two other tokens."""
    before = np.logical_or.accumulate(~zeros, axis=1)
    after = np.logical_or.accumulate(~zeros[:, ::-1], axis=1)[:, ::-1]
    return (zeros & before & after).any(axis=1)


ALL = [
    pixels_not_scaled,
    equal_rows_in_validation,
    validation_from_an_ordered_end,
    labels_unrelated_to_inputs,
    tokens_masked_out,
    data_is_converted,
]
