"""Recurrences: the computation of one step, which the format's `scan` runs over all steps."""

from minikeras.autodiff.arithmetic import Add, Multiply, Subtract
from minikeras.autodiff.matrix_product import Matmul
from minikeras.exporting.conversions.operators import limited
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.registry import converts
from minikeras.ops.activation import Relu
from minikeras.ops.recurrent.gates import LSTMGates
from minikeras.ops.recurrent.gru import GRULoop
from minikeras.ops.recurrent.lstm import LSTMLoop
from minikeras.ops.recurrent.simple_rnn import SimpleRNNLoop
from minikeras.ops.smooth_activation import Sigmoid
from minikeras.ops.trigonometric import Tanh

ACTIVATIONS = {"tanh": Tanh, "sigmoid": Sigmoid, "relu": Relu}


def activation(graph, name, x):
    """One of the functions that recurrent layers have (`kernels/recurrence/activations.py`)."""
    if name == "hard_sigmoid":
        return limited(graph, graph.plus(graph.multiply(x, 1 / 6), 0.5), 0, 1)
    return graph.identity(x) if name == "linear" else graph.op(ACTIVATIONS[name], x)


def product(graph, x, kernel):
    """x · kernel of two matrices."""
    return graph.op(Matmul, x, kernel, ranks=(2, 2))


def given_inputs(step, optional):
    """{name: value} of the optional inputs."""
    given = dict(zip(step.op.given, optional, strict=True))
    if "dropout" in given:
        raise Inexpressible("drops elements at random")
    return given


@converts(LSTMLoop)
def lstm(graph, step, z, kernel, *optional):
    units, given = kernel.shape[0], given_inputs(step, optional)

    def one_step(graph, z, states, kernel):
        h, c = states
        return lstm_gates(graph, step.op, units, graph.op(Add, z, product(graph, h, kernel)), c)

    return graph.scan(step, z, given, ("h", "c"), [graph.read(kernel, z.dtype)], one_step)


def lstm_gates(graph, op, units, sums, c):
    """i, f, g, o = split(sums);   c ← σ(f) · c + σ(i) · φ(g),   h = σ(o) · φ(c)."""
    i, f, g, o = graph.split(sums, [units] * 4, -1)
    i, f, o = (activation(graph, op.recurrent_activation, gate) for gate in (i, f, o))
    g = activation(graph, op.activation, g)
    c = graph.op(Add, graph.op(Multiply, f, c), graph.op(Multiply, i, g))
    return [graph.op(Multiply, o, activation(graph, op.activation, c)), c]


@converts(LSTMGates)
def gates(graph, step, sums, c):
    return lstm_gates(graph, step.op, sums.shape[-1] // 4, graph.read(sums), graph.read(c))


@converts(GRULoop)
def gru(graph, step, z, kernel, *optional):
    """See `GRULoop`."""
    given, op, units = given_inputs(step, optional), step.op, kernel.shape[0]
    bias = given.pop("bias", None)
    weights = [graph.read(value, z.dtype) for value in (kernel, bias) if value is not None]

    def one_step(graph, z, states, kernel, bias=None):
        (h,) = states
        z_u, z_r, z_n = graph.split(z, [units] * 3, -1)
        sums = product(graph, h, kernel)
        sums = sums if bias is None else graph.op(Add, sums, bias)
        h_u, h_r, h_n = graph.split(sums, [units] * 3, -1)
        u = activation(graph, op.recurrent_activation, graph.op(Add, z_u, h_u))
        r = activation(graph, op.recurrent_activation, graph.op(Add, z_r, h_r))
        if op.reset_after:
            h_n = graph.op(Multiply, r, h_n)
        else:
            h_n = product(graph, graph.op(Multiply, r, h), graph.slice(kernel, 1, 2 * units, None))
            h_n = h_n if bias is None else graph.op(Add, h_n, graph.slice(bias, 0, 2 * units, None))
        n = activation(graph, op.activation, graph.op(Add, z_n, h_n))
        return [graph.op(Add, n, graph.op(Multiply, u, graph.op(Subtract, h, n)))]

    return graph.scan(step, z, given, ("h",), weights, one_step)


@converts(SimpleRNNLoop)
def simple_rnn(graph, step, z, kernel, *optional):
    """h ← φ(z + h · U)."""

    def one_step(graph, z, states, kernel):
        return [activation(graph, step.op.activation, graph.op(Add, z, product(graph, states[0], kernel)))]

    return graph.scan(step, z, given_inputs(step, optional), ("h",), [graph.read(kernel, z.dtype)], one_step)


def first_state(graph, value, z, units):
    """The name of an initial state: zeros if it is not given."""
    if value is not None:
        return graph.read(value, z.dtype)
    return graph.expanded(graph.constant(0, z.dtype), graph.shape((z.shape[0], units)))
