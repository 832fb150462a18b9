"""`BlockFunction`: computes a mapped function for a block of elements at a time.

    batch ← Block of 64 images ← [ traced nodes, each run once on (64, 32, 32, 3) ] ← Block of 64 rows ← slices

A block stacks its elements along a first axis. Each node of the traced function (`tracing.py`) is computed by its
operation's rule for rows (`forward_rows`, `call_on_rows`), or else row by row. Flipping, padding, cropping and
brightening an image of 32×32×3 pixels takes 30 µs instead of 450.

**Nothing else changes.** Each element gets the random numbers that it would get alone: at each place in the function,
those of consecutive calls. A block has only the elements that the `batch` after the `map` asks for; if a `shuffle`,
`repeat`, `cache`, `prefetch` or `zip` between them takes single elements, it has up to a batch more. The first two
elements are also computed by the function's Python, and compared; if anything differs or fails, everything is computed
element by element, which also raises the exception at the right element.
"""

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op, as_operand
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.base.debuggers import attached_debugger
from minikeras.base.extension_dtypes import is_extension
from minikeras.data.pipeline.structure import rows_of, spec_of, stack
from minikeras.data.pipeline.tracing import traced
from minikeras.random.operation_seeds import inside

BLOCK_BYTES = 1 << 20  # of the elements that are computed at once, so that a core's cache holds intermediate results
COMPARED = 2  # elements
RELATIVE, ABSOLUTE = 1e-4, 1e-5  # how far results may differ: sums over blocks add in another order


class Block:
    """Elements stacked along a first axis.

    Args:
        element: nest of Tensors that have `rows` rows.
        rows: how many elements there are.
    """

    __slots__ = ("element", "rows")

    def __init__(self, element, rows):
        self.element = element
        self.rows = rows

    def __iter__(self):
        return rows_of(self.element)

    def __len__(self):
        return self.rows

    def where(self, mask):
        """The elements for which a boolean array is true."""
        element = tree.map_structure(lambda x: None if x is None else Tensor(x.array[mask]), self.element)
        return Block(element, int(np.count_nonzero(mask)))


def blocks_may_be_used():
    """Whether functions may run other than in Python: no debugger, tape or observer is active."""
    watched = thread.tapes or thread.op_called or thread.eager_observers or thread.unfused
    return not watched and attached_debugger() is None


def block_of(elements):
    """The `Block` of a list of elements; None if they cannot be stacked as they are."""
    leaves = [tree.flatten(element) for element in elements]
    if not all(type(leaf) is Tensor for element in leaves for leaf in element):
        return None
    shapes = {tuple([leaf.array.shape for leaf in element]) for element in leaves}
    return Block(stack(elements), len(elements)) if len(shapes) == 1 else None


def joined(blocks):
    """The elements of a stage's blocks as one nest of Tensors that have rows."""
    if len(blocks) == 1:
        return blocks[0].element

    def concatenated(*xs):
        return None if xs[0] is None else Tensor(np.concatenate([x.array for x in xs]))

    return tree.map_structure(concatenated, *[block.element for block in blocks])


