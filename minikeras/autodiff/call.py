"""`Call`: what a tape records of one use of an op, and the gradients of its inputs."""

import numpy as np

from minikeras.autodiff.arithmetic import Conjugate
from minikeras.autodiff.indexed_slices import dense
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.widening import widened_outside_ops
from minikeras.base import extension_dtypes


class Call:
    """One use of an op.

    Attributes:
        op: the op.
        inputs, outputs: Tensors (under an outer tape) or arrays and numbers; None where the op does not keep them.
        input_shapes, output_shapes: their shapes, kept always.
        input_ids, output_ids: the Tensors' indices; None for inputs whose gradient is not wanted.
        dtypes: of the inputs, None for Python numbers.
        complex: whether an output holds complex numbers.
    """

    __slots__ = (
        "complex",
        "dtypes",
        "input_ids",
        "input_shapes",
        "inputs",
        "op",
        "output_ids",
        "output_shapes",
        "outputs",
    )

    @property
    def needs_gradient(self):
        """For each input, whether its gradient is wanted."""
        return [index is not None for index in self.input_ids]

    @property
    def output(self):
        """The first output."""
        return self.outputs[0]

    def as_arrays(self):
        """The same call with bare arrays in place of Tensors, for the usual fast backward."""
        bare = Call()
        for word in Call.__slots__:
            setattr(bare, word, getattr(self, word))
        bare.use_arrays()
        return bare

    def use_arrays(self):
        """Replace the Tensors of this call by bare arrays."""
        if self.inputs is not None:
            self.inputs = [x.array if type(x) is Tensor else x for x in self.inputs]
        if self.outputs is not None:
            self.outputs = [None if y is None else y.array for y in self.outputs]
        if extension_dtypes.in_use:
            for word in ("inputs", "outputs"):
                arrays = getattr(self, word)
                if arrays is not None:
                    setattr(self, word, [widened_outside_ops(x, self.op) for x in arrays])


def backward_of(call, dys):
    """The gradients of a call's inputs, computed by its op's rule from those of its outputs."""
    if call.complex and call.op.holomorphic:
        return [conjugated(dx) for dx in call.op.backward(call, *[conjugated(dy) for dy in dys])]
    return call.op.backward(call, *dys)


def observed_backward(call, dys):
    """The gradients of one call, reported to observers."""
    for gradient_begins in thread.gradient_begins:
        gradient_begins(call, dys)
    dxs = None
    try:
        # NumPy turns 0-d arrays into scalars, and each conversion back would make another array
        dxs = [np.asarray(dx) if isinstance(dx, np.generic) else dx for dx in backward_of(call, dys)]
    finally:
        for gradient_ended in thread.gradient_ended:
            gradient_ended(call, dys, dxs)
    return dxs


def conjugated(gradient):
    """The complex conjugate of a gradient, or None."""
    return None if gradient is None else Conjugate().of(dense(gradient))
