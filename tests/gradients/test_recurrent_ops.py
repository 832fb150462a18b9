"""Gradients of the loops of recurrent layers, with each optional input, and the same loops made of ops."""

import numpy as np
import pytest

from minikeras.autodiff import Tensor
from minikeras.ops.recurrence import Steps
from minikeras.ops.recurrent.gates import LSTMGates
from minikeras.ops.recurrent.gru import GRULoop
from minikeras.ops.recurrent.lstm import LSTMLoop
from minikeras.ops.recurrent.simple_rnn import SimpleRNNLoop
from tests.gradients.harness import Row, check_first_order, check_second_order

BATCH, STEPS, UNITS = 2, 3, 2
MASK = np.array([[True, False, True], [False, True, False]])
DROPOUT = np.random.default_rng(3).choice([0.0, 2.0], (BATCH, 4, UNITS))
LOOPS = [
    (LSTMLoop, {}),
    (LSTMLoop, {"reverse": True, "activation": "sigmoid", "recurrent_activation": "tanh"}),
    (GRULoop, {}),
    (GRULoop, {"reset_after": False, "reverse": True}),
    (SimpleRNNLoop, {}),
    (SimpleRNNLoop, {"reverse": True, "activation": "linear"}),
]
GIVEN = [(), ("h", "c"), ("mask",), ("bias", "h", "c", "mask"), ("bias", "h", "c", "mask", "dropout")]
VISIBLE = {LSTMLoop: 3, GRULoop: 2, SimpleRNNLoop: 2}


def constants_of(loop):
    """The optional inputs that have no gradients."""
    return {"mask": Tensor(MASK), "dropout": Tensor(DROPOUT[:, : loop.gates])}


def row_of(loop, settings, given):
    given = tuple(name for name in loop.optional if name in given)
    width = loop.gates * UNITS
    shapes = {"bias": (width,), "h": (BATCH, UNITS), "c": (BATCH, UNITS)}
    smooth = [name for name in given if name in shapes]

    def function(z, recurrent_kernel, *optional):
        values = {**constants_of(loop), **dict(zip(smooth, optional, strict=True))}
        return loop(given=given, **settings)(z, recurrent_kernel, *[values[name] for name in given])[: VISIBLE[loop]]

    inputs = ((BATCH, STEPS, width), (UNITS, width), *[shapes[name] for name in smooth])
    return Row(f"{loop.__name__} {settings} {given}", function, inputs)


ROWS = list({str(row): row for case in LOOPS for row in [row_of(*case, given) for given in GIVEN]}.values())
ROWS.append(Row("gates of an LSTM", lambda sums, c: LSTMGates()(sums, c)[:2], ((2, 3, 8), (2, 3, 2))))
ROWS.append(Row("steps of a sequence", lambda x: Steps(1)(x)[1:], ((2, 3, 2),)))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_gradients(row):
    check_first_order(row)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_gradients_of_gradients(row):
    check_second_order(row)


@pytest.mark.parametrize("given", GIVEN, ids=str)
@pytest.mark.parametrize("case", LOOPS, ids=str)
@pytest.mark.parametrize("activation", [None, "relu", "hard_sigmoid"])
def test_the_same_steps_as_single_ops(case, given, activation):
    loop, settings = case
    if activation is not None:
        settings = {**settings, "activation": activation}
    row = row_of(loop, settings, given)
    inputs = [Tensor(x) for x in row.draw()]
    made = loop(given=tuple(name for name in loop.optional if name in given), **settings)
    outputs = row.function(*inputs)
    smooth = iter(inputs[2:])
    constants = constants_of(loop)
    optional = [constants[name] if name in constants else next(smooth) for name in made.given]
    for y, expected in zip(outputs, made.by_steps(*inputs[:2], *optional), strict=True):
        np.testing.assert_allclose(y, expected, rtol=0, atol=1e-14)
