"""A training on several ranks has the numbers of one process, for every kind of data, loss, metric and callback."""

import functools

import numpy as np
import pytest

from tests.unit.ranks import job
from tests.unit.ranks.test_plans import assert_buckets_are_written

# Sums of a batch in another order: 1e-7 for each of some ten updates by Adam, whose first divide by gradients.
TOLERANCE = 2e-5
TOGETHER = ("arrays", "all together")  # validation; and each feature that has its own rules in one training
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


@functools.cache
def alone(script="same_numbers.py"):
    """What one process finds, in all cases."""
    return job.results(1, script)


def assert_like_one_process(found):
    assert_same(found, {name: alone()[name] for name in found})


def test_two_ranks_train_like_one_process():
    assert_same(job.results(2, "same_numbers.py", *QUICK), job.results(1, "same_numbers.py", *QUICK))


@pytest.mark.full
def test_two_ranks_train_like_one_process_with_all_features_and_repeat_bit_for_bit():
    ranks = job.results(2, "same_numbers.py", "all together")
    assert_like_one_process(ranks)
    assert job.results(2, "same_numbers.py", "all together") == ranks


@pytest.mark.full
def test_three_ranks_train_like_one_process():
    """No batch of these has as many rows for each."""
    ranks = job.results(3, "same_numbers.py")
    assert ranks.keys() == alone().keys()
    assert_like_one_process(ranks)


@pytest.mark.full
def test_four_ranks_on_two_hosts_train_like_one_process():
    names = (*TOGETHER, "one sample is left", "rows of a table", "a PyDataset made together")
    assert_like_one_process(job.results(4, "same_numbers.py", *names, variables={"MINIKERAS_RANKS_PER_HOST": "2"}))


@pytest.mark.full
def test_loops_of_ones_own_plans_and_files_of_two_ranks(tmp_path):
    """The loops train like one process, the plan adds in buckets, and ranks wait for the call that writes a file."""
    scripts = ("own_loops.py",), ("planned.py",), ("written_alone.py", tmp_path)
    loops, planned, written = job.results_of_several(2, *scripts)
    assert_same(loops, alone("own_loops.py"))
    assert_buckets_are_written(planned, 2, 2, 0)
    assert written == [True, True]
