"""Random order, and the seeds it comes from.

    order = the one of `kernels/random/shuffle_buffer.py`, with words drawn under the seeds of the epoch

Each data set has a sequence of words under its two seeds (the global one and its own); each epoch draws two words from
it, which are the seeds of the epoch. With `reshuffle_each_iteration=False` the two seeds themselves are those of
every epoch. TensorFlow does the same, so the order is TensorFlow's.
"""

from minikeras.data.pipeline.stage import Stage
from minikeras.kernels.random.legacy import from_seeds
from minikeras.kernels.random.shuffle_buffer import shuffle_buffer_order
from minikeras.random.operation_seeds import sequence_of

WORDS_AT_ONCE = 64


def random_words(seed, seed2):
    """The words of the sequence with these two seeds, one by one, without end."""
    generator = from_seeds(seed, seed2)
    while True:
        yield from generator.words(WORDS_AT_ONCE).tolist()
        generator = generator.skip(WORDS_AT_ONCE // 4)


def dataset_seeds(seed):
    """The two seeds of a data set that is being made, from its own seed (or None) and the global one."""
    generator = sequence_of("dataset", "int64", seed).use_blocks(0)
    return int(generator.key), int(generator.stream)


class EpochSeeds:
    """Two seeds for each epoch: new ones each time, or always the same."""

    def __init__(self, seeds, new_each_epoch):
        self.seeds = seeds
        self.words = random_words(*seeds) if new_each_epoch else None

    def next(self):
        """The seeds of the next epoch."""
        return self.seeds if self.words is None else (next(self.words), next(self.words))


class Shuffle(Stage):
    """Fills a buffer with elements and yields one of them at random each time.

    Args:
        buffer_size: how many elements are held; at least as many as the data has makes all orders equally likely.
        seeds: the pair of seeds.
        reshuffle: whether each epoch has a new order.
    """

    def __init__(self, input, buffer_size, seeds, reshuffle):
        super().__init__(input)
        if buffer_size < 1:
            raise ValueError(f"`buffer_size` must be at least 1. Received: buffer_size={buffer_size}")
        self.buffer_size = int(buffer_size)
        self.epoch_seeds = EpochSeeds(seeds, reshuffle)

    def __iter__(self):
        seeds = self.epoch_seeds.next()
        return self.run(iter(self.input), seeds)

    def together(self, size):
        seeds = self.epoch_seeds.next()
        return self.run(self.input.together(size), seeds)

    def run(self, elements, seeds):
        words = random_words(*seeds)
        buffer, first = [], 0  # a ring, that begins at `first`
        for element in elements:
            if len(buffer) < self.buffer_size:
                buffer.append(element)
            else:
                buffer[first - 1] = element  # the position of the element that was yielded last
            if len(buffer) == self.buffer_size:
                yield self._exchange(buffer, first, len(buffer), words)
                first = (first + 1) % len(buffer)
        for left in range(len(buffer) - (len(buffer) == self.buffer_size), 0, -1):
            yield self._exchange(buffer, first, left, words)
            first = (first + 1) % len(buffer)

    @staticmethod
    def _exchange(buffer, first, left, words):
        """An element drawn from the `left` ones from `first` on; the first takes its place."""
        chosen = (first + next(words) % left) % len(buffer)
        element = buffer[chosen]
        buffer[chosen] = buffer[first]
        return element

    def rows(self):
        if self.input.cardinality() < 0:
            return None
        rows = self.input.rows()
        if rows is None:
            return None
        seeds = self.epoch_seeds.next()
        return rows.in_order(shuffle_buffer_order(*from_seeds(*seeds), rows.count, min(self.buffer_size, rows.count)))
