"""Batches that come one by one, trained on in runs: the steps are those of single batches."""

import math

import numpy as np
import pytest

import minikeras as keras
from minikeras.autodiff.tensor import Tensor
from minikeras.data import gathering
from minikeras.data.adapter_selection import adapter_for
from minikeras.data.gathering import RunOfBatches, form_of, gathered
from minikeras.tensors.ragged import RaggedTensor

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)).astype("float32"), RNG.normal(size=(40, 1)).astype("float32")
ROWS = [slice(0, 8), slice(8, 16), slice(16, 24), slice(24, 28), slice(28, 36), slice(36, 40)]


def batches():
    for rows in ROWS:
        yield X[rows], Y[rows]


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return len(ROWS)

    def __getitem__(self, index):
        return X[ROWS[index]], Y[ROWS[index]]


def tensors(batches):
    return [tuple([Tensor(part) for part in batch]) for batch in batches]


@pytest.fixture
def unhurried(monkeypatch):
    """Runs do not end because a machine is slow."""
    monkeypatch.setattr(gathering, "SECONDS", math.inf)


@pytest.mark.usefixtures("unhurried")
def test_batches_of_one_form_that_follow_each_other_are_a_run():
    runs = list(gathered(tensors(batches())))
    assert [(type(run), len(run)) for run in runs] == [(RunOfBatches, n) for n in (3, 1, 1, 1)]
    given = [batch for run in runs for batch in run]
    for (x, y), rows in zip(given, ROWS, strict=True):
        np.testing.assert_array_equal(x.array, X[rows])
        np.testing.assert_array_equal(y.array, Y[rows])


@pytest.mark.usefixtures("unhurried")
def test_nested_parts_are_joined_each():
    batch = ({"a": Tensor(X), "b": [Tensor(Y)]}, None, Tensor(Y))
    (run,) = gathered([batch, batch])
    x, y, weights = run[1]
    assert y is None
    np.testing.assert_array_equal(x["a"].array, X)
    np.testing.assert_array_equal(x["b"][0].array, Y)
    np.testing.assert_array_equal(weights.array, Y)


@pytest.mark.parametrize(
    "batch",
    [
        {"x": Tensor(X)},
        (Tensor(X), Tensor(np.float32(1))),
        (Tensor(X), Tensor(Y[:3])),
        (RaggedTensor.of_rows([Tensor(X[0]), Tensor(X[0, :2])]),),
        (None,),
    ],
    ids=["no tuple", "a number", "other lengths", "ragged", "nothing"],
)
def test_others_come_by_themselves(batch):
    assert form_of(batch) is None
    assert list(gathered([batch, batch], copy=False)) == [[batch], [batch]]


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("limit, value", [("BYTES", 2 * X[:8].nbytes), ("SECONDS", -1.0)])
def test_runs_are_short(monkeypatch, limit, value):
    monkeypatch.setattr(gathering, limit, value)
    longest = max(len(run) for run in gathered(tensors([(X[:8], Y[:8])] * 6)))
    assert longest == {"BYTES": 2, "SECONDS": 1}[limit]


def trained(*data, **arguments):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    logs = []
    if arguments.pop("by_batch", False):
        arguments["callbacks"] = [keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)]
    for make in data:
        logs.append(model.fit(make(), shuffle=False, verbose=0, **arguments).history)
    return logs, model.get_weights()


@pytest.mark.parametrize("make", [batches, Batches], ids=["generator", "PyDataset"])
def test_training_is_the_same_in_runs(make):
    (of_runs, weights), (single, expected) = trained(*[make] * 4), trained(*[make] * 4, by_batch=True)
    assert of_runs == single
    for weight, other in zip(weights, expected, strict=True):
        np.testing.assert_array_equal(weight, other)


def in_one_array():
    """The first batches, each written to the same arrays."""
    x, y = np.empty_like(X[:8]), np.empty_like(Y[:8])
    for rows in ROWS[:3]:
        x[:], y[:] = X[rows], Y[rows]
        yield x, y


class InOneArray(keras.utils.PyDataset):
    def __init__(self):
        super().__init__()
        self.x, self.y = np.empty_like(X[:8]), np.empty_like(Y[:8])

    def __len__(self):
        return 3

    def __getitem__(self, index):
        self.x[:], self.y[:] = X[ROWS[index]], Y[ROWS[index]]
        return self.x, self.y


@pytest.mark.parametrize("make", [in_one_array, InOneArray], ids=["generator", "PyDataset"])
@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_arrays_may_be_filled_again(make, steps_per_execution):
    """Keras copies a batch when it comes, so the next one may be written to the same arrays."""

    def histories(*data):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse", steps_per_execution=steps_per_execution)
        losses = [model.fit(make(), shuffle=False, verbose=0).history["loss"] for make in data]
        return losses, model.predict(data[-1](), verbose=0)

    (losses, outputs), (expected, expected_outputs) = histories(*[make] * 4), histories(*[first_batches] * 4)
    assert losses == expected
    np.testing.assert_array_equal(outputs, expected_outputs)


def first_batches():
    for rows in ROWS[:3]:
        yield X[rows], Y[rows]


def test_what_cannot_be_in_a_run_is_copied_too():
    x = np.zeros((2, 3), "float32")

    def given():
        for i in range(3):
            x[:] = i
            yield ({"x": x, "single": np.float32(i)},)

    adapter = adapter_for(given())
    assert [float(batch[0]["x"].array[0, 0]) for (batch,) in list(adapter.runs())] == [0, 1, 2]


def test_what_was_given_before_an_error_is_trained_on():
    def failing():
        yield X[:8], Y[:8]
        yield X[8:16], Y[8:16]
        raise OSError("The disk is gone.")

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(OSError, match="The disk is gone"):
        model.fit(failing(), verbose=0)
    assert int(model.optimizer.iterations) == 2
