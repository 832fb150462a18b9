"""Files are written by rank 0, for which the others wait."""

import pytest

from tests.unit.ranks import job


@pytest.mark.full
def test_ranks_wait_for_the_call_that_is_meant(tmp_path):
    assert job.results(2, "written_alone.py", tmp_path) == [True, True]
