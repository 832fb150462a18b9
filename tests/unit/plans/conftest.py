"""What holds for every plan that is made in these tests."""

from bisect import bisect_right

import pytest

from minikeras.kernels.memory import address_of, extent
from minikeras.kernels.relocation import Relocation, addresses_in


def undeclared(jobs, arrays):
    """[(job, word)] of the words in argument blocks and tables that lie in one of some arrays and are not declared."""
    ranges = sorted(extent(array) for array in arrays if array is not None and array.size)
    starts = [first for first, _ in ranges]
    declared = {address_of(words) + 8 * position for words, position, _ in addresses_in(jobs)}
    found = []
    for job in jobs:
        for words in (job.block, *[table.rows.reshape(-1) for table in job.tables]):
            for position, word in enumerate(words.tolist()):
                rank = bisect_right(starts, word) - 1
                if rank >= 0 and word < ranges[rank][1] and address_of(words) + 8 * position not in declared:
                    found.append((job, word))
    return found


@pytest.fixture(autouse=True)
def every_address_is_declared(monkeypatch):
    """An address that a kernel takes as an `int` would stay behind when the array moves.

    Other numbers are far smaller than addresses, so none is taken for one here.
    """
    make = Relocation.__init__

    def checked(self, jobs, arrays):
        assert undeclared(jobs, arrays) == []
        make(self, jobs, arrays)

    monkeypatch.setattr(Relocation, "__init__", checked)
