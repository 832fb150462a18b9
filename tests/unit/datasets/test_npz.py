"""minikeras.datasets.file_formats: arrays are read, files that name anything else are refused without running it."""

import io
import pickle

import numpy as np
import pytest

from minikeras.datasets.file_formats import ArrayUnpickler, load_npz
from tests.unit.datasets.made_files import npz, ragged


@pytest.mark.parametrize(
    "array",
    [
        ragged([1, 2], [], ["a", None]),
        np.arange(6, dtype="int16").reshape(2, 3),
        np.array([["a", "bc"]]),
        np.asfortranarray(np.ones((2, 3))),
    ],
    ids=["lists", "numbers", "texts", "columns first"],
)
def test_arrays_come_back(tmp_path, array):
    (tmp_path / "a.npz").write_bytes(npz(x=array))
    np.testing.assert_array_equal(load_npz(tmp_path / "a.npz")["x"], array, strict=True)


class Evil:
    """Runs open(path, "w") when it is unpickled the ordinary way."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_an_object_array_cannot_run_code(tmp_path):
    (tmp_path / "a.npz").write_bytes(npz(x=ragged([1], Evil(tmp_path / "mark"))))
    with pytest.raises(pickle.UnpicklingError, match=r"Refusing to load `.*open`"):
        load_npz(tmp_path / "a.npz")
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("harmless", [np.float64, len, np.random.default_rng])
def test_no_other_names_are_known_not_even_harmless_ones(harmless):
    with pytest.raises(pickle.UnpicklingError, match="Refusing"):
        ArrayUnpickler(io.BytesIO(pickle.dumps(harmless))).load()


@pytest.mark.parametrize("module", [b"numpy.core.multiarray", b"numpy._core.multiarray"])
def test_arrays_of_old_and_new_numpy_are_read(module):
    data = pickle.dumps(np.arange(3), protocol=2)
    # Protocol 2 of Python 3 writes bytes as a call of _codecs.encode, which Python 2, where the real files come from,
    # did not: protocol 4 has no such call.
    assert b"_codecs" in data
    data = pickle.dumps(ragged([1], [2]), protocol=3).replace(b"numpy._core.multiarray", module)
    assert ArrayUnpickler(io.BytesIO(data)).load().tolist() == [[1], [2]]
