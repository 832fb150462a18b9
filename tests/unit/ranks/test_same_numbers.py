"""A training on several ranks has the numbers of one process, for every kind of data, loss, metric and callback."""

import numpy as np
import pytest

from tests.unit.ranks import job

# Sums of a batch in another order: 1e-7 for each of some ten updates by Adam, whose first divide by gradients.
TOLERANCE = 2e-5
QUICK = ("arrays", "one sample is left", "rows of a table")


def numbers(nested):
    """All numbers of nested lists, and texts as they are."""
    if isinstance(nested, dict):
        nested = list(nested.items())
    if isinstance(nested, (list, tuple)):
        return [number for part in nested for number in numbers(part)]
    return [nested]


def assert_same(ranks, alone):
    assert ranks.keys() == alone.keys()
    for name, expected in alone.items():
        expected, found = numbers(expected), numbers(ranks[name])
        assert [x for x in found if isinstance(x, str)] == [x for x in expected if isinstance(x, str)], name
        values = [[x for x in side if not isinstance(x, str)] for side in (found, expected)]
        np.testing.assert_allclose(*values, rtol=TOLERANCE, atol=TOLERANCE, err_msg=name)


def test_two_ranks_train_like_one_process():
    assert_same(job.results(2, "same_numbers.py", *QUICK), job.results(1, "same_numbers.py", *QUICK))


@pytest.mark.full
def test_three_ranks_train_like_one_process_and_repeat_bit_for_bit():
    ranks = job.results(3, "same_numbers.py")
    assert_same(ranks, job.results(1, "same_numbers.py"))
    assert job.results(3, "same_numbers.py", *QUICK) == {name: ranks[name] for name in QUICK}


@pytest.mark.full
def test_ranks_on_two_hosts_train_like_one_process():
    names = ("arrays", "one sample is left", "rows of a table", "normalized", "a generator")
    hosts = job.results(4, "same_numbers.py", *names, variables={"MINIKERAS_RANKS_PER_HOST": "2"})
    assert_same(hosts, job.results(1, "same_numbers.py", *names))


@pytest.mark.full
@pytest.mark.parametrize("strategy", ["MirroredStrategy", "MultiWorkerMirroredStrategy"])
def test_a_loop_of_ones_own_in_a_strategy_trains_like_one_process(strategy):
    assert_same(job.results(2, "own_loops.py", strategy), job.results(1, "own_loops.py", strategy))
