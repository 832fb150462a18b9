"""`NumberCheck`: an error for whole numbers that compiled code cannot use, such as a label without a class."""


class NumberCheck:
    """A step that complains if a job met such numbers. It runs before anything outside the plan is changed.

    Args:
        wrong: int64 array (1,), which the job sets to how many it met.
        slot: of the numbers.
        lowest, limit: what is usable: lowest ≤ number < limit.
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
        """Whether all of an array are usable, of any dtype. NaN is not."""
        return numbers.size == 0 or bool(numbers.min() >= self.lowest and numbers.max() < self.limit)
