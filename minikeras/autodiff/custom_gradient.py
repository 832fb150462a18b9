"""Gradients that the user writes, or switches off."""

from functools import wraps

from minikeras import tree
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.observers import Observer, observing, record_call
from minikeras.autodiff.operation import Op, any_symbolic
from minikeras.autodiff.state import stop_recording, thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable


class StopGradient(Elementwise):
    """y = x, a constant for every tape."""

    differentiable = False

    def forward(self, x):
        return x


def stop_gradient(variable):
    """The same value, through which no gradient flows."""
    return StopGradient()(variable)


class CustomGradient(Op):
    """A call of a function whose gradient the user defines."""

    takes_functions = True
    is_pure = False  # its functions are the user's
    keeps = ()

    def __init__(self, gradient_function, argument_count, variables):
        self.gradient_function = gradient_function
        self.argument_count = argument_count
        self.variables = variables

    def backward(self, call, *dys):
        dys = [dy if isinstance(dy, Tensor) else Tensor(dy) for dy in dys]
        if self.variables:
            dxs, dvariables = self.gradient_function(*dys, variables=self.variables)
        else:
            dxs, dvariables = self.gradient_function(*dys), []
        dxs = list(dxs) if isinstance(dxs, (list, tuple)) else [dxs]
        if len(dxs) != self.argument_count:
            raise ValueError(
                f"custom_gradient function expected to return {self.argument_count} gradients, "
                f"one per argument. Received: {len(dxs)}"
            )
        return tuple(
            None if dx is None else dx if isinstance(dx, Tensor) else as_array(dx) for dx in [*dxs, *dvariables]
        )


def custom_gradient(f):
    """Decorator for `f(*args)` that returns `(outputs, gradient)`; `gradient(*upstream)` gives one for each argument.

    If `f` reads trainable Variables, `gradient` must take `variables=` and return
    `(argument_gradients, variable_gradients)`.
    """

    @wraps(f)
    def wrapper(*args, **kwargs):
        if any_symbolic(args, kwargs):
            return f(*args, **kwargs)[0]
        inputs = [
            x.read() if isinstance(x, Variable) else x if isinstance(x, Tensor) else Tensor(as_array(x)) for x in args
        ]
        if not thread.tapes:
            return f(*inputs, **kwargs)[0]
        reads = _VariableReads()
        with stop_recording(), observing(reads):
            outputs, gradient_function = f(*inputs, **kwargs)
        results = tree.map_structure(lambda y: Tensor(as_array(y)), outputs)
        argument_variables = {id(x) for x in args if isinstance(x, Variable)}
        variables = [v for v in reads.variables if id(v) not in argument_variables]
        op = CustomGradient(gradient_function, len(inputs), variables)
        record_call(op, [*inputs, *[v._tensor for v in variables]], tuple(tree.flatten(results)), variables)
        return results

    return wrapper


class _VariableReads(Observer):
    """Records, in place of the tapes, which trainable Variables `f` reads."""

    uses_ops = False

    def __init__(self):
        self.variables = []

    def variable_read(self, variable):
        if variable.trainable and all(variable is not v for v in self.variables):
            self.variables.append(variable)
