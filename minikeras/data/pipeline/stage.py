"""`Stage`: one step of an input pipeline. `Dataset` is the user's interface to a chain of stages.

Each stage pulls elements from the one before it when the one after asks, so nothing is computed before it is needed,
and only buffers hold more than one element:

    Slices ──▶ Shuffle ──▶ Map ──▶ Batch ──▶ Prefetch        `for batch in dataset` pulls at the right end

A stage is a generator over the elements of its input, and most define little else:

    class Take(Stage):
        def run(self, elements):
            for _, element in zip(range(self.count), elements):
                yield element

`iter(stage)` begins an epoch: it calls `iter(input)` at once, and so on up to the source; then elements flow on demand.
(At once, because a shuffle draws the seed of its epoch at that moment, as in TensorFlow.)
"""

from minikeras import tree
from minikeras.data.pipeline.pulling import batches_of, own_elements
from minikeras.data.pipeline.ragged_rows import is_ragged_row

INFINITE = -1
UNKNOWN = -2


def stage_of(dataset):
    """The last stage of a data set."""
    return dataset._stage


class Stage:
    """Base class of all stages.

    Attributes:
        input: the stage before this one; None for a source.
    """

    input = None

    def __init__(self, input):
        self.input = input

    def __iter__(self):
        return self.run(iter(self.input))

    def inputs(self):
        """The stages before this one."""
        return [] if self.input is None else [self.input]

    def begin(self):
        """Called when a program asks for an iterator over the whole pipeline: functions' random numbers start again."""
        for stage in self.inputs():
            stage.begin()

    def run(self, elements):
        """The elements of one epoch, a generator. `elements`: those of the input, an iterator."""
        raise NotImplementedError

    @property
    def element_spec(self):
        """The structure of elements with an `ArraySpec` in place of each tensor (see `specs.py`)."""
        return self.input.element_spec

    def has_ragged_rows(self):
        """Whether elements have tensors that are rows of a ragged tensor, and become one in batches."""
        if not any(stage.has_ragged_rows() for stage in self.inputs()):
            return False  # without asking for the specs, since a `map` finds its own by calling a function
        return type(self).element_spec is Stage.element_spec or any(map(is_ragged_row, tree.flatten(self.element_spec)))

    def cardinality(self):
        """How many elements an epoch has: a number, INFINITE or UNKNOWN."""
        return self.input.cardinality()

    def rows(self):
        """A new epoch as `Rows`, if the elements are rows of arrays; None if they are not, or cannot be numbered."""
        return

    def pulls(self, size):
        """A new epoch as a function `pull` (see `pulling.py`), if elements can come in blocks; None if not.

        Args:
            size: about how many elements will be asked for at a time.
        """
        return

    def together(self, size):
        """A new epoch, like `iter(stage)`, for a consumer of `size` elements at a time, computed together."""
        pull = self.pulls(size)
        return iter(self) if pull is None else own_elements(pull, size)

    def batches(self, size, drop_remainder):
        """A new epoch in batches of `size` elements, if the stage makes them faster than by stacking; None if not."""
        pull = None if self.has_ragged_rows() else self.pulls(size)
        return None if pull is None else batches_of(pull, size, drop_remainder)