class BlockFunction:
    """An `ElementFunction` for whole blocks.

    Args:
        function: the `ElementFunction`.
        steps: its `Traced` form.
        arrays: those of an element it was traced for: its operations may depend on their shapes.
    """

    def __init__(self, function, steps, arrays):
        self.function = function
        self.steps = steps
        self.kinds = [(array.shape, array.dtype) for array in arrays]
        self.is_compared = False

    @classmethod
    def of(cls, function, element):
        """The `BlockFunction` of an element function for elements like this one; None if impossible or slower."""
        leaves = tree.flatten(element)
        if not leaves or not all(type(leaf) is Tensor for leaf in leaves):
            return None
        arrays = [leaf.array for leaf in leaves]
        if 2 * sum(array.nbytes for array in arrays) > BLOCK_BYTES:
            return None
        steps = traced(function, spec_of(element))
        if steps is None or any(is_extension(array.dtype) for array in arrays) or steps.has_extension_dtypes():
            return None  # rules for rows do not pass the gate of `autodiff/widening.py`
        return cls(function, steps, arrays)

    def __call__(self, block):
        """The results for a block's elements as a `Block`; None if they have to be computed one by one."""
        if attached_debugger() is not None:  # since the epoch began
            return None
        arrays = [leaf.array for leaf in tree.flatten(block.element)]
        if [(array.shape[1:], array.dtype) for array in arrays] != self.kinds:
            return None
        before = self.function.frame.positions()
        try:
            wanted = [] if self.is_compared else self._one_by_one(block, before)
            results = self._in_parts(arrays, block.rows)
            self._compare(wanted, results)
        except Exception:  # of any kind, the user's included: computed one by one, it is raised at its element
            self.function.frame.rewind(before)
            return None
        self.is_compared = True
        return Block(results, block.rows)

    def _one_by_one(self, block, before):
        """The results of the first elements by the function's Python; then the random numbers begin again."""
        results = [self.function(element) for _, element in zip(range(COMPARED), block, strict=False)]
        self.function.frame.rewind(before)
        return results

    def _compare(self, wanted, results):
        found = [element for _, element in zip(range(len(wanted)), rows_of(results), strict=False)]
        for one, other in zip(wanted, found, strict=True):
            tree.map_structure(_require_equal, one, other)

    def _in_parts(self, arrays, count):
        size = max(1, BLOCK_BYTES * count // max(1, sum(array.nbytes for array in arrays)))
        parts = []
        for start in range(0, count, size):
            with inside(self.function.frame) as frame:
                rows = min(size, count - start)
                parts.append(Block(self._run([x[start : start + size] for x in arrays], rows, frame), rows))
        return joined(parts)

    def _run(self, arrays, rows, frame):
        values = {id(x): array for x, array in zip(self.steps.inputs, arrays, strict=True)}
        for node in self.steps.nodes:
            results = _computed(node, values, rows, frame)
            for x, array in zip(node.outputs, results, strict=True):
                values[id(x)] = array
        if not frame.is_complete():
            raise ValueError("The function's random operations differ from those of its trace.")

        def result(x):
            if isinstance(x, KerasTensor):
                return Tensor(values[id(x)])
            return Tensor(np.repeat(x.array[None], rows, axis=0))

        return tree.map_structure(result, self.steps.result)


def _require_equal(one, other):
    """Raise an error unless two results for an element are equal, up to the order in which sums are added."""
    a, b = one.array, other.array
    if a.dtype != b.dtype or a.shape != b.shape:
        raise ValueError("The dtypes or shapes differ.")
    if a.dtype.kind == "f":
        if not np.allclose(a, b, RELATIVE, ABSOLUTE, equal_nan=True):
            raise ValueError("The values differ.")
    elif not np.array_equal(a, b):
        raise ValueError("The values differ.")


def _computed(node, values, rows, frame):
    """The arrays, with rows, of a node's outputs."""
    if isinstance(node.operation, Op):
        return _computed_by_op(*node.operation.of_node(node.args), values, rows)

    def given(x):
        return Tensor(values[id(x)]) if isinstance(x, KerasTensor) else x

    args, kwargs = tree.map_structure(given, (node.args, node.kwargs))
    place = frame.call_sites()
    results = node.operation.call_on_rows(rows, args, kwargs)
    if results is NotImplemented:
        return _row_by_row(node, values, rows, frame, place)
    return [x.array for x in tree.flatten(results)]


def _row_by_row(node, values, rows, frame, place):
    results = []
    for i in range(rows):

        def given(x, i=i):
            return Tensor(values[id(x)][i, ...]) if isinstance(x, KerasTensor) else x

        args, kwargs = tree.map_structure(given, (node.args, node.kwargs))
        frame.return_to(place)
        results.append([x.array for x in tree.flatten(node.operation(*args, **kwargs))])
    return [np.stack(arrays) for arrays in zip(*results, strict=True)]


def _computed_by_op(op, inputs, values, rows):
    arrays, ranks = [], []
    for x in inputs:
        symbolic = isinstance(x, KerasTensor)
        arrays.append(values[id(x)] if symbolic else x if type(x) in (int, float, bool) else as_operand(x).array)
        ranks.append(arrays[-1].ndim - 1 if symbolic else None)
    results = op.forward_rows(arrays, ranks)
    if results is NotImplemented:
        results = _op_row_by_row(op, arrays, ranks, rows)
    results = results if type(results) is tuple else (results,)
    return results[:1] if op.hides_outputs else results


def _op_row_by_row(op, arrays, ranks, rows):
    results = []
    for i in range(rows):
        result = op.forward(*[x if r is None else x[i, ...] for x, r in zip(arrays, ranks, strict=True)])
        results.append(result if type(result) is tuple else (result,))
    return tuple([np.stack(column) for column in zip(*results, strict=True)])
