"""`FusedSteps` and `RecurrentLoop`: the shared parts of the ops of recurrent layers."""

from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.operation import Op
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor


class FusedSteps(Op):
    """An op in place of many, with a rule for its gradients on arrays.

    Gradients of gradients are taken through `by_steps`, the same computation made of ops: `backward` differentiates it,
    on a separate tape, if an outer tape watches.
    """

    takes_none = True

    def by_steps(self, *inputs):
        """The visible outputs of `forward`, from Tensors, by an op for each operation."""
        raise NotImplementedError

    def gradients(self, call, *dys):
        """`backward` for arrays."""
        raise NotImplementedError

    def backward(self, call, *dys):
        if any(isinstance(x, Tensor) for x in (*call.inputs, *dys)):
            return self._backward_by_steps(call, dys)
        return self.gradients(call, *dys)

    def _backward_by_steps(self, call, dys):
        inputs = [x if isinstance(x, Tensor) else Tensor(x) for x in call.inputs]
        smooth = [x for x in inputs if is_float(x.dtype)]
        with GradientTape() as tape:
            tape.watch(smooth)
            outputs = self.by_steps(*inputs)
        pairs = [(y, dy) for y, dy in zip(outputs, dys, strict=False) if dy is not None]
        gradients = iter(tape.gradient([y for y, _ in pairs], smooth, [dy for _, dy in pairs]))
        return tuple([next(gradients) if is_float(x.dtype) else None for x in inputs])


class RecurrentLoop(FusedSteps):
    """States carried through all steps of a sequence by one op.

    Inputs: z (batch, steps, gates · units), the input's part of each step; U (units, gates · units); then the optional
    ones that `given` names, in this order.
    Outputs: the states after each step (batch, steps, units) in the order in which the steps are taken, the last
    states, and what `backward` needs.

    Args:
        given: which of the optional inputs there are.
        reverse: whether the first step reads the last time.
    """

    unread_inputs = (0,)
    optional = ()
    gates = None  # how many blocks of `units` columns z has
    visible = None  # how many outputs are for others than `backward`
    operations_per_unit = None  # in a step, besides the product with U; the value of a function counts as one

    def __init__(self, given=(), reverse=False):
        self.given = tuple(given)
        self.reverse = reverse

    def all_optional(self, optional):
        """The optional inputs, None in place of those that are not given."""
        values = dict(zip(self.given, optional, strict=True))
        return [values.get(name) for name in self.optional]

    def of_given(self, **gradients):
        """The gradients of the optional inputs that are given; None for those that have none."""
        return [gradients.get(name) for name in self.given]

    def multiplications(self, shapes, output_shape):
        (batch, steps, _), (units, width) = shapes[:2]  # `output_shape` may be that of no array: the gradient has many
        return batch * steps * units * width

    def elementary_operations(self, shapes, output_shape):
        (batch, steps, _), (units, _) = shapes[:2]
        return batch * steps * units * self.operations_per_unit

    def batch_inputs(self, shapes, output_shape):
        return [True, False, *[name not in ("bias",) for name in self.given]]
