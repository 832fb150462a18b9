"""`IntegerTable`: looks up the indices of many integers in a list at once."""

import numpy as np

SPAN = 1 << 20  # how far apart integers may be for a table with one element for each between them: 8 MB


class IntegerTable:
    """Finds integers in a list.

    For integers close together it is an array with an element for each integer from the smallest to the largest; others
    are sorted and found by bisection.

    Args:
        integers: the list, each once.
    """

    def __init__(self, integers):
        given = np.fromiter(integers, np.int64, len(integers))
        self.order = np.argsort(given)
        self.sorted = given[self.order]
        self.positions = None
        if len(given) and int(self.sorted[-1]) - int(self.sorted[0]) < SPAN:
            self.positions = np.full(self.sorted[-1] - self.sorted[0] + 1, -1, np.int64)
            self.positions[given - self.sorted[0]] = np.arange(len(given))

    def numbers(self, integers):
        """The index of each integer in the list, or −1, int64."""
        if not len(self.sorted):
            return np.full(integers.shape, -1, np.int64)
        least, greatest = self.sorted[0], self.sorted[-1]
        within = np.clip(integers, least, greatest)  # before the difference, which could overflow
        if self.positions is not None:
            return np.where(within == integers, self.positions[within - least], -1)
        found = np.searchsorted(self.sorted, within)
        return np.where(self.sorted[found] == integers, self.order[found], -1)
