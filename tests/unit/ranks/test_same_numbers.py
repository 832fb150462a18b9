"""A training on several ranks has the numbers of one process, for every kind of data, loss, metric and callback."""

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


def test_two_ranks_train_like_one_process():
    assert_same(job.results(2, "same_numbers.py", *QUICK), job.results(1, "same_numbers.py", *QUICK))


@pytest.mark.full
def test_three_ranks_train_like_one_process():
    """No batch has as many rows for each of three."""
    assert_same(job.results(3, "same_numbers.py"), job.results(1, "same_numbers.py"))


def two_hosts_by_mpi(folder):
    return job.on_two_hosts(folder, 2)


def every_other_rank_elsewhere(folder):
    job.need_mpich()
    return {"MPIR_CVAR_ODD_EVEN_CLIQUES": "1"}  # MPICH's, to test itself: ranks 0 and 2, 1 and 3


def two_halves(folder):
    return {"MINIKERAS_RANKS_PER_HOST": "2"}


@pytest.mark.full
@pytest.mark.parametrize("on_hosts", [two_hosts_by_mpi, every_other_rank_elsewhere, two_halves])
def test_four_ranks_on_two_hosts_train_like_one_process(tmp_path, on_hosts):
    """Two on each host add in memory that they share, the hosts by messages; the plan does so in buckets."""
    names = (*TOGETHER, "one sample is left", "rows of a table", "a PyDataset made together")
    scripts = ("same_numbers.py", *names), ("planned.py",)
    found, planned = job.results_of_several(4, *scripts, variables=on_hosts(tmp_path))
    assert_same(found, job.results(1, "same_numbers.py", *names))
    assert_buckets_are_written(planned, 4, hosts=2)


@pytest.mark.full
def test_loops_of_ones_own_plans_and_files_of_two_ranks(tmp_path):
    """Trainings repeat bit for bit, loops train like one process, the plan adds in buckets, and ranks wait for the call
    that writes a file."""
    features = ("same_numbers.py", "all together")
    loops = ("own_loops.py",)
    scripts = features, loops, ("planned.py",), ("written_alone.py", tmp_path), features
    found, of_loops, planned, written, again = job.results_of_several(2, *scripts)
    alone, loops_alone = job.results_of_several(1, features, loops)
    assert_same(found, alone)
    assert again == found
    assert_same(of_loops, loops_alone)
    assert_buckets_are_written(planned, 2)
    assert written == [True, True]
