"""The cost of an op: floating-point operations and bytes moved, from the shapes of its inputs and outputs.

    cost = cost_of(op, inputs, outputs)             # of the forward pass, from the arguments of `op_called`
    cost = cost_of_gradient(call, dys, dxs)         # of its gradient, from the arguments of `gradient_ended`
    cost.flops, cost.bytes

**What is counted.** A multiply-add counts as two operations (`OpFacts.multiplications`); an addition, a comparison or
a function's value (exp, tanh) counts as one (`OpFacts.elementary_operations`). So a Dense layer costs
2 · batch · inputs · units + batch · units, whichever kernel computes it (Winograd's convolution needs fewer). Ops that
only move elements cost nothing. The gradient of each wanted input counts as much as the forward pass, which is exact
for products and sums, and of the right magnitude for the others.

`flops` is None where the op does not declare how much it computes (FFT, SVD, sorting); then only the bytes are known.

`bytes` counts each input and output once: what must be moved if no cache holds it.
"""

from dataclasses import dataclass

from minikeras.autodiff.indexed_slices import IndexedSlices


@dataclass(frozen=True)
class Cost:
    """The cost of one op, or the sum of several.

    Attributes:
        flops: floating-point operations, None if unknown.
        bytes: read and written.
    """

    flops: int | None
    bytes: int

    def __add__(self, other):
        """The sum; unknown FLOPs count as 0 beside known ones."""
        known = [cost.flops for cost in (self, other) if cost.flops is not None]
        return Cost(sum(known) if known else None, self.bytes + other.bytes)

    @property
    def intensity(self):
        """FLOPs per byte, the horizontal axis of a roofline; None if unknown."""
        return None if self.flops is None or not self.bytes else self.flops / self.bytes


NOTHING = Cost(0, 0)


def op_flops(op, input_shapes, output_shape):
    """Floating-point operations of one forward pass of an op; None if the op does not declare it.

    Args:
        op: an `Op`.
        input_shapes: tuples of integers; () for Python numbers.
        output_shape: of the first output.
    """
    elementary = op.elementary_operations(input_shapes, output_shape)
    return None if elementary is None else 2 * op.multiplications(input_shapes, output_shape) + elementary


def cost_of(op, inputs, outputs):
    """The `Cost` of an op's forward pass; the arguments are those of the event `op_called`."""
    shapes = [tuple(getattr(x, "shape", ())) for x in inputs]
    return Cost(op_flops(op, shapes, tuple(outputs[0].shape)), sum(map(nbytes, (*inputs, *outputs))))


def cost_of_gradient(call, dys, dxs):
    """The `Cost` of a gradient rule; the arguments are those of the event `gradient_ended`."""
    flops = op_flops(call.op, call.input_shapes, call.output_shapes[0])
    wanted = sum(dx is not None for dx in dxs or ())
    kept = [*(call.inputs or ()), *(call.outputs or ())]
    return Cost(None if flops is None else wanted * flops, sum(map(nbytes, (*kept, *dys, *(dxs or ())))))


def nbytes(x):
    """Bytes of the elements of an array, Tensor or `IndexedSlices`; 0 for numbers and None."""
    if isinstance(x, IndexedSlices):
        return nbytes(x.values) + nbytes(x.indices)
    array = getattr(x, "array", x)
    return getattr(array, "nbytes", 0)
