"""Every optimizer against its formula: whole matrices, and steps of compiled training in float32.

Formulas for one number are in `test_update_rules.py`, those that look at a whole matrix in `oracles.py`.
"""

from inspect import isclass

import numpy as np
import pytest

import minikeras as keras
from minikeras import optimizers
from minikeras.autodiff import Tensor, Variable
from tests.identifiers import without_addresses
from tests.oracles import Shifted, replays
from tests.unit.optimizers import oracles
from tests.unit.optimizers.test_update_rules import GRADIENTS, LEARNING_RATE, ROWS, START, TOLERANCE

RNG = np.random.default_rng(0)
WIDE, STEPS = RNG.normal(size=(3, 5)), RNG.normal(size=(6, 3, 5))

OF_MATRICES = {"Muon": oracles.muon, "Adafactor": oracles.adafactor, "Lamb": oracles.lamb}
OF_OTHERS = {"LossScaleOptimizer", "MultiOptimizer"}  # they change what others do: `test_wrappers.py`
NO_OPTIMIZERS = {"Optimizer", "OptimizerMap"}  # the base class, and a part of MultiOptimizer
# Five steps in float32, some dozen roundings of 6e-8 each, and hyperparameters that pass through float32.
FLOAT32 = 1e-5


@pytest.mark.parametrize("turned", [False, True], ids=["wide", "tall"])
@pytest.mark.parametrize("name", OF_MATRICES)
def test_rule_of_a_matrix(name, turned):
    start, gradients = (WIDE.T, [g.T for g in STEPS]) if turned else (WIDE, STEPS)
    variable = Variable(start.copy(), name="w")
    optimizer = getattr(optimizers, name)(learning_rate=LEARNING_RATE)
    for g in gradients:
        optimizer.apply([Tensor(g)], [variable])
    np.testing.assert_allclose(
        variable.numpy(), OF_MATRICES[name](start, gradients, LEARNING_RATE), TOLERANCE, TOLERANCE
    )


def trained(optimizer, start, gradients):
    """A weight after steps of compiled training in which it has these gradients."""
    x = keras.Input(batch_shape=start.shape)
    shifted = Shifted()
    model = keras.Model(x, shifted(x))
    shifted.shift.assign(start)
    model.compile(optimizer, lambda y_true, y_pred: keras.ops.sum(y_true * y_pred))
    for g in gradients:
        model.train_on_batch(np.zeros(start.shape, "float32"), g.astype("float32"))
    assert replays(model)
    return shifted.shift.numpy()


@pytest.mark.parametrize("name", OF_MATRICES)
def test_a_matrix_in_compiled_training(name):
    found = trained(getattr(optimizers, name)(learning_rate=LEARNING_RATE), WIDE, STEPS)
    np.testing.assert_allclose(found, OF_MATRICES[name](WIDE, STEPS, LEARNING_RATE), FLOAT32, FLOAT32)


OF_EACH_NUMBER = [row for row in ROWS if row[0] not in OF_MATRICES]
SCALES = np.array([[1.0, -0.5, 3.0, 0.01, -20.0]])


@pytest.mark.parametrize("name, options, formula, formula_options", OF_EACH_NUMBER, ids=without_addresses)
def test_each_number_in_compiled_training(name, options, formula, formula_options):
    optimizer = getattr(optimizers, name)(learning_rate=LEARNING_RATE, **options)
    gradients = [scale * np.array(GRADIENTS) for scale in SCALES[0]]
    found = trained(optimizer, np.full((1, 5), START), np.array(gradients).T[:, None])
    expected = [formula(START, own, LEARNING_RATE, **formula_options) for own in gradients]
    np.testing.assert_allclose(found[0], expected, FLOAT32, FLOAT32)


def test_every_optimizer_has_a_formula():
    classes = {name for name in optimizers.__all__ if isclass(getattr(optimizers, name))} - NO_OPTIMIZERS
    assert classes - OF_OTHERS - {row[0] for row in ROWS} == set()
