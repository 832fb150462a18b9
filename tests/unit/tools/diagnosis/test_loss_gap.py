"""The parts of fit's loss minus evaluate's add up, and each is 0 without its cause."""

import numpy as np
import pytest

from minikeras import Input, Model, Sequential, layers, optimizers, regularizers
from minikeras.tools.diagnosis.loss_gap import PARTS, _frozen
from minikeras.utils.kept_state import state_of
from tests.unit.tools.diagnosis.planted import classifier, clusters

ROUNDING = 3e-6  # float32 means of a hundred losses near 1
OTHER_ORDER = 5e-5  # a plan adds in another order than the tape, and four steps of Adam amplify that
NONE = 1e-6  # the same, in the part of one cause
ROWS = 100  # three batches of 32, and a partial one


def data():
    x, y = clusters()
    return x[:ROWS], y[:ROWS]


MODELS = {
    "plain": (lambda: classifier(), {}, {"moving weights"}),
    "frozen": (lambda: classifier(optimizer=frozen()), {}, set()),
    "dropout": (lambda: classifier(layers.Dense(8), layers.Dropout(0.5), optimizer=frozen()), {}, {"dropout"}),
    "normalized": (
        lambda: classifier(layers.Dense(8), layers.BatchNormalization(), optimizer=frozen()),
        {},
        {"BatchNormalization"},
    ),
    "regularized": (
        lambda: classifier(layers.Dense(8, kernel_regularizer=regularizers.L2(0.1))),
        {},
        {"moving weights", "regularization"},
    ),
    "weighted": (
        lambda: classifier(optimizer=frozen()),
        {"class_weight": {0: 3.0, 1: 1.0, 2: 1.0}},
        {"sample weights"},
    ),
    "everything": (
        lambda: classifier(layers.Dense(8, kernel_regularizer="l2"), layers.BatchNormalization(), layers.Dropout(0.3)),
        {"class_weight": {0: 3.0, 1: 1.0, 2: 1.0}},
        set(PARTS[:5]),
    ),
}


def frozen():
    return optimizers.SGD(0.0)


@pytest.mark.parametrize("name", MODELS)
def test_parts_add_up_and_name_the_causes(name):
    make, settings, causes = MODELS[name]
    model = make()
    gap = model.why_differs(*data(), **settings)
    assert set(gap.parts) == set(PARTS)
    assert sum(gap.parts.values()) == pytest.approx(gap.fit - gap.evaluate, abs=1e-12)
    for part in PARTS[:5]:
        assert (abs(gap.parts[part]) > NONE) == (part in causes), (part, str(gap))
    assert abs(gap.parts["rounding"]) + abs(gap.parts["batches"]) < ROUNDING
    assert f"{gap.fit:.6f}" in str(gap)


def test_fit_prints_that_loss_and_nothing_changed():
    model = MODELS["everything"][0]()
    x, y = data()
    model.fit(x, y, verbose=0)
    before = [variable.array.copy() for variable in state_of(model)]
    gap = model.why_differs(x, y, shuffle=False)
    for old, variable in zip(before, state_of(model), strict=True):
        np.testing.assert_array_equal(old, variable.array)
    assert model.fit(x, y, shuffle=False, verbose=0).history["loss"][0] == pytest.approx(gap.fit, rel=OTHER_ORDER)
    assert model.evaluate(x, y, verbose=0)[0] == pytest.approx(gap.evaluate, rel=OTHER_ORDER)


def test_a_training_step_of_ones_own_is_refused():
    class Own(Model):
        def train_step(self, data):
            return {"loss": 1.0}

    inputs = Input((8,))
    model = Own(inputs, layers.Dense(3)(inputs))
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="has a `train_step` of its own"):
        model.why_differs(*data())


def test_masks_make_batches_count():
    rng = np.random.default_rng(0)
    x = rng.integers(1, 9, (40, 6))
    x[np.arange(6) >= rng.integers(1, 7, (40, 1))] = 0
    model = Sequential([Input((6,)), layers.Embedding(9, 4, mask_zero=True), layers.Dense(1)])
    model.compile(frozen(), "mse")
    gap = model.why_differs(x, rng.normal(size=(40, 6, 1)).astype("float32"), batch_size=16)
    assert abs(gap.parts["batches"]) > NONE


def test_a_model_that_was_never_trained_stays_untrained():
    x, y = data()
    model = classifier()
    kernel = model.layers[0].kernel.numpy()
    model.why_differs(x, y)
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), kernel)
    assert int(model.optimizer.iterations) == 0
    assert not np.any([slot.numpy().any() for slot in model.optimizer.variables if "momentum" in slot.path])


def test_layers_are_trainable_again_after_an_error():
    model = MODELS["normalized"][0]()
    normalization = next(layer for layer in model.layers if isinstance(layer, layers.BatchNormalization))
    with _frozen([normalization]):
        assert not normalization.trainable
    assert normalization.trainable
    with pytest.raises(ZeroDivisionError), _frozen([normalization]):
        1 / 0  # noqa: B018
    assert normalization.trainable
