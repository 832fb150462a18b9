"""Lengths of axes that are unknown when a model is exported.

The model is recorded several times, on inputs whose unknown lengths differ. A number that differs between the
recordings depends on these lengths; one that is the same does not. How it depends on them is inferred from its values:
an axis of a tensor had these lengths, or they are such lengths times a constant plus a constant, divided by a constant,
and so on. A third recording confirms what two suggest.
"""

from dataclasses import dataclass

import numpy as np

DIVISORS = 2, 3, 4


@dataclass(frozen=True)
class Unknown:
    """A length that depends on those of the inputs.

    Attributes:
        sizes: its values in the recordings.
    """

    sizes: tuple


def length(sizes):
    """The number if it is the same in all recordings, else an `Unknown`."""
    return int(sizes[0]) if len(set(sizes)) == 1 else Unknown(tuple(int(n) for n in sizes))


class Differing(Exception):
    """Settings differ by more than lengths."""


def merged(settings):
    """Nested settings of several recordings merged into one, with `Unknown` in place of integers that differ.

    Raises:
        Differing
    """
    first = settings[0]
    if len({type(setting) for setting in settings}) > 1:
        raise Differing
    if isinstance(first, (tuple, list)):
        if len({len(setting) for setting in settings}) > 1:
            raise Differing
        return type(first)([merged(parts) for parts in zip(*settings, strict=True)])
    if isinstance(first, slice):
        return slice(*[merged([getattr(s, word) for s in settings]) for word in ("start", "stop", "step")])
    if isinstance(first, (int, np.integer)) and not isinstance(first, bool):
        return length(settings)
    if any(not np.array_equal(first, other) for other in settings[1:]):
        raise Differing
    return first


def holds_unknown(nested):
    """Whether there is an `Unknown` in nested lists, tuples and slices."""
    if isinstance(nested, slice):
        return any(map(holds_unknown, (nested.start, nested.stop, nested.step)))
    if isinstance(nested, (tuple, list)):
        return any(map(holds_unknown, nested))
    return isinstance(nested, Unknown)


class Lengths:
    """Where the lengths of a graph can be read: for each `Unknown`, a tensor and its axis.

    Attributes:
        batch: the `Unknown` of the batch. Only multiples of it make sense, which rules out coincidences.
    """

    def __init__(self):
        self.positions = {}
        self.batch = None

    def note(self, name, shape):
        """Register a tensor whose axes may have unknown lengths; the first tensor with a length is kept."""
        for axis, n in enumerate(shape):
            if isinstance(n, Unknown):
                self.positions.setdefault(n, (name, axis))

    def expression(self, wanted):
        """(known, factor, summand, divisor) with wanted = ⌊(known · factor + summand) / divisor⌋, or None."""
        if wanted in self.positions:
            return wanted, 1, 0, 1
        found = [(known, *numbers) for known in self.positions for numbers in self._fits(known, wanted)]
        return min(found, key=lambda fit: (fit[3], fit[1] != 1, fit[2] != 0, abs(fit[1])), default=None)

    def _fits(self, known, wanted):
        factor, rest = divmod(wanted.sizes[1] - wanted.sizes[0], known.sizes[1] - known.sizes[0] or 1)
        summand = wanted.sizes[0] - factor * known.sizes[0]
        is_right = all(factor * n + summand == w for n, w in zip(known.sizes, wanted.sizes, strict=True))
        if factor and not rest and is_right and (known != self.batch or not summand):
            yield factor, summand, 1
        if known == self.batch:
            return
        for divisor in DIVISORS:
            summands = [
                set(range(divisor * w - n, divisor * (w + 1) - n))
                for n, w in zip(known.sizes, wanted.sizes, strict=True)
            ]
            common = set.intersection(*summands)
            if len(common) == 1:
                yield 1, common.pop(), divisor

    def product(self, wanted):
        """(first, second, factor): two known lengths whose product times the factor is the wanted one; or None."""
        for a in self.positions:
            for b in self.positions:
                products = [m * n for m, n in zip(a.sizes, b.sizes, strict=True)]
                factor, rest = divmod(wanted.sizes[0], products[0])
                if factor and not rest and all(factor * p == w for p, w in zip(products, wanted.sizes, strict=True)):
                    return a, b, factor
        return None
