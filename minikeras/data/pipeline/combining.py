"""Stages over several data sets: zip, concatenate, flat_map, interleave, choosing."""

import itertools

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.data.pipeline.functions import first_element
from minikeras.data.pipeline.mapping import WithFunction
from minikeras.data.pipeline.shuffling import EpochSeeds, random_words
from minikeras.data.pipeline.specs import ArraySpec, merged_spec
from minikeras.data.pipeline.stage import INFINITE, UNKNOWN, Stage, stage_of
from minikeras.data.pipeline.structure import is_data_set
from minikeras.kernels.random.categorical import categorical_of_pairs


class Zip(Stage):
    """Nests of elements, one from each data set, until the shortest ends.

    Args:
        inputs: nest (tuples, dicts) of data sets.
    """

    def __init__(self, inputs):
        self.structure = inputs
        self.flat = tree.flatten(inputs)

    def inputs(self):
        return self.flat

    def __iter__(self):
        return self._zipped([iter(stage) for stage in self.flat])

    def together(self, size):
        totals = {stage.cardinality() for stage in self.flat}
        if len(totals) > 1 or min(totals) < 0:
            return iter(self)  # when one ends first, the others' remaining elements must not have been computed
        return self._zipped([stage.together(size) for stage in self.flat])

    def _zipped(self, iterators):
        return map(self._packed, zip(*iterators, strict=False))

    def has_ragged_rows(self):
        return any(stage.has_ragged_rows() for stage in self.flat)

    def _packed(self, elements):
        return tree.pack_sequence_as(self.structure, elements)

    @property
    def element_spec(self):
        return self._packed([stage.element_spec for stage in self.flat])

    def cardinality(self):
        totals = [stage.cardinality() for stage in self.flat]
        if UNKNOWN in totals:
            return UNKNOWN
        return min([total for total in totals if total >= 0], default=INFINITE)


class Concatenate(Stage):
    """The elements of one data set, then those of another."""

    def __init__(self, input, following):
        super().__init__(input)
        self.following = following

    def inputs(self):
        return [self.input, self.following]

    def run(self, elements):
        yield from elements
        yield from self.following

    @property
    def element_spec(self):
        return merged_spec(self.input.element_spec, self.following.element_spec)

    def cardinality(self):
        totals = self.input.cardinality(), self.following.cardinality()
        if INFINITE in totals:
            return INFINITE
        return UNKNOWN if UNKNOWN in totals else sum(totals)


class FlatMap(WithFunction):
    """The elements of the data set function(element), for each element in turn."""

    owner = "flat_map"
    _spec = None
    _made_ragged_rows = False  # so far: asked when there are elements to join

    def has_ragged_rows(self):
        return self._made_ragged_rows

    def run(self, elements):
        return itertools.chain.from_iterable(map(self.data_set, elements))

    def data_set(self, element):
        """The data set that the function returns for an element.

        Raises:
            TypeError: it is not a data set.
        """
        result = self.function(element)
        if not is_data_set(result):
            raise TypeError(
                f"The function given to `{self.owner}` must return a `tf.data.Dataset`. Received: {result!r}. "
                "Did you mean `map`?"
            )
        made = stage_of(result)
        if not self._made_ragged_rows and made.has_ragged_rows():
            self._made_ragged_rows, self._spec = True, made.element_spec
        return result

    @property
    def element_spec(self):
        if self._spec is None:
            self._spec = stage_of(self.data_set(first_element(self.input))).element_spec
        return self._spec

    def cardinality(self):
        return UNKNOWN


class Interleave(FlatMap):
    """Elements of several data sets function(element) alternately.

    `cycle_length` of them are open at a time; each yields up to `block_length` elements before the next one's turn.
    Where one has ended, the next element of the input opens another when its turn comes.
    """

    owner = "interleave"

    def __init__(self, input, function, cycle_length, block_length):
        super().__init__(input, function)
        for name, value in (("cycle_length", cycle_length), ("block_length", block_length)):
            if value < 1:
                raise ValueError(f"`{name}` must be at least 1. Received: {name}={value}")
        self.cycle_length, self.block_length = int(cycle_length), int(block_length)

    def run(self, elements):
        opened = [None] * self.cycle_length
        for turn in itertools.cycle(range(self.cycle_length)):
            if opened[turn] is None:
                element = next(elements, None)
                if element is not None:
                    opened[turn] = iter(self.data_set(element))
                elif not any(opened):
                    return
            if opened[turn] is not None:
                count = 0
                for element in itertools.islice(opened[turn], self.block_length):
                    count += 1
                    yield element
                if count < self.block_length:
                    opened[turn] = None


class Choose(Stage):
    """An element of the data set whose number the selector yields.

    Args:
        selector: stage of integers.
        inputs: list of data sets.
        stop_on_empty: whether the end of any of them ends all; otherwise its numbers are passed over.
    """

    def __init__(self, selector, inputs, stop_on_empty):
        super().__init__(selector)
        self.choices = inputs
        self.stop_on_empty = stop_on_empty

    def inputs(self):
        return [self.input, *self.choices]

    def __iter__(self):
        return self.choose(iter(self.input), [iter(stage) for stage in self.choices])

    def choose(self, selector, iterators):
        """The elements, from open iterators."""
        open_ones = set(range(len(iterators)))
        nothing = object()
        for number in selector:
            number = int(number)
            if not 0 <= number < len(iterators):
                raise ValueError(f"The selector must give numbers from 0 to {len(iterators) - 1}. Received: {number}")
            element = next(iterators[number], nothing)
            if element is not nothing:
                yield element
                continue
            open_ones.discard(number)
            if self.stop_on_empty or not open_ones:
                return

    @property
    def element_spec(self):
        spec = self.choices[0].element_spec
        for other in self.choices[1:]:
            spec = merged_spec(spec, other.element_spec)
        return spec

    def cardinality(self):
        """Infinite if any of the data sets is, as TensorFlow reports it, although the selector may end."""
        return INFINITE if any(stage.cardinality() == INFINITE for stage in self.choices) else UNKNOWN


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
