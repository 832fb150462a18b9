"""Exercise: one step of an LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000)."""

from itertools import permutations

import numpy as np

from minikeras.tools.learn.exercise import BROADCASTING, FORMULA, MISSING_TERM, ORDER, Exercise, Mistake, Task

STARTER = '''"""One step of an LSTM."""

import numpy as np


def lstm_cell(x, h, c, kernel, recurrent_kernel, bias):
    """The new (h, c).

    z = x · kernel + h · recurrent_kernel + bias     (batch, 4 · units)
    Its four parts are, in Keras's order, those of input gate i, forget gate f, candidate g and output gate o:
    i, f and o go through the logistic function 1 / (1 + exp(−z)), g through tanh.
    c ← f · c + i · g,   h ← o · tanh(c)
    """
    raise NotImplementedError
'''


def _cases():
    rng = np.random.default_rng(5)

    def arrays(batch, inputs, units):
        shapes = (batch, inputs), (batch, units), (batch, units), (inputs, 4 * units), (units, 4 * units), (4 * units,)
        return tuple(rng.standard_normal(shape) for shape in shapes)

    first = arrays(2, 3, 4)
    return [
        ("2 samples, 3 inputs, 4 units", first),
        ("the first step: h and c are zero", (first[0], 0 * first[1], 0 * first[2], *first[3:])),
        ("one unit", arrays(3, 2, 1)),
        ("large inputs", tuple(800 * part if i == 0 else part for i, part in enumerate(arrays(2, 3, 2)))),
    ]


def _oracle(keras, x, h, c, kernel, recurrent_kernel, bias):
    cell = keras.layers.LSTMCell(h.shape[1], dtype="float64")
    cell.build(x.shape)
    cell.set_weights([kernel, recurrent_kernel, bias])
    tensors = [keras.ops.convert_to_tensor(value, "float64") for value in (x, h, c)]
    _, states = cell(tensors[0], tensors[1:])
    return tuple(states)


def _logistic(z):
    return np.exp(-np.logaddexp(0, -z))


def _variant(order="ifgo", change=None, recurrent=True):
    """An LSTM with the gates in another order, or with another rule: change(i, f, g, o, c) gives (h, c)."""

    def wrong(x, h, c, kernel, recurrent_kernel, bias):
        z = x @ kernel + (h @ recurrent_kernel if recurrent else 0) + bias
        parts = dict(zip(order, np.split(z, 4, axis=1), strict=True))
        i, f, o = (_logistic(parts[gate]) for gate in "ifo")
        if change is not None:
            return change(i, f, parts["g"], o, c)
        c = f * c + i * np.tanh(parts["g"])
        return o * np.tanh(c), c

    return wrong


def _rule(candidate=np.tanh, forgets=True, squashes=True, adds=True):
    def change(i, f, g, o, c):
        c = (f * c if forgets else c) + (i if adds else 1) * candidate(g)
        return o * (np.tanh(c) if squashes else c), c

    return _variant(change=change)


def _coupled(i, f, g, o, c):
    c = f * c + (1 - f) * np.tanh(g)
    return o * np.tanh(c), c


def _exchanged(i, f, g, o, c):
    c = f * c + i * np.tanh(g)
    return c, o * np.tanh(c)


def _logistic_output(i, f, g, o, c):
    c = f * c + i * np.tanh(g)
    return o * _logistic(c), c


def _with_bias(change):
    """An LSTM whose bias was changed before."""

    def wrong(x, h, c, kernel, recurrent_kernel, bias):
        return _variant()(x, h, c, kernel, recurrent_kernel, change(bias, h.shape[1]))

    return wrong


def _more_for_f(bias, units):
    return bias + np.repeat([0.0, 1.0, 0.0, 0.0], units)


def _interleaved(x, h, c, kernel, recurrent_kernel, bias):
    """The gates of each unit adjacent, instead of all units of a gate."""
    order = np.arange(len(bias)).reshape(-1, 4).T.ravel()
    return _variant()(x, h, c, kernel[:, order], recurrent_kernel[:, order], bias[order])


def _tanh_gates(x, h, c, kernel, recurrent_kernel, bias):
    i, f, g, o = np.split(np.tanh(x @ kernel + h @ recurrent_kernel + bias), 4, axis=1)
    c = f * c + i * g
    return o * np.tanh(c), c


def _in_order(order):
    text = f"The parts of z are taken as {', '.join(order)}. Keras's order is i, f, g, o."
    return Mistake(ORDER, text, _variant(order))


def _other(x, h, c, kernel, recurrent_kernel, bias):
    """h from the old c."""
    z = x @ kernel + h @ recurrent_kernel + bias
    i, f, g, o = np.split(z, 4, axis=1)
    return _logistic(o) * np.tanh(c), _logistic(f) * c + _logistic(i) * np.tanh(g)


MISTAKES = (
    Mistake(
        ORDER,
        "The parts of z are taken as i, f, o, g. Keras's order is i, f, g, o: the output gate comes last.",
        _variant("ifog"),
    ),
    Mistake(ORDER, "The input gate and the forget gate are exchanged: i comes first.", _variant("figo")),
    Mistake(MISSING_TERM, "h is not used: h · recurrent_kernel is a part of z.", _variant(recurrent=False)),
    Mistake(MISSING_TERM, "In h = o · tanh(c) the tanh is missing.", _rule(squashes=False)),
    Mistake(MISSING_TERM, "The forget gate is missing: f · c.", _rule(forgets=False)),
    Mistake(MISSING_TERM, "The input gate is missing: i · g.", _rule(adds=False)),
    Mistake(FORMULA, "The candidate g goes through tanh, not through the logistic function.", _rule(_logistic)),
    Mistake(MISSING_TERM, "The candidate g goes through tanh.", _rule(lambda g: g)),
    Mistake(ORDER, "h was computed from the old c: it is to be made from the new one.", _other),
    Mistake(ORDER, "h and c are exchanged: h is returned first.", _variant(change=_exchanged)),
    Mistake(MISSING_TERM, "The bias is not added to z.", _with_bias(lambda bias, units: 0 * bias)),
    Mistake(
        FORMULA,
        "1 was added for the forget gate: Keras's `unit_forget_bias` puts that into the bias itself.",
        _with_bias(_more_for_f),
    ),
    Mistake(FORMULA, "In h = o · tanh(c) the logistic function stands for tanh.", _variant(change=_logistic_output)),
    Mistake(
        FORMULA, "The new value gets the share i: 1 − f in its place is what a GRU does.", _variant(change=_coupled)
    ),
    Mistake(
        BROADCASTING,
        "The gates of a unit are taken as adjacent. In z all units of i come first, then all of f, and so on.",
        _interleaved,
    ),
    Mistake(FORMULA, "The gates i, f and o go through the logistic function, g alone through tanh.", _tanh_gates),
    *(_in_order(order) for order in permutations("ifgo") if order != tuple("ifgo")),
)

EXERCISE = Exercise(
    name="lstm_cell",
    title="one step of an LSTM",
    where="minikeras/layers/recurrent/lstm.py, docs/recurrent_layers.md",
    starter=STARTER,
    tasks=(Task("lstm_cell", ("h", "c"), _cases, _oracle, MISTAKES),),
)
