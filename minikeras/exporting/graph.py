"""`GraphBuilder`: a graph under construction, as far as formats have it in common."""

from typing import NamedTuple

import numpy as np

from minikeras.autodiff.arithmetic import Add, FloorDivide, Multiply
from minikeras.exporting.lengths import Lengths, Unknown

FEW = 64  # elements up to which equal constants are stored once


class Inexpressible(Exception):
    """Something that the format (or minikeras) cannot express; the message is the end of a sentence."""


class GraphNode(NamedTuple):
    """One node: `outputs = operator(inputs)`. Attributes may be integers, floats, lists of them, strings, dtypes."""

    operator: str
    name: str
    inputs: list
    outputs: list
    attributes: dict


def nodes_for(nodes, names):
    """The nodes on which these values depend, and the names of all values that they read."""
    needed, kept = set(names), []
    for node in reversed(nodes):
        if needed.intersection(node.outputs):
            kept.append(node)
            needed.update(node.inputs)
            needed.update(name for body in node.attributes.values() for name in getattr(body, "outer_names", ()))
    return kept[::-1], needed


class Value:
    """One array of the recorded model.

    Attributes:
        shape: its lengths, integers or `Unknown`.
        dtype: a NumPy dtype; None for a Python number, which takes the dtype of the array it is combined with.
        array: its value where that is the same in every run (weights, constants, a Python number), else None.
        name: in the graph; None for a constant that nothing has read yet.
        varying: its two recorded values if it depends only on unknown lengths, else None.
        reason: why it cannot be read, for an error; usually None.
        label: the name under which it is stored if it is a weight, else None.
        maker: the `Step` that computed it and its inputs, None for inputs and constants.
    """

    def __init__(self, shape, dtype, array=None, name=None, varying=None, label=None):
        self.shape, self.dtype, self.array, self.name = shape, dtype, array, name
        self.varying, self.label = varying, label
        self.maker = self.reason = None

    @property
    def rank(self):
        """The number of axes."""
        return len(self.shape)

    @property
    def is_constant(self):
        """Whether its value is the same in every run."""
        return self.array is not None


