"""`rejection_resample`: elements left out at random, so that classes occur as often as wanted.

With classes that occur with frequency p and are wanted with frequency q, an element of class c is kept with probability

    a[c] = (q[c] / p[c]) / max over classes of (q / p)

so that what remains has the frequencies q.
"""

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.data.pipeline.functions import ElementFunction
from minikeras.data.pipeline.shuffling import random_words
from minikeras.data.pipeline.specs import ArraySpec
from minikeras.data.pipeline.stage import INFINITE, UNKNOWN, Stage

WORD = 2.0**32


class RejectionResample(Stage):
    """Pairs (class, element).

    Args:
        class_function: int32 class of an element, 0 … number of classes − 1.
        target: wanted frequency of each class.
        initial: frequencies of the classes in the data; counted while elements pass if None.
        seeds: pair of seeds.
    """

    def __init__(self, input, class_function, target, initial, seeds):
        super().__init__(input)
        self.class_function = ElementFunction(class_function, "rejection_resample")
        self.target = as_array(target).astype(np.float64)
        self.initial = None if initial is None else as_array(initial).astype(np.float64)
        self.seeds = seeds

    def run(self, elements):
        words = random_words(*self.seeds)
        counts = np.ones(len(self.target))
        for element in elements:
            number = self.class_function(element)
            counts[int(number)] += 1
            kept = self._acceptance(counts / counts.sum() if self.initial is None else self.initial)
            if next(words) / WORD < kept[int(number)]:
                yield number, element

    def _acceptance(self, frequencies):
        ratio = self.target / np.maximum(frequencies, np.finfo(np.float32).tiny)
        return ratio / ratio.max()

    @property
    def element_spec(self):
        return ArraySpec((), "int32"), self.input.element_spec

    def cardinality(self):
        return INFINITE if self.input.cardinality() == INFINITE else UNKNOWN
