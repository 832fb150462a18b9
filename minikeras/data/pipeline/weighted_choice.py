"""`WeightedChoice`: which data set the next element comes from, drawn with given probabilities."""

import itertools

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.data.pipeline.shuffling import EpochSeeds, random_words
from minikeras.data.pipeline.specs import ArraySpec
from minikeras.data.pipeline.stage import INFINITE, Stage
from minikeras.kernels.random.categorical import categorical_of_pairs

AT_ONCE = 256


class WeightedChoice(Stage):
    """Numbers 0 … count−1, int64, each drawn with a probability proportional to its weight.

    Two random words are the seeds of each draw, as in TensorFlow.

    Args:
        weights: one for each number; a stage of such arrays, one for each draw; or None for equal ones.
    """

    def __init__(self, count, weights, seeds, new_each_epoch):
        self.weights = weights if isinstance(weights, Stage) else None
        if self.weights is None:
            self.fixed = np.ones(count, np.float32) if weights is None else as_array(weights)
        self.epoch_seeds = EpochSeeds(seeds, new_each_epoch)

    def inputs(self):
        return [] if self.weights is None else [self.weights]

    def __iter__(self):
        words = random_words(*self.epoch_seeds.next())
        if self.weights is None:
            return self._drawn_by(words)
        pairs = ((next(words), next(words)) for _ in itertools.count())
        return (Tensor(self._draws([next(pairs)], each.array)[0]) for each in self.weights)

    def _drawn_by(self, words):
        while True:  # many at once: a single draw takes 0.1 ms
            pairs = [(next(words), next(words)) for _ in range(AT_ONCE)]
            yield from map(Tensor, self._draws(pairs, self.fixed))

    @staticmethod
    def _draws(seed_pairs, weights):
        with np.errstate(divide="ignore"):  # the logarithm of weight 0: never drawn
            return categorical_of_pairs(seed_pairs, np.log(weights)[None])

    @property
    def element_spec(self):
        return ArraySpec((), "int64")

    def cardinality(self):
        return INFINITE if self.weights is None else self.weights.cardinality()
