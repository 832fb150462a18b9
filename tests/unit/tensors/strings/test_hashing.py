"""Hashes of many strings at once against those of single strings. (tests/parity compares them with TensorFlow's.)"""

import numpy as np
import pytest

from minikeras.kernels.strings.farmhash import fingerprint64
from minikeras.kernels.strings.siphash import siphash64
from minikeras.tensors.strings.hashing import WORD, hashes

RNG = np.random.default_rng(0)
LENGTHS = [*range(35), 63, 64, 65, 127, 128, 129, 200]


def array_of(strings):
    array = np.empty(len(strings), object)
    array[:] = strings
    return array


@pytest.mark.parametrize("count", [1, 3, 20], ids=lambda n: f"{n} of a length")
def test_strings_of_all_lengths(count):
    strings = [RNG.integers(0, 256, n).astype(np.uint8).tobytes() for n in LENGTHS] * count
    strings = [strings[i] for i in RNG.permutation(len(strings))]
    assert hashes(array_of(strings)).tolist() == [fingerprint64(s) for s in strings]
    assert hashes(array_of(strings), (3, -7)).tolist() == [siphash64(s, 3, -7 & WORD) for s in strings]


@pytest.mark.parametrize(
    "integers",
    [
        RNG.integers(-(2**63), 2**63 - 1, 40),
        np.array([0, 1, -1, 9, 10, 99, 100, -(2**63), 2**63 - 1] * 9),
        RNG.integers(-1000, 1000, 60).astype("int32"),
        np.array([2**64 - 1, 0] * 9, np.uint64),
        np.array([], np.int64),
    ],
    ids=["any", "ends", "int32", "uint64", "none"],
)
def test_integers_are_hashed_as_decimal_texts(integers):
    assert hashes(integers).tolist() == [fingerprint64(str(i).encode()) for i in integers.tolist()]


def test_shapes_are_kept():
    assert hashes(array_of([b"a", b"b"]).reshape(2, 1)).shape == (2, 1)
    assert hashes(np.empty((0, 3), object)).shape == (0, 3)
