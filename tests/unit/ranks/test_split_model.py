"""ModelParallel: each rank holds a part of the kernels; results are those of one process."""

import numpy as np
import pytest

from tests.unit.ranks import job
from tests.unit.ranks.test_same_numbers import TOLERANCE, numbers


@pytest.mark.full
def test_split_kernels_train_like_whole_ones(tmp_path):
    expected, whole, _ = job.results(1, "split_model.py", tmp_path, "[1, 1]", by_minikeras=False)
    for count, lengths, parts in [(2, "[1, 2]", 2), (4, "[2, 2]", 2)]:
        found, held, refused = job.results(count, "split_model.py", tmp_path, lengths, by_minikeras=False)
        values = [[x for x in numbers(side) if not isinstance(x, str)] for side in (found, expected)]
        np.testing.assert_allclose(*values, rtol=TOLERANCE, atol=TOLERANCE)
        assert held < 1.2 * whole / parts
        for message, name in zip(refused, ("norm", "wide", "kept", "alone/kernel", "odd", "axes", "fine"), strict=True):
            assert name in message
