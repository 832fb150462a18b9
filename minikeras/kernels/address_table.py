"""Tables of int64 words that a task kernel reads, some of which are addresses inside arrays, the others integers.

A kernel that works through many arrays, such as an optimizer's step for all variables, cannot have an argument for
each. It takes a table, whose rows hold the addresses of the arrays:

```python
table = AddressTable([[At(0), At(1), 100], [At(0, 400), At(1, 400), 50]], given=2)
table.point_to([weights, gradient])  # rows: address of weights, address of gradient, 100; both + 400 bytes, 50
```
"""

from typing import NamedTuple

import numpy as np

from minikeras.kernels.memory import addresses_of


class At(NamedTuple):
    """A cell of a table: the address `offset` bytes after the start of the table's array number `array`."""

    array: int
    offset: int = 0


class AddressTable:
    """Rows of integers and addresses.

    Args:
        rows: lists of cells of one length, each an integer or an `At`.
        given: how many of the numbered arrays, from 0 on, the caller passes.
        own: the arrays after these, which the table keeps alive.

    Attributes:
        rows: the words that a kernel reads, int64.
        arrays: the numbered arrays; None where the caller keeps the array alive.
    """

    def __init__(self, rows, given, own=()):
        cells = [(i, j, cell) for i, row in enumerate(rows) for j, cell in enumerate(row) if type(cell) is At]
        numbers = [[cell.offset if type(cell) is At else cell for cell in row] for row in rows]
        self.rows = np.array(numbers, np.int64) if numbers else np.zeros((0, 0), np.int64)
        self.arrays = [None] * given + list(own)
        self._given = given
        self._words = self.rows.reshape(-1)
        self._positions = np.array([i * self.rows.shape[1] + j for i, j, _ in cells], np.int64)
        self._numbers = np.array([cell.array for _, _, cell in cells], np.int64)
        self._offsets = self._words[self._positions]
        self._addresses = np.array([0] * given + addresses_of(own), np.int64)
        self._write()

    def __len__(self):
        return len(self.rows)

    def point_to(self, arrays):
        """Set the given arrays, which the table keeps alive."""
        self.arrays[: self._given] = arrays
        self.fill(addresses_of(arrays))

    def fill(self, addresses):
        """Set the addresses of the given arrays, which the caller keeps alive; `addresses` may be nested."""
        self._addresses[: self._given] = np.asarray(addresses, np.int64).reshape(-1)
        self._write()

    def _write(self):
        self._words[self._positions] = self._addresses[self._numbers] + self._offsets

    def addresses(self):
        """(words, position, array) for each address in an array that the table keeps alive; see `Job.addresses`."""
        for position, number in zip(self._positions.tolist(), self._numbers.tolist(), strict=True):
            if self.arrays[number] is not None:
                yield self._words, position, self.arrays[number]

    def release(self, arrays):
        """Release the table's arrays that are in a collection."""
        self.arrays = [None if array is None or array in arrays else array for array in self.arrays]
