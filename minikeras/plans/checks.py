"""`RangeCheck`: an error for integers outside a range, such as a label without a class."""


class RangeCheck:
    """A step that raises an error if a job found such values. It runs before anything outside the plan changes.

    Args:
        wrong: int64 array (1,), which the job sets to their count.
        buffer: of the values.
        lowest, limit: the valid range: lowest ≤ value < limit.
        raise_error: function without arguments that raises the error.
    """

    reads = writes = last_uses = ()
    title = "check values"

    def __init__(self, wrong, buffer, lowest, limit, raise_error):
        self.wrong = wrong
        self.buffer = buffer
        self.lowest = lowest
        self.limit = limit
        self.raise_error = raise_error

    def run(self, values):
        if self.wrong[0]:
            self.raise_error()

    def passes(self, values):
        """Whether all values of an array of any dtype are in range. NaN is not."""
        return values.size == 0 or bool(values.min() >= self.lowest and values.max() < self.limit)
