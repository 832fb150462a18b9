"""The doctor that watches a program never ends it, and hides no error of its own."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import Input, Sequential, layers, ops
from minikeras.autodiff.state import thread
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor
from minikeras.compat import tensorflow as tf
from minikeras.tools.cli.doctor import Doctor, FirstBatches

X, Y = np.random.default_rng(0).normal(size=(64, 6)).astype("float32"), np.arange(64) % 2


@pytest.fixture
def doctor():
    watching = Doctor()
    watching.begin()
    yield watching
    watching.end()


def logits():
    model = Sequential([Input((6,)), layers.Dense(2, kernel_initializer="ones")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


TRAININGS = {
    "arrays": lambda model: model.fit(X, Y, verbose=0),
    "batches": lambda model: model.fit(((X, Y) for _ in range(2)), verbose=0),
    "one batch": lambda model: model.train_on_batch(X, Y),
}


@pytest.mark.parametrize("train", TRAININGS.values(), ids=TRAININGS)
def test_each_training_is_examined(doctor, train):
    train(logits())
    assert [diagnosis.name for diagnosis in doctor.found.values()] == ["logits_as_probabilities"]


@pytest.mark.parametrize("train", TRAININGS.values(), ids=TRAININGS)
def test_an_error_of_the_examination_ends_no_training(doctor, train, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("a mistake in the doctor")

    monkeypatch.setattr("minikeras.tools.cli.doctor.Evidence", broken)
    assert train(logits()) is not None
    assert doctor.found == {}
    assert not thread.observers


def test_batches_of_which_nothing_is_known():
    batches = FirstBatches(lambda part: 1 / 0)
    assert batches.joined() is None
    batches.step_begins("train", (object(), None))
    batches.step_begins("train", (np.ones(2), None))
    assert batches.joined() is None


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda model: model.fit(X, Y, no_such_argument=1), TypeError),
        (lambda model: model.fit(X[:3], Y, verbose=0), ValueError),
        (lambda model: model.train_on_batch(), TypeError),
        (lambda model: model.fit(X[:, :2], Y, verbose=0), ValueError),
    ],
)
def test_errors_of_a_call_are_those_of_the_method(doctor, call, error):
    doctor.end()
    with pytest.raises(error) as plain:
        call(logits())
    doctor.begin()
    with pytest.raises(error) as watched:
        call(logits())
    assert str(watched.value).split("'sequential")[0] == str(plain.value).split("'sequential")[0]


def by_tape(model, loss, steps=1, x=X, y=Y, rate=0.01):
    """A loop of the user's own."""
    optimizer = keras.optimizers.SGD(rate)
    for _ in range(steps):
        with GradientTape() as tape:
            value = loss(y, model(x, training=True))
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(value, variables), variables, strict=True))


def network(units=2, activation=None, hidden="tanh", **arguments):
    return Sequential([Input((6,)), layers.Dense(8, hidden, **arguments), layers.Dense(units, activation)])


SPARSE, LOGITS = (keras.losses.SparseCategoricalCrossentropy(from_logits=flag) for flag in (False, True))


def with_logits(y, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))


@pytest.mark.parametrize(
    "model, loss, found",
    [
        (lambda: network(), SPARSE, ["logits_as_probabilities"]),
        (lambda: network(activation="softmax"), LOGITS, ["probabilities_as_logits"]),
        (lambda: network(activation="softmax"), with_logits, ["probabilities_as_logits"]),
        (lambda: network(hidden="relu", bias_initializer=keras.initializers.Constant(-99.0)), LOGITS, ["dead_relus"]),
        (lambda: network(), LOGITS, []),
        (lambda: network(activation="softmax"), SPARSE, []),
        (lambda: network(), lambda y, p: ops.mean(ops.square(p)), []),
    ],
    ids=["logits", "softmax twice", "softmax twice, by an op", "dead", "sound", "sound probabilities", "another loss"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:.*got from_logits=True")
def test_loops_with_a_tape_are_examined(doctor, model, loss, found):
    by_tape(model(), loss)
    assert [diagnosis.name for diagnosis in doctor.found.values()] == found


def test_pixels_in_a_compiled_step_of_a_loop(doctor):
    model = Sequential([Input((20,)), layers.Dense(2)])
    pixels = np.random.default_rng(0).integers(0, 256, (64, 20)).astype("float32")
    by_tape_once = tf.function(lambda x, y: by_tape(model, LOGITS, x=x, y=y))
    for _ in range(4):
        by_tape_once(Tensor(pixels), Tensor(Y))
    assert [diagnosis.name for diagnosis in doctor.found.values()] == ["pixels_not_scaled"]


def test_constant_predictions_after_twenty_steps_of_a_loop(doctor):
    model = network(kernel_initializer="zeros")
    by_tape(model, LOGITS, steps=19, rate=1e-20)
    assert doctor.found == {}
    by_tape(network(kernel_initializer="zeros"), LOGITS, steps=20, rate=1e-20)
    assert [diagnosis.name for diagnosis in doctor.found.values()] == ["constant_predictions"]


def test_a_loop_that_changes_the_weights_itself(doctor):
    model = network()
    for _ in range(2):
        with GradientTape() as tape:
            loss = SPARSE(Y, model(X))
        for variable, gradient in zip(model.weights, tape.gradient(loss, model.weights), strict=True):
            variable.assign(variable - 0.01 * gradient)
    assert [diagnosis.name for diagnosis in doctor.found.values()] == ["logits_as_probabilities"]
