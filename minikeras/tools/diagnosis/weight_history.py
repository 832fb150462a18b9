"""`WeightHistory`: the magnitudes of the weights in the last steps."""

from collections import deque
from typing import NamedTuple

from minikeras.autodiff.value_ranges import largest, short

STEPS = 50
SHOWN = 5
SMALL = 1e-2  # a weight that starts at zero grows by any factor: below this its size does not count


class Growth(NamedTuple):
    """A weight that grew: its path, the sizes as text, and in how many steps."""

    path: str
    text: str
    steps: int


class WeightHistory:
    """The largest absolute value of each weight before each of the last 50 updates."""

    def __init__(self):
        self.sizes = {}

    def note(self, variables):
        """Note the current magnitudes of the weights."""
        for variable in variables:
            self.sizes.setdefault(variable.path, deque(maxlen=STEPS)).append(largest(variable.array))

    def grown(self, factor):
        """The weight that grew most, as a `Growth`, if it grew by at least the factor; else None."""
        ratios = {path: sizes[-1] / max(sizes[0], SMALL) for path, sizes in self.sizes.items() if len(sizes) > 1}
        path = max(ratios, key=ratios.get, default=None)
        if path is None or ratios[path] < factor:
            return None
        sizes = [*self.sizes[path]]
        shown = sizes[:: max(1, (len(sizes) - 1) // SHOWN)]
        text = " → ".join(map(short, shown if shown[-1] == sizes[-1] else [*shown, sizes[-1]]))
        return Growth(path, text, len(sizes) - 1)
