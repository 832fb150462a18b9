"""The Levenshtein distance between sequences."""

import numpy as np

from minikeras.autodiff.tensor import Tensor


def edit_distance(hypothesis, truth, normalize=True):
    """The least number of insertions, deletions and replacements that turn one sequence into the other.

    Args:
        hypothesis, truth: SparseTensors with the same leading axes; the last axis is that of the sequences.
        normalize: divide by the length of the truth; an empty one gives ∞, or 0 if the hypothesis is empty too.

    Returns:
        float32, with the leading axes.
    """
    shape = tuple(np.maximum(hypothesis.dense_shape.array[:-1], truth.dense_shape.array[:-1]).tolist())
    guesses, references = _sequences(hypothesis), _sequences(truth)
    distances = np.zeros(shape, np.float32)
    for place in np.ndindex(*shape):
        guess, wanted = guesses.get(place, []), references.get(place, [])
        distance = float(_distance(guess, wanted))
        if normalize:
            distance = distance / len(wanted) if wanted else (np.inf if guess else 0.0)
        distances[place] = distance
    return Tensor(distances)


def _sequences(sparse):
    """{leading indices: list of elements}."""
    found = {}
    for place, value in zip(sparse.indices.array.tolist(), sparse.values.array.tolist(), strict=True):
        found.setdefault(tuple(place[:-1]), []).append(value)
    return found


def _distance(guess, wanted):
    """The distance, by filling the table of distances between all prefixes row by row (Wagner & Fischer, 1974)."""
    row = list(range(len(wanted) + 1))
    for i, a in enumerate(guess, start=1):
        above, row = row, [i]
        for j, b in enumerate(wanted, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b)))
    return row[-1]
