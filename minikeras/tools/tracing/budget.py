"""`Budget`: decides which arrays of a recording are kept whole, in part, or as statistics only."""

from numbers import Real

from minikeras.tools.tracing.records import ROWS, SUMMARY, WHOLE

BUDGET = 50_000_000
"""The default, in bytes."""
SHARE = 1 / 16
"""The share of the remaining bytes that an array may take, so that the first large arrays leave some for later ones."""
SMALL = 1 << 14
"""Bytes that an array may take in any case, as long as that many are left."""


class Budget:
    """Bytes of arrays that a recording may keep.

    An array is kept whole if it needs at most a sixteenth of the remaining bytes (or is small); otherwise as many of
    its first rows as fit; if not even one fits, only its statistics. Statistics are always those of all elements.

    Args:
        total: bytes.
        needed: bytes of all arrays, if known from an earlier run. If they are more than `total`, every large array
            gets the same share of its rows, those at the end as much as those at the beginning.

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
        """Whether more bytes were asked for than there are."""
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
