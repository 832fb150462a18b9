"""Sums over ranks as jobs, on memory that stands for the window of several: as NumPy's, bit for bit."""

import numpy as np
import pytest

from minikeras.kernels.collective_jobs import ELEMENTS_PER_TASK, add_chunk_job, add_job, read_job, write_job
from minikeras.kernels.job_lists import run
from minikeras.kernels.memory import address_of

SIZES = (3, ELEMENTS_PER_TASK + 5)  # of two gradients: the second takes two tasks
FACTORS = (0.2, 0.3, 0.5)


@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("in_chunks", [False, True])
def test_all_ranks_get_the_sum_in_the_order_of_ranks(ranks, in_chunks):
    rng, size = np.random.default_rng(0), sum(SIZES)
    windows, total = np.zeros((ranks, size), "float32"), np.zeros(size, "float32")
    own = [[rng.normal(size=length).astype("float32") for length in SIZES] for _ in range(ranks)]
    expected = [np.zeros(length, "float32") for length in SIZES]
    positions = [
        np.array([address_of(windows[rank]), address_of(windows), windows[0].nbytes, address_of(total)])
        for rank in range(ranks)
    ]
    for rank, factor in zip(range(ranks), FACTORS, strict=False):
        run(
            [
                write_job(own[rank][0], positions[rank], 0, factor),
                write_job(own[rank][1], positions[rank], SIZES[0], factor),
            ]
        )
        expected = [sums + np.float32(factor) * part for sums, part in zip(expected, own[rank], strict=True)]
    results = [np.zeros(length, "float32") for length in SIZES]
    if in_chunks:
        for rank in range(ranks):
            run([add_chunk_job(positions[rank], slice(rank * size // ranks, (rank + 1) * size // ranks), ranks)])
        run([read_job(positions[0], 0, results[0]), read_job(positions[0], SIZES[0], results[1])])
    else:
        run([add_job(positions[1], 0, ranks, results[0]), add_job(positions[1], SIZES[0], ranks, results[1])])
    for found, sums in zip(results, expected, strict=True):
        np.testing.assert_array_equal(found, sums)
