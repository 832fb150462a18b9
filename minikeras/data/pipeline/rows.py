"""`Rows`: elements given by their row indices, so that a batch can be taken out of arrays at once.

In slices → shuffle → batch no element has to exist by itself: the shuffle reorders row indices, and the batch takes
`array[numbers]`. 20000 rows of 100 numbers, in batches of 32, take 4 ms instead of 250 as single elements.
"""

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor


class Rows:
    """Some rows of arrays, in an order.

    Args:
        arrays: nest of arrays (or None) with as many rows.
        blocks: iterable of row indices, some at a time: `range`s (adjacent rows, whose batches need no copy)
            or integer arrays.
        count: the total number of rows; None if there is no end.
    """

    def __init__(self, arrays, blocks, count):
        self.arrays = arrays
        self.blocks = blocks
        self.count = count

    def numbers(self):
        """All row indices, as one `range` or array."""
        blocks = list(self.blocks)
        return blocks[0] if len(blocks) == 1 else np.concatenate([np.asarray(block) for block in blocks])

    def in_order(self, order):
        """The rows of `numbers()`, picked and reordered by a slice or an array of positions."""
        numbers = self.numbers()
        chosen = numbers[order] if isinstance(order, slice) else np.asarray(numbers)[order]
        return Rows(self.arrays, [chosen], len(chosen))

    def batches(self, size, drop_remainder):
        """Nests of Tensors with `size` rows each; the last may have fewer."""
        for numbers in _cut(self.blocks, size):
            if len(numbers) == size or not drop_remainder:
                yield self._take(numbers)

    def taker(self):
        """A function take(n) → (a nest of Tensors with the next rows, n at most; how many), 0 rows at the end."""
        blocks, left = iter(self.blocks), range(0)

        def take(n):
            nonlocal left
            parts, count = [], 0
            while count < n and (len(left) or (left := next(blocks, None)) is not None):
                parts.append(left[: n - count])
                left = left[n - count :]
                count += len(parts[-1])
            parts = [part for part in parts if len(part)]
            left = range(0) if left is None else left
            numbers = parts[0] if len(parts) == 1 else np.concatenate([np.asarray(part, int) for part in parts or [[]]])
            return (self._take(numbers) if count else None), count

        return take

    def _take(self, numbers):
        if isinstance(numbers, range) and numbers.step == 1:
            numbers = slice(numbers.start, numbers.stop)
            return tree.map_structure(lambda a: None if a is None else Tensor(a[numbers]), self.arrays)
        # `take` is twice as fast as `a[numbers]` for short rows
        return tree.map_structure(lambda a: None if a is None else Tensor(a.take(numbers, axis=0)), self.arrays)


def _cut(blocks, size):
    """The indices of all blocks in chunks of `size`; the last has the remainder."""
    left = range(0)
    for block in blocks:
        start = 0
        if len(left):
            start = size - len(left)
            left = np.concatenate([np.asarray(left), np.asarray(block[:start])])
            if len(left) < size:
                continue
            yield left
        for start in range(start, len(block), size):  # noqa: B020  continues from where the rest was filled up
            chunk = block[start : start + size]
            if len(chunk) < size:
                left = chunk
                break
            yield chunk
        else:
            left = range(0)
    if len(left):
        yield left
