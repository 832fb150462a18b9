"""A training that was killed goes on where it was, with another number of ranks, to the losses of one that was not."""

import numpy as np
import pytest

from tests.unit.ranks import job
from tests.unit.ranks.test_faults import KILLED

TOLERANCE = 2e-5  # sums of a batch in other orders, as in test_same_numbers.py


EPOCHS = ([2, 3], [1, 2, 3], [1, 2, 3])  # that are left to do: a backup of each epoch; of four batches, twice


@pytest.mark.full
def test_another_number_of_ranks_goes_on(tmp_path):
    whole = job.results(1, "resumed.py", tmp_path, "whole")
    job.run(2, "resumed.py", tmp_path, "cut", status=KILLED)
    resumed = job.results(3, "resumed.py", tmp_path, "resumed")
    for epochs, (_, losses, accuracies, weights), (done, *found, own_weights) in zip(
        EPOCHS, whole, resumed, strict=True
    ):
        assert done == epochs
        np.testing.assert_allclose(found, [losses[epochs[0] :], accuracies[epochs[0] :]], rtol=TOLERANCE)
        np.testing.assert_allclose(own_weights, weights, rtol=TOLERANCE, atol=TOLERANCE)
