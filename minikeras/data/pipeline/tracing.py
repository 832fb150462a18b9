"""`traced`: records a function of elements as a list of nodes, by calling it once with symbolic tensors.

    def augment(image, label):                          Cast → TrueDivide → random_flip_left_right → Pad → random_crop
        image = tf.cast(image, tf.float32) / 255.0
        …

The list has all nodes in the order of the calls, even those whose results are not used: they may raise errors, and
random operations count. Anything that is not a node (a `print`, a branch on a value, an assignment) is refused.
"""

from typing import Any, NamedTuple

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import LeavesNoNode, new_nodes
from minikeras.autodiff.observers import Observer, observing
from minikeras.autodiff.state import rules_on_symbols
from minikeras.base.extension_dtypes import EXTENSION_DTYPES
from minikeras.data.pipeline.functions import on_symbols, symbols_of
from minikeras.data.pipeline.plain_python import PlainPython
from minikeras.data.pipeline.structure import as_element, is_of_own_type
from minikeras.random.operation_seeds import NoDraws, inside


class Traced(NamedTuple):
    """A traced function.

    Attributes:
        inputs: flat list of KerasTensors, one for each tensor of an element.
        nodes: the nodes in the order of the calls.
        result: its result: a nest of KerasTensors, and of Tensors that are the same for all elements.
    """

    inputs: list
    nodes: list
    result: Any

    def has_extension_dtypes(self):
        """Whether a node has inputs or outputs of a dtype such as bfloat16."""
        return any(
            str(getattr(x, "dtype", None)) in EXTENSION_DTYPES
            for node in self.nodes
            for x in tree.flatten((node.args, node.kwargs, node.outputs))
        )


class NoState(Observer):
    """Refuses functions that use state while they are traced: Variables that they read or change."""

    uses_ops = False

    def variable_read(self, variable):
        """Refuse a read, whose value may differ for the next element."""
        raise LeavesNoNode(f"The variable {variable.name} is read.")

    def effect_begins(self, function, args, kwargs):
        """Refuse an effect."""
        raise LeavesNoNode("It has an effect.")


def traced(function, spec):
    """The `Traced` form of an `ElementFunction` for elements of this spec; None if it has none."""
    if not PlainPython.is_possible():
        return None
    try:
        symbols = symbols_of(spec)
        inputs = tree.flatten(symbols)
        with rules_on_symbols(), new_nodes() as nodes, inside(NoDraws()), observing(NoState()), PlainPython():
            result = on_symbols(function, symbols)
        return _checked(Traced(inputs, list(nodes), _as_result(result)))
    except Exception:  # the function is the user's: anything it cannot do with symbols
        return None


def _as_result(result):
    if any(map(is_of_own_type, tree.flatten(result))):
        raise LeavesNoNode("The result is of a type of the program's own.")
    return tree.map_structure(lambda x: x if isinstance(x, KerasTensor) else as_element(x), result)


def _checked(traced):
    """The same, if each symbolic tensor comes from a node or the element, and each node is pure.

    Raises:
        LeavesNoNode: one does not.
    """
    known = {id(x) for x in traced.inputs}
    for node in traced.nodes:
        if not node.operation.is_pure_node():
            raise LeavesNoNode(f"{node.operation.name} may do more than compute.")
        _require(node.input_tensors, known)
        known.update(map(id, node.outputs))
    _require(tree.flatten(traced.result), known)
    return traced


def _require(tensors, known):
    if any(isinstance(x, KerasTensor) and id(x) not in known for x in tensors):
        raise LeavesNoNode("A symbolic tensor does not come from the element.")
