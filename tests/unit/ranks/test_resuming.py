"""A training that was killed goes on where it was, with another number of ranks, to the losses of one that was not."""

import numpy as np
import pytest

from tests.unit.ranks import job

TOLERANCE = 2e-5  # sums of a batch in other orders, as in test_same_numbers.py


@pytest.mark.full
@pytest.mark.parametrize(
    "source, frequency, batches, epochs",
    [("arrays", "epoch", 14, [2, 3]), ("arrays", "4", 10, [1, 2, 3]), ("records", "4", 10, [1, 2, 3])],
)
def test_another_number_of_ranks_goes_on(tmp_path, source, frequency, batches, epochs):
    _, losses, accuracies, weights = job.results(1, "resumed.py", source, tmp_path / "whole", frequency)
    job.run(2, "resumed.py", source, tmp_path / "cut", frequency, batches, status=9)
    resumed, *numbers, resumed_weights = job.results(3, "resumed.py", source, tmp_path / "cut", frequency)
    assert resumed == epochs
    np.testing.assert_allclose(numbers, [losses[epochs[0] :], accuracies[epochs[0] :]], rtol=TOLERANCE)
    np.testing.assert_allclose(resumed_weights, weights, rtol=TOLERANCE, atol=TOLERANCE)
