"""Sums of gradients are jobs of the plan, in buckets between the instructions of backward."""

import pytest

from tests.unit.ranks import job


@pytest.mark.full
def test_buckets_are_written_while_backward_runs():
    """Of more than four ranks each adds a chunk for all. (Fewer, and several hosts: `test_same_numbers.py`.)"""
    assert_buckets_are_written(job.results(5, "planned.py"), 5, chunks=1)


def assert_buckets_are_written(found, ranks, hosts=1, chunks=0):
    """`found` is what `planned.py` has printed. Between hosts sums begin when a bucket is written."""
    plan = [(how, title) for how, title in found if how != "view"]
    titles = [title for _, title in plan]
    writes = [position for position, title in enumerate(titles) if title.startswith("write ")]
    assert [plan[position][0] for position in writes] == ["compiled", "compiled"]
    assert "gradient of dense" in titles[writes[0] + 1 : writes[1]]
    begun = "begin to add what all ranks have written"
    assert [titles[position + 1] == begun for position in writes] == [hosts > 1] * 2
    following = titles[writes[1] + 1 :]
    assert following.count("add a chunk of all ranks' gradients") == chunks
    assert ("compiled", f"add 6 gradients of {ranks} ranks") in plan
    assert ("compiled", "adam: 8 variables") in plan
    assert [title for how, title in plan if how != "compiled" and not title.startswith("read ")] == [
        "join the rows of all ranks"
    ]
