"""Data on disk, ten times as large as what a process may allocate: it trains, and memory stays flat."""

import sys

import h5py
import numpy as np
import pytest

from tests.unit.ranks import job

ROWS, WIDTH, BATCH = 15 * 512, 4096, 16  # 120 MiB, batches of 256 kB
LIMIT = 12 << 20
# What may be under way at once: two times 4 MB read ahead, and elements of a data set on their way through its stages.
FLAT = 16 << 20
TOLERANCE = 1e-6  # the batches are the same: what reads them must not matter
TOLERANCE_OF_RANKS = 2e-5  # sums of a batch in other orders, as in test_same_numbers.py
OF_TWO_RANKS = ("memmap", "Dataset")  # of which two ranks read parts of each batch
KINDS = ("memmap", "HDF5", "PyDataset", "generator", "Dataset")


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="the limit and the size of memory are Linux's")
def test_memory_stays_flat_for_data_beyond_it(tmp_path):
    rng = np.random.default_rng(0)
    x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", "float32", (ROWS, WIDTH))
    x[:, :8] = rng.normal(size=(ROWS, 8))
    np.save(tmp_path / "y.npy", rng.normal(size=(ROWS, 1)).astype("float32"))
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"], file["y"] = x, np.load(tmp_path / "y.npy")
    found = job.results(1, "beyond_memory.py", ",".join(KINDS), tmp_path, ROWS, LIMIT)
    for_two = job.results(2, "beyond_memory.py", ",".join(OF_TWO_RANKS), tmp_path, ROWS, LIMIT)
    for kind, (grown, steps, _) in [*found.items(), *for_two.items()]:
        assert grown < FLAT, kind
        assert steps == ROWS // BATCH, kind
    for kind in OF_TWO_RANKS:
        np.testing.assert_allclose(for_two[kind][2], found[kind][2], rtol=TOLERANCE_OF_RANKS)
    for kind in KINDS[2:]:  # in the order of the file, as HDF5
        np.testing.assert_allclose(found[kind][2], found["HDF5"][2], rtol=TOLERANCE)
