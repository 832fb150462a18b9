"""`Budget`: which arrays of a recording are kept whole, which in part, and of which statistics alone."""

from numbers import Real

from minikeras.tracing.records import ROWS, SUMMARY, WHOLE

BUDGET = 50_000_000
"""Bytes, unless another number is given."""
SHARE = 1 / 16
"""Of what is left, an array may take this much. So the first large arrays do not leave nothing to those after them."""
SMALL = 1 << 14
"""Bytes that an array may take in any case, as long as there are so many left."""


class Budget:
    """Bytes of arrays that a recording may keep.

    An array is kept whole if it needs at most a sixteenth of what is left (or is small); otherwise its first rows,
    as many as fit; and with not even one row, its statistics alone. Statistics are always those of all elements.

    Args:
        total: bytes.
        needed: bytes of all arrays, if they are known from an earlier run. If they are more than `total`, every large
            array gets the same share of its rows, and so those at the end as much as those at the beginning.

    Attributes:
        asked: bytes of all arrays so far.
    """

    def __init__(self, total, needed=None):
        if not isinstance(total, Real) or not 0 <= total < float("inf"):
            raise ValueError(f"`budget` is a finite number of bytes, 0 or more. Received: budget={total!r}")
        self.total = self.left = int(total)
        self.needed = needed
        self.asked = 0

    @property
    def is_exceeded(self):
        """Whether more was asked for than there was."""
        return self.asked > self.total

    def grant(self, shape, nbytes):
        """(detail, rows): how much of an array may be kept; it counts as kept from now on.

        Args:
            shape: of the array.
            nbytes: its size.
        """
        self.asked += nbytes
        share = min(self.left, max(self._share(nbytes), SMALL))
        if nbytes <= share:
            self.left -= nbytes
            return WHOLE, None
        row = nbytes // max(shape[0], 1) if len(shape) > 1 else 0
        if self.needed is not None and self.left > row:
            share = max(share, row)  # at least one
        rows = share // row if row else 0
        if rows:
            self.left -= rows * row
            return ROWS, rows
        return SUMMARY, None

    def _share(self, nbytes):
        """How many bytes an array of this size may take."""
        if self.needed is None:
            return int(self.left * SHARE)
        return int(nbytes * min(1.0, self.total / max(self.needed, 1)))
