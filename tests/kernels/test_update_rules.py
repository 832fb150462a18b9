"""The formula of each optimizer for one variable: by jobs, and by the reference on whole arrays."""

import numpy as np
import pytest

from minikeras.kernels import prepared
from minikeras.kernels.optimizer_jobs import CHUNK
from minikeras.kernels.registry import compiles
from tests.kernels.update_rules import COMPILED

SIZES = (0, 1, 7, 1000, CHUNK + 5)


def _arguments(rule, size, dtype):
    """variable, gradient and slots from 0 to 1, the first from 1 to 2, then scalars from 0.1 to 0.5."""
    rng = np.random.default_rng(size)
    arrays = [rng.normal(size=size), rng.normal(size=size), *(rng.random(size) for _ in range(rule.slots))]
    if rule.slots:
        arrays[2] += 1  # above the square of the second slot: the difference is a variance
    return [array.astype(dtype) for array in arrays], list(rng.uniform(0.1, 0.5, len(rule.scalars)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rule", COMPILED, ids=lambda rule: rule.name)
def test_a_rule_changes_a_variable_as_its_reference_does(rule, dtype, monkeypatch):
    made = []
    run = prepared.run
    monkeypatch.setattr(prepared, "known", prepared.Cache())  # so that all jobs are new
    monkeypatch.setattr(prepared, "run", lambda jobs: made.extend(jobs) or run(jobs))
    for size in SIZES:
        arrays, scalars = _arguments(rule, size, dtype)
        expected = [array.copy() for array in arrays]
        rule(*arrays, *scalars)
        rule.reference(*expected, *map(arrays[0].dtype.type, scalars))
        for actual, wanted in zip(arrays, expected, strict=True):
            assert actual.dtype == wanted.dtype
            np.testing.assert_array_equal(actual, wanted)
    assert all(job.kernel is rule.chunks for job in made)
    assert len(made) == (len(SIZES) - 1 if dtype == "float32" and compiles() else 0)
