"""`MaskOf`: the mask that a tensor carries, as a part of a graph."""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import Node
from minikeras.autodiff.operation import Operation


class MaskOf(Operation):
    """The mask of x. Layers compute masks outside the graph; a graph that outputs one reads it from its tensor.

    Args:
        rank: number of the mask's axes, the first of the tensor's.
        name: of the operation.
    """

    def __init__(self, rank, name=None):
        super().__init__(name=name)
        if type(rank) is not int or rank < 0:
            raise ValueError(f"`rank` is the number of a mask's axes. Received: rank={rank!r}")
        self.rank = rank

    def call(self, x):
        """The mask.

        Raises:
            ValueError: x carries none.
        """
        if x._keras_mask is None:
            raise ValueError(f"An output of the graph is the mask of a tensor of shape {x.shape}, which has no mask.")
        return x._keras_mask

    def compute_output_spec(self, x):
        return KerasTensor(x.shape[: self.rank], dtype="bool")


def add_mask_node(mask):
    """Give a symbolic mask without a node one that reads it from the tensor that carries it, if there is one."""
    if mask._keras_history is None and mask.carrier is not None:
        Node(MaskOf(len(mask.shape)), (mask.carrier,), {}, mask)
