"""The doctor that watches a program never ends it, and hides no error of its own."""

import numpy as np
import pytest

from minikeras import Input, Sequential, layers
from minikeras.autodiff.state import thread
from minikeras.cli.doctor import Doctor, FirstBatches

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

    monkeypatch.setattr("minikeras.cli.doctor.Evidence", broken)
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
