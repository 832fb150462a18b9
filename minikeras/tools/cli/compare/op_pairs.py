"""`op_rows`: pairs each op with the op of TensorFlow that computed the same result.

The two sides divide a layer into ops differently: a product with bias and relu is one op here and three there. So ops
are paired by their results: each with the nearest of TensorFlow's results that have as many elements and are in the
same layer or inside it; in the backward pass, which belongs to no layer, with the nearest of all.
"""

from collections import defaultdict

import numpy as np

from minikeras.tools.cli.compare import deviation
from minikeras.tools.cli.compare.observer.arrays import digest

PAIRED = 0.1  # relative: results further apart than this are of different computations


class Results:
    """The results of a run's ops, found by their values."""

    def __init__(self, run):
        self.run = run
        self._groups, self._known = defaultdict(list), {}
        for entry in run.facts.get("ops", []):
            if entry["array"]:
                array = run.array(entry["array"]).reshape(-1)
                self._known[_key(entry)] = array
                own = digest(array)
                for group in _groups_with(entry):
                    self._groups[group].append((own, array, entry))

    def same(self, entry):
        """The flat result of the same call of the same op in another run of this side; None if there is none."""
        return self._known.get(_key(entry))

    def nearest(self, entry, array):
        """(entry, deviation) of the result nearest to the array of an entry of another run; (None, None) if none is."""
        candidates = self._groups.get(_group(entry), ())
        if array is None or not candidates:
            return None, None
        array = array.reshape(-1)
        own = digest(array)
        _, other, found = min(candidates, key=lambda candidate: deviation.of_digests(own, candidate[0]))
        amount = deviation.of_arrays(array, other)
        return (found, amount) if amount <= PAIRED else (None, None)


def _key(entry):
    return entry["op"], entry["layer"], entry["backward"], entry["output"], entry["call"], tuple(entry["shape"])


def _group(entry):
    return entry["backward"], "" if entry["backward"] else entry["layer"], int(np.prod(entry["shape"]))


def _groups_with(entry):
    """Its own layer, and the enclosing layers: a cell's computations are also its recurrent layer's."""
    backward, layer, size = _group(entry)
    names = layer.split("/")
    return [(backward, "/".join(names[:end]), size) for end in range(len(names), 0, -1)]


def op_rows(single, double=None):
    """A dict for each result of our ops: its name, both sides' numbers, and their deviation.

    Args:
        single: (TensorFlow's run, ours) with "ops".
        double: the same in float64; None if there are none.

    Returns:
        dicts with op, layer, backward, output, call, shape; "theirs": TensorFlow's op or None; "norms" [ours,
        TensorFlow's]; "worst" {"at", "ours", "theirs"}: the element that differs most; "deviation"; with `double` also
        "in_float64", "ours_off" and "theirs_off", see `redoing.Recomputed`.
    """
    first, second = single
    results, in_double = Results(first), None if double is None else [Results(run) for run in double]
    rows = []
    for ours in second.facts.get("ops", []):
        array = second.array(ours["array"])
        theirs, amount = results.nearest(ours, array)
        row = {name: ours[name] for name in ("op", "layer", "backward", "output", "call", "shape")}
        row |= {"theirs": theirs and theirs["op"], "deviation": amount}
        if theirs is not None:
            pair = array, first.array(theirs["array"])
            row |= {"norms": [_norm(one) for one in pair], "worst": _worst(*pair, ours["shape"])}
            row |= {} if in_double is None else _in_double(ours, theirs, pair, *in_double)
        rows.append(row)
    return rows


def _in_double(ours, theirs, arrays, first, second):
    """The deviations of float64.

    Some ops, such as products, are not the same there as in float32: these are found by their values.
    """
    theirs_double = _or_nearest(first.same(theirs), first, theirs, arrays[1])
    ours_double = _or_nearest(second.same(ours), second, ours, arrays[1] if theirs_double is None else theirs_double)
    if ours_double is None or theirs_double is None or ours_double.size != theirs_double.size:
        return {}
    return {
        "in_float64": deviation.of_arrays(ours_double, theirs_double),
        "ours_off": deviation.of_arrays(arrays[0].reshape(-1), ours_double),
        "theirs_off": deviation.of_arrays(arrays[1].reshape(-1), theirs_double),
    }


def _or_nearest(known, results, entry, array):
    if known is not None:
        return known
    found, _ = results.nearest(entry, array)
    return None if found is None else results.run.array(found["array"]).reshape(-1)


def _norm(array):
    return float(np.linalg.norm(array.astype(np.float64)))


def _worst(ours, theirs, shape):
    """The element that differs most; with its index only if the array was kept whole."""
    ours, theirs = (array.reshape(-1).astype(np.float64) for array in (ours, theirs))
    if not ours.size:
        return None
    place = int(np.argmax(np.nan_to_num(np.abs(ours - theirs), nan=np.inf)))
    index = [int(i) for i in np.unravel_index(place, shape)] if ours.size == np.prod(shape) else None
    return {"at": index, "ours": float(ours[place]), "theirs": float(theirs[place])}
