"""The methods of `Dataset` that call a function on elements."""

import os

from minikeras.base.system import processors
from minikeras.data.pipeline.checking import IgnoreErrors
from minikeras.data.pipeline.combining import FlatMap, Interleave
from minikeras.data.pipeline.functions import ElementFunction
from minikeras.data.pipeline.mapping import Enumerate, Filter, Map, Scan, TakeWhile, Unique
from minikeras.data.pipeline.parallel import ParallelMap
from minikeras.data.pipeline.structure import as_element


class ElementMethods:
    """Mixin of `Dataset`. `name` labels nodes of TensorFlow's graphs and has no effect.

    A function gets the parts of a tuple as separate arguments, any other element as one. Its Python runs once for each
    element; in TensorFlow only tensor operations do.
    """

    def map(
        self,
        map_func,
        num_parallel_calls=None,
        deterministic=None,
        synchronous=None,
        use_unbounded_threadpool=False,
        name=None,
    ):
        """`map_func` of each element.

        Args:
            num_parallel_calls: how many calls may run at a time; `parallel.py` explains when that is done.
            deterministic: no effect: results always keep the order of the elements.
            synchronous, use_unbounded_threadpool: about TensorFlow's threads; no effect here.
        """
        if num_parallel_calls is None:
            return self._with(Map(self._stage, map_func))
        return self._with(ParallelMap(self._stage, map_func, int(num_parallel_calls)))

    def filter(self, predicate, name=None):
        """The elements for which `predicate` is true."""
        return self._with(Filter(self._stage, predicate))

    def take_while(self, predicate, name=None):
        """The elements before the first for which `predicate` is false."""
        return self._with(TakeWhile(self._stage, predicate))

    def flat_map(self, map_func, name=None):
        """The elements of all the data sets that `map_func` returns, one data set after the other."""
        return self._with(FlatMap(self._stage, map_func))

    def interleave(
        self, map_func, cycle_length=None, block_length=None, num_parallel_calls=None, deterministic=None, name=None
    ):
        """The elements of the data sets that `map_func` returns, `block_length` from each of `cycle_length`
        alternately.

        Args:
            cycle_length: how many data sets are open at a time; as many as there are processors if None or AUTOTUNE.
            block_length: how many elements each gives at its turn, 1 if None.
            num_parallel_calls, deterministic: how TensorFlow reads ahead; no effect: the order is the same.
        """
        if cycle_length is None or cycle_length == -1:
            cycle_length = len(processors()) or os.cpu_count()
        return self._with(Interleave(self._stage, map_func, cycle_length, 1 if block_length is None else block_length))

    def scan(self, initial_state, scan_func, name=None):
        """The outputs of (state, output) = scan_func(state, element), which passes its state on."""
        return self._with(Scan(self._stage, initial_state, scan_func))

    def reduce(self, initial_state, reduce_func, name=None):
        """The last of the states state = reduce_func(state, element)."""
        state = as_element(initial_state)
        function = ElementFunction(reduce_func, "reduce")
        for element in self:
            state = function(state, element)
        return state

    def enumerate(self, start=0, name=None):
        """Pairs (number, element), numbers from `start` on as int64."""
        return self._with(Enumerate(self._stage, start))

    def unique(self, name=None):
        """Each value where it first occurs; for single tensors of integers or strings."""
        return self._with(Unique(self._stage))

    def ignore_errors(self, log_warning=False, name=None):
        """Leave out the elements for which a `map` before this raises an error, with a warning if `log_warning`."""
        return self._with(IgnoreErrors(self._stage, log_warning))

    def apply(self, transformation_func):
        """`transformation_func(self)`, so that functions on data sets fit in a chain of methods."""
        dataset = transformation_func(self)
        if not isinstance(dataset, ElementMethods):
            raise TypeError(f"`transformation_func` must return a Dataset. Received: {dataset!r}")
        return dataset
