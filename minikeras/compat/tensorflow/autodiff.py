"""`tf.autodiff.ForwardAccumulator`. (Implementation: `minikeras/autodiff/forward_accumulator.py`.)"""

__replay__ = "computes"

from minikeras import tree
from minikeras.autodiff import forward_accumulator
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.gradient_tape import GradientTape, UnconnectedGradients

__all__ = ["ForwardAccumulator", "GradientTape"]


class ForwardAccumulator(forward_accumulator.ForwardAccumulator):
    """Records computations from `primals` in its block; `jvp(y)` is dy in the direction `tangents`.

    Args:
        primals: Tensors or Variables, of any nesting.
        tangents: the direction, nested alike.

    Raises:
        ValueError: a tangent has a different shape than its primal.
    """

    def __init__(self, primals, tangents):
        super().__init__(primals, tree.map_structure(tensor, tangents))

    def jvp(self, primals, unconnected_gradients=UnconnectedGradients.NONE):
        """The derivative of each of `primals`, results of the block; None for one that depends on no input."""
        unconnected = getattr(unconnected_gradients, "value", unconnected_gradients)
        return super().jvp(primals, str(unconnected).lower())
