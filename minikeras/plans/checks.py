"""`NumberCheck`: an error for integers outside a range, such as a label without a class."""


class NumberCheck:
    """A step that raises an error if a job found such values. It runs before anything outside the plan changes.

    Args:
        wrong: int64 array (1,), which the job sets to their count.
        slot: of the values.
        lowest, limit: the valid range: lowest ≤ value < limit.
        complain: function without arguments that raises the error.
    """

    reads = writes = last_uses = ()
    title = "check numbers"

    def __init__(self, wrong, slot, lowest, limit, complain):
        self.wrong = wrong
        self.slot = slot
        self.lowest = lowest
        self.limit = limit
        self.complain = complain

    def run(self, values):
        if self.wrong[0]:
            self.complain()

    def passes(self, numbers):
        """Whether all values of an array of any dtype are in range. NaN is not."""
        return numbers.size == 0 or bool(numbers.min() >= self.lowest and numbers.max() < self.limit)
