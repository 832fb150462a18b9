"""The methods of `Dataset` that select, order, repeat and cache elements."""

import os

from minikeras.data.pipeline.caching import Cache, FileCache
from minikeras.data.pipeline.combining import Concatenate
from minikeras.data.pipeline.functions import ElementFunction
from minikeras.data.pipeline.prefetching import Prefetch
from minikeras.data.pipeline.rejection import rejection_resampled
from minikeras.data.pipeline.saving import one_shard, save
from minikeras.data.pipeline.selecting import Repeat, Shard, Skip, Take
from minikeras.data.pipeline.shuffling import Shuffle, dataset_seeds
from minikeras.data.pipeline.stage import INFINITE, stage_of
from minikeras.tensors.strings.elementwise import path_of


class OrderMethods:
    """Mixin of `Dataset`. `name` labels nodes of TensorFlow's graphs and has no effect."""

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True, name=None):
        """Random order: each element is drawn at random from a buffer of `buffer_size` elements.

        With as large a buffer as the data (or UNKNOWN_CARDINALITY, −2, which means that) all orders are equally likely.

        Args:
            seed: makes the order repeatable, together with `tf.random.set_seed`.
            reshuffle_each_iteration: whether each epoch has a new order; None means True.
        """
        buffer_size = int(buffer_size)
        if buffer_size == -2:
            total = self._stage.cardinality()
            if total == INFINITE:
                raise ValueError("Infinite data cannot be shuffled as a whole. Give a `buffer_size`.")
            buffer_size = total if total > 0 else 2**62
        return self._with(Shuffle(self._stage, buffer_size, dataset_seeds(seed), reshuffle_each_iteration is not False))

    def repeat(self, count=None, name=None):
        """The elements `count` times over, without end if it is None or −1."""
        return self._with(Repeat(self._stage, -1 if count is None else count, isinstance(self._stage, Shuffle)))

    def take(self, count, name=None):
        """The first `count` elements, all if it is −1."""
        return self._with(Take(self._stage, count))

    def skip(self, count, name=None):
        """All but the first `count` elements, none if it is −1."""
        return self._with(Skip(self._stage, count))

    def shard(self, num_shards, index, name=None):
        """Every `num_shards`-th element, beginning with number `index`."""
        return self._with(Shard(self._stage, int(num_shards), int(index)))

    def cache(self, filename="", name=None):
        """Keep the elements of the first complete epoch, so that later ones need not make them again.

        Args:
            filename: where to keep them, in a format of our own; in memory if empty.
        """
        filename = path_of(filename)
        return self._with(FileCache(self._stage, filename) if filename else Cache(self._stage))

    def prefetch(self, buffer_size, name=None):
        """Make up to `buffer_size` elements ahead in a background thread; AUTOTUNE lets minikeras choose the number."""
        return self._with(Prefetch(self._stage, 2 if buffer_size is None else int(buffer_size)))

    def concatenate(self, dataset, name=None):
        """The elements of this data set, then those of the other."""
        return self._with(Concatenate(self._stage, stage_of(dataset)))

    def rejection_resample(self, class_func, target_dist, initial_dist=None, seed=None, name=None):
        """Pairs (class, element), elements left out or repeated at random so that classes occur as in `target_dist`.

        Args:
            class_func: int32 class of an element.
            initial_dist: the frequencies that classes have in the data; counted while elements pass if None.
            seed: makes the choice repeatable, together with `tf.random.set_seed`.
        """
        return rejection_resampled(self, class_func, target_dist, initial_dist, seed)

    def save(self, path, compression=None, shard_func=None, checkpoint_args=None):
        """Write the elements of one epoch into a folder, in a format of our own; `Dataset.load` reads them.

        Args:
            shard_func: number of the file that an element goes to; one file if None.
            compression, checkpoint_args: only None is possible.
        """
        if compression not in (None, "NONE") or checkpoint_args is not None:
            raise NotImplementedError("`compression` and `checkpoint_args` must be None.")
        shard_of = one_shard if shard_func is None else ElementFunction(shard_func, "save")
        save(self, path_of(path), shard_of)

    def snapshot(self, path, compression="AUTO", reader_func=None, shard_func=None, name=None):
        """Keep the elements of the first complete epoch in a file of the folder `path`, and read them later.

        `compression` has no effect: the file is not compressed.
        """
        if reader_func is not None or shard_func is not None:
            raise NotImplementedError("`reader_func` and `shard_func` must be None: a snapshot is one file here.")
        return self._with(FileCache(self._stage, os.path.join(path_of(path), "snapshot.elements")))