class GraphBuilder:
    """Nodes in order. Each format has a subclass, with the methods that raise NotImplementedError here.

    Attributes:
        title: name of the format, in errors.
        scope: prefix of names: the layer whose ops are being converted.
        lengths: where unknown lengths can be read.
        keeps_state: whether Variables can be assigned to, by `assign`.
        operators: how the format writes ops, an `Operators`.
        narrow: {name of a dtype without arithmetic in the format: the dtype in which it is computed instead}.
    """

    title = None
    keeps_state = False
    operators = None
    narrow = {}

    def __init__(self):
        self.nodes = []
        self.lengths = Lengths()
        self.scope = ""
        self._names = {}
        self._constants = {}
        self._permutations = {}  # output of a transposition: (its input, the order of axes)
        self._lengths = {}  # `Unknown`: name of the vector of one element that holds it

    # --- defined by each format -------------------------------------------------------------------------------------

    def weight(self, variable, shape, dtype):
        """The `Value` of a Variable."""
        raise NotImplementedError

    def assign(self, variable, name):
        """Assign a new value to a Variable after all nodes that read it; only if `keeps_state`."""
        raise NotImplementedError

    def store(self, array, name):
        """The name of a constant array; `name` may be None."""
        raise NotImplementedError

    def dtype_of(self, name):
        """The NumPy dtype of a value."""
        raise NotImplementedError

    def converted(self, name, dtype):
        """The value cast to another dtype."""
        raise NotImplementedError

    def transposed(self, name, permutation):
        """The axes in another order."""
        raise NotImplementedError

    def reshaped(self, name, shape):
        """The value reshaped; the shape is a vector of int64."""
        raise NotImplementedError

    def expanded(self, name, shape):
        """The value broadcast to a shape, a vector of int64."""
        raise NotImplementedError

    def length_of(self, name, axis):
        """The length of an axis, as a vector of one int64."""
        raise NotImplementedError

    def up_to(self, length):
        """0, 1, … length − 1 as int64; the length may be `Unknown`."""
        raise NotImplementedError

    def joined(self, names, axis):
        """Values concatenated along an axis."""
        raise NotImplementedError

    def split(self, name, lengths, axis):
        """The parts of an axis, of these lengths, some of which may be `Unknown`."""
        raise NotImplementedError

    def slice(self, name, axis, start, stop, step=1):
        """A part of an axis. `start` and `stop` may be `Unknown`; as in Python, None is the end that comes first."""
        raise NotImplementedError

    def gather(self, name, indices, axis):
        """Parts of an axis by the name of their indices, which are not negative."""
        raise NotImplementedError

    def reduce(self, op, name, axes, keepdims):
        """A reduction over axes by its class; without axes the value itself."""
        raise NotImplementedError

    def squeeze(self, name, axes):
        """The value without axes of length 1."""
        raise NotImplementedError

    def unsqueeze(self, name, axes):
        """The value with new axes of length 1."""
        raise NotImplementedError

    def identity(self, name):
        """The value under its own name."""
        raise NotImplementedError

    def scan(self, step, z, given, names, weights, compute):
        """All steps of a recurrence.

        Args:
            step: the recorded op.
            z: the inputs' part of each step (batch, steps, gates · units).
            given: {name: value} of initial states and the mask.
            names: of the states.
            weights: names of the values that every step reads.
            compute: `(graph, z, states, *weights) -> new states` for one step, on names.

        Returns:
            Names of the first of the states after each step (batch, steps, units), and of the final states.
        """
        raise NotImplementedError

    # --- ops --------------------------------------------------------------------------------------------------------

    def op(self, op, *names, **settings):
        """The name(s) of the outputs of an op, given by its class: see `conversions/operators.py`."""
        return self.operators.node(self, op, *names, **settings)

    def wide(self, dtype):
        """The dtype in which the format computes a dtype for which it has no arithmetic."""
        return np.dtype(self.narrow.get(dtype.name, dtype))

    def cast(self, name, dtype):
        """The values in a dtype."""
        dtype = np.dtype(dtype)
        return name if self.dtype_of(name) == dtype else self.converted(name, dtype)

    def positions(self, name, indices, axis):
        """The name of indices along an axis of an array, as int32 or int64. Negative ones count from the end."""
        return self.read(indices, None if indices.dtype in (np.int32, np.int64) else np.int64)

    def scalar(self, vector):
        """The only element of a vector, as a scalar."""
        return self.squeeze(vector, [0])

    def number(self, value, like):
        """A constant of another value's dtype."""
        return self.constant(value, self.dtype_of(like))

    def plus(self, name, number):
        """A value plus a number."""
        return self.op(Add, name, self.number(number, name))

    def multiply(self, name, number):
        """A value times a number."""
        return self.op(Multiply, name, self.number(number, name))

    # --- names and constants ----------------------------------------------------------------------------------------

    def input(self, value, name):
        """Name a `Value` that the graph is given."""
        value.name = name
        self.lengths.note(name, value.shape)

    def unique(self, name):
        """The name, or name_1, name_2 … if it is taken."""
        count = self._names.get(name, 0)
        self._names[name] = count + 1
        return self.unique(f"{name}_{count}") if count else name

    def scoped(self, name):
        """The name, made unique, in the layer whose ops are being converted."""
        return self.unique(f"{self.scope}/{name}" if self.scope else name)

    def constant(self, array, dtype=None, name=None):
        """The name of a constant array. Equal small arrays without their own names are stored once."""
        array = np.ascontiguousarray(np.asarray(array, dtype)).reshape(np.shape(array))
        key = (array.dtype.str, array.shape, array.tobytes()) if array.size <= FEW and name is None else None
        if array.dtype == object:
            key = None if key is None else (array.shape, tuple(array.ravel().tolist()))
        if key in self._constants:
            return self._constants[key]
        stored = self.store(array, name)
        if key is not None:
            self._constants[key] = stored
        return stored

    def integers(self, numbers):
        """The name of a constant vector of int64: axes, a shape, repeats."""
        return self.constant(np.asarray(list(numbers), np.int64).reshape(-1))

    def read(self, value, dtype=None):
        """The name of a value, cast to `dtype` if it has another."""
        dtype = None if dtype is None else np.dtype(dtype)
        if value.is_constant and (value.dtype is None or (dtype is not None and value.dtype != dtype)):
            return self.constant(np.asarray(value.array).astype(dtype or np.float32))
        if value.name is None:
            value.name = self.constant(value.array, name=value.label)
        return value.name if dtype in (None, value.dtype) else self.cast(value.name, dtype)

    # --- shapes -----------------------------------------------------------------------------------------------------

    def transpose(self, name, permutation):
        """The value transposed. Successive transpositions are merged, or cancel out."""
        permutation = list(permutation)
        if name in self._permutations:
            name, before = self._permutations[name]
            permutation = [before[axis] for axis in permutation]
        if permutation == sorted(permutation):
            return name
        transposed = self.transposed(name, permutation)
        self._permutations[transposed] = name, permutation
        return transposed

    def reshape(self, name, shape):
        """The value reshaped to lengths: integers (one may be -1) or `Unknown`."""
        unknown = [axis for axis, length in enumerate(shape) if isinstance(length, Unknown)]
        if len(unknown) == 1 and -1 not in shape:
            shape = [-1 if isinstance(length, Unknown) else length for length in shape]
        return self.reshaped(name, self.shape(shape))

    def shape(self, shape):
        """The name of a vector of int64 with these lengths, some of which may be `Unknown`."""
        if not any(isinstance(length, Unknown) for length in shape):
            return self.integers(shape)
        parts = [self.length(n) if isinstance(n, Unknown) else self.integers([n]) for n in shape]
        return parts[0] if len(parts) == 1 else self.joined(parts, 0)

    def length(self, wanted):
        """The name of a vector with one element, an `Unknown` length (or a known one)."""
        if not isinstance(wanted, Unknown):
            return self.integers([wanted])
        if wanted not in self._lengths:
            self._lengths[wanted] = self._computed_length(wanted)
        return self._lengths[wanted]

    def _computed_length(self, wanted):
        found = self.lengths.expression(wanted)
        if found is None:
            product = self.lengths.product(wanted)
            if product is None:
                raise Inexpressible("depends on a length in a way that the graph cannot compute")
            first, second, factor = product
            return self._with(Multiply, self.op(Multiply, self.length(first), self.length(second)), factor, 1)
        known, factor, summand, divisor = found
        if known == wanted:
            return self.length_of(*self.lengths.positions[known])
        length = self._with(Multiply, self.length(known), factor, 1)
        return self._with(FloorDivide, self._with(Add, length, summand, 0), divisor, 1)

    def _with(self, op, length, number, neutral):
        return length if number == neutral else self.op(op, length, self.integers([number]))
