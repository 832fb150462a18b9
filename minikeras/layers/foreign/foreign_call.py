"""`ForeignCall`: a call of another library's function as one op, with the gradient that this library computes."""

from minikeras.autodiff.observers import record_call
from minikeras.autodiff.operation import Op
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor, as_array


class ForeignCall(Op):
    """outputs = f(inputs), computed by another library.   dx = pullback(dy), computed by it too.

    Gradients are of first order: the gradient of a gradient raises an error.

    Args:
        library: its name, for messages.
        inputs: the input Tensors.
        pullback: function from a list of arrays, the gradients of the outputs, to a list with the gradient of each
            input, None for those that have none.
    """

    takes_functions = True
    is_pure = False  # the function is the user's
    keeps = ()  # the pullback holds what it needs

    def __init__(self, library, inputs, pullback):
        self.library, self.inputs, self.pullback = library, inputs, pullback

    def backward(self, call, *dys):
        dxs = tuple([None if dx is None else Tensor(dx) for dx in self.pullback([as_array(dy) for dy in dys])])
        if thread.tapes:
            sources = [x for x in (*dys, *self.inputs) if isinstance(x, Tensor)]
            record_call(FirstOrderOnly(self.library), sources, tuple([dx for dx in dxs if dx is not None]), [])
        return dxs


class FirstOrderOnly(Op):
    """Placeholder on an outer tape for the gradient of a `ForeignCall`, which cannot be differentiated again."""

    is_pure = False
    keeps = ()

    def __init__(self, library):
        self.library = library

    def backward(self, call, *dys):
        raise NotImplementedError(
            f"A layer of {self.library} has first-order gradients only: the gradient of its gradient is not known. "
            f"Compute it in {self.library}, or write the layer with `keras.ops`."
        )


def foreign_results(library, inputs, outputs, pullback):
    """Tensors of the output arrays, with the pullback recorded on the active tapes.

    Args:
        library, inputs, pullback: see `ForeignCall`.
        outputs: list of arrays.
    """
    results = [Tensor(y) for y in outputs]
    if pullback is not None:
        record_call(ForeignCall(library, inputs, pullback), list(inputs), tuple(results), [])
    return results
