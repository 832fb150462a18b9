"""The script in which a character is written: `unicode_script`."""

from functools import cache

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.ragged.broadcasting import is_ragged
from minikeras.tensors.strings.script_ranges import RUNS

NO_CHARACTER = -1


@cache
def _runs():
    """(the last code point of each run of one script, the scripts)"""
    pairs = np.array([pair.split(":") for pair in RUNS.split()], np.int64)
    return np.cumsum(pairs[:, 0]) - 1, pairs[:, 1].astype(np.int32)


def unicode_script(input):
    """The number of the script of each code point as ICU counts them, int32: 25 Latin, 8 Cyrillic, 17 Han, …

    0 is for characters that several scripts share, such as punctuation; −1 for numbers that are no code points.
    """
    if is_ragged(input):
        return input.with_flat_values(unicode_script(input.flat_values))
    lasts, scripts = _runs()
    points = data_tensor(input).array
    positions = np.searchsorted(lasts, points)
    valid = (points >= 0) & (points <= lasts[-1])
    return Tensor(np.where(valid, scripts[np.minimum(positions, len(scripts) - 1)], NO_CHARACTER).astype(np.int32))
