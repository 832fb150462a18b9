"""Which models have Python of the user's in their steps, what becomes of it, and what is said about it."""

import re
import sys
import warnings

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.base import messages
from minikeras.plans import candidate
from minikeras.plans.permission import python_in
from minikeras.trainers.planned_model import PlannedModel

X = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
Y = np.arange(12) % 3


class Twice(layers.Layer):
    def call(self, inputs):
        return inputs * 2


class Loud(layers.Dense):
    def call(self, inputs, training=None):
        return super().call(inputs)


class Named(layers.Dense):
    """Changes nothing about the computation."""

    def __init__(self, units, **kwargs):
        super().__init__(units, activation="relu", **kwargs)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, inputs):
        return self.dense(inputs)


class OwnStep(keras.Sequential):
    def train_step(self, data):
        return super().train_step(data)


class Branching(keras.Sequential):
    """A Sequential with a constructor and a method of its own."""

    def __init__(self):
        super().__init__([keras.Input((4,)), layers.Dense(3)])

    def describe(self):
        return "three units"


def sequential(*parts, cls=keras.Sequential, **arguments):
    model = cls([keras.Input((4,)), *parts, layers.Dense(3)])
    model.compile("sgd", **{"loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True), **arguments})
    return model


def with_own_attribute():
    model = sequential()
    model.compute_loss = lambda **_: ops.sum(model.trainable_variables[0] * 0.0)
    return model


def compiled_subclass(cls):
    model = cls()
    model.compile("sgd", "mse")
    return model


NOT = {
    "a layer of the user's": (lambda: sequential(Twice()), "Twice.* defines `call`"),
    "a subclass of a layer": (lambda: sequential(Loud(3)), "Loud.* defines `call`"),
    "a Lambda": (lambda: sequential(layers.Lambda(lambda x: x + 1)), "user's function"),
    "an activation": (lambda: sequential(layers.Dense(3, activation=lambda x: x)), "`activation`"),
    "a regularizer": (lambda: sequential(layers.Dense(3, kernel_regularizer=lambda w: ops.sum(w))), "_regularizer`"),
    "a loss": (lambda: sequential(loss=lambda y, p: ops.mean(p, -1)), "the loss .* is a user's function"),
    "a subclassed model": (lambda: compiled_subclass(Subclassed), "defines `call`"),
    "a train_step": (lambda: sequential(cls=OwnStep), "defines `train_step`"),
    "an attribute": (with_own_attribute, "`compute_loss`"),
    "inside a model": (lambda: sequential(keras.Sequential([keras.Input((4,)), Twice()])), "Twice"),
}
MAY = {
    "layers": lambda: sequential(layers.Dense(5, "relu"), layers.BatchNormalization(), layers.Dropout(0.1)),
    "metrics of the user's": lambda: sequential(metrics=[lambda y, p: ops.mean(p, -1)]),
    "a constraint and an initializer": lambda: sequential(
        layers.Dense(
            3, kernel_initializer=lambda shape, dtype=None: np.ones(shape, dtype), kernel_constraint=lambda w: w
        )
    ),
    "a constructor": lambda: sequential(Named(3)),
    "a subclass with methods of its own": lambda: compiled_subclass(Branching),
}


@pytest.mark.parametrize("make, reason", NOT.values(), ids=NOT)
def test_python_of_the_user_is_found(make, reason):
    assert re.search(reason, python_in(PlannedModel(make())))


@pytest.mark.parametrize("make", MAY.values(), ids=MAY)
def test_what_is_no_part_of_the_step_does_not_matter(make):
    assert python_in(PlannedModel(make())) is None


class Counts(layers.Layer):
    """Counts its calls on data, in a way that no replay does; `look` is what else it does with its inputs."""

    def __init__(self, look=lambda inputs: None):
        super().__init__()
        self.look, self._calls = look, []

    def call(self, inputs):
        if hasattr(inputs, "array"):
            self._calls.append(1)
            self.look(inputs)
        return inputs

    @property
    def calls(self):
        return len(self._calls)


def test_python_of_the_user_runs_while_it_is_traced():
    layer = Counts()
    model = sequential(layer, jit_compile=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, Y, batch_size=3, epochs=5, verbose=0)
    assert layer.calls == 2
    assert int(model.optimizer.iterations) == 20


LOOKS = {
    "bool": lambda x: bool(ops.sum(x) > 0),
    "float": lambda x: float(x[0, 0]),
    "numpy": lambda x: x.numpy(),
    "asarray": np.asarray,
    "print": lambda x: ops.convert_to_numpy(x),
    "iteration": lambda x: [float(row[0]) for row in x],
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_python_that_looks_at_values_runs_in_every_step(look):
    layer = Counts(look)
    model = sequential(layer, jit_compile=True)
    with pytest.warns(UserWarning, match="jit_compile=True has no effect: it"):
        model.fit(X, Y, batch_size=3, epochs=5, verbose=0)
    assert layer.calls == 20


def test_python_of_the_user_runs_in_every_step_under_a_debugger():
    layer = Counts()
    model = sequential(layer)
    before = sys.gettrace()
    sys.settrace(lambda frame, event, argument: None)
    try:
        model.fit(X, Y, batch_size=3, epochs=3, verbose=0)
    finally:
        sys.settrace(before)
    assert layer.calls == 12


def test_a_profiler_keeps_its_place_and_a_line_says_what_that_means(monkeypatch, capsys):
    monkeypatch.setattr(messages, "_noted", set())
    layer, seen = Counts(), []
    model = sequential(layer)
    sys.setprofile(lambda *event: seen.append(event))
    try:
        model.fit(X, Y, batch_size=3, epochs=3, verbose=0)
        assert sys.getprofile() is not None
    finally:
        sys.setprofile(None)
    assert layer.calls == 12
    assert capsys.readouterr().err.count("A profiler gets every call") == 1


def test_a_step_that_cannot_be_traced_stays_on_the_tape(monkeypatch):
    def draws(self, inputs, training=None):  # as no layer of minikeras's may: see tests/architecture
        return inputs + np.random.default_rng().normal(size=4).astype("float32")

    monkeypatch.setattr(layers.Activation, "call", draws)
    model = sequential(layers.Activation("linear"), jit_compile=True)
    for _ in range(candidate.TRACES - 1):
        model.predict(X, verbose=0)
    with pytest.warns(
        UserWarning, match="jit_compile=True has no effect: an array of shape .* computed outside of ops"
    ):
        model.predict(X, verbose=0)
    assert not np.array_equal(model.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_mistake_in_making_a_plan_does_not_end_the_training(monkeypatch):
    def fails(*arguments):
        raise KeyError("slot 7")

    monkeypatch.setattr("minikeras.plans.plan.Plan.__init__", fails)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="making a plan failed with KeyError.*run by the tape"):
        model.fit(np.ones((8, 3)), np.ones((8, 2)), batch_size=2, epochs=2, verbose=0)
    assert int(model.optimizer.iterations) == 8


def test_a_model_from_a_file_may_run_by_plans():
    model = sequential()
    config = model.get_compile_config()
    assert config["jit_compile"] is False  # as in Keras's files
    model.compile_from_config(config)
    model.fit(X, Y, batch_size=3, verbose=0)
    assert model._planner.entries


@pytest.mark.parametrize(
    "arguments", [{"run_eagerly": True}, {"jit_compile": False}, {"run_eagerly": True, "jit_compile": True}]
)
def test_steps_run_by_train_step_if_asked_for(arguments, capsys):
    model = sequential(**arguments)
    model.fit(X, Y, batch_size=3, epochs=2, verbose=0)
    assert model._planner is None
    model.explain_plan()
    assert "because `compile` was called with" in capsys.readouterr().out


def test_explain_plan(capsys):
    model = sequential(layers.Dense(8, activation="relu"), jit_compile=True)
    model.explain_plan()
    assert "no plan yet" in capsys.readouterr().out
    model.fit(X, Y, batch_size=4, verbose=0)
    model.predict(X[:4], verbose=0)
    model.explain_plan()
    text = capsys.readouterr().out
    assert "Training on batches of float32[4, 4], int64[4]" in text
    assert "dense + bias + relu" in text
    assert "1 replays so far" in text
    assert "0.00 MFLOP" in text
    assert "Prediction on batches of float32[4, 4]: traced once" in text


def test_explain_plan_of_a_model_with_python_of_the_users(capsys):
    for model, text in (
        (sequential(Twice()), "your Python runs only while it is traced: the class Twice of 'twice"),
        (sequential(Counts(float_of_all)), "by the tape, because its Python reads the values of a tensor"),
    ):
        model.fit(X, Y, batch_size=3, epochs=2, verbose=0)
        model.explain_plan()
        assert text in capsys.readouterr().out


def float_of_all(x):
    return float(ops.sum(x))


@pytest.mark.parametrize("ragged_rows", [False, True])
def test_text_layers_run_in_plans_where_their_shape_is_known(capsys, ragged_rows):
    words = keras.layers.TextVectorization(vocabulary=["a", "b"], output_sequence_length=None if ragged_rows else 3)
    layers_ = [words, keras.layers.Embedding(9, 2), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((1,), dtype="string"), *layers_])
    model.compile("sgd", "mse")
    x, y = np.array([["a b"], ["b"]] * 16, object), np.zeros((32, 1), "float32")
    model.fit(x, y, batch_size=8, verbose=0)
    model.explain_plan()
    text = capsys.readouterr().out
    title = "Training on batches of string[8, 1], float32[8, 1]"
    assert (f"{title}: by the tape, because the batches hold strings" if ragged_rows else f"{title}\n") in text
    before = model.predict(x, verbose=0)
    words.set_vocabulary(["b", "a"])
    again = keras.Sequential(model.layers)  # has no plans
    assert not np.array_equal(before, model.predict(x, verbose=0))
    np.testing.assert_allclose(model.predict(x, verbose=0), again(x), rtol=1e-6)


def test_a_plan_takes_the_new_vocabulary_of_a_lookup_layer():
    words = keras.layers.StringLookup(vocabulary=["a", "b"], output_mode="multi_hot")
    model = keras.Sequential([keras.Input((1,), dtype="string"), words, keras.layers.Dense(1)])
    x = np.array([["a"], ["b"]] * 16, object)
    before = [model.predict(x, batch_size=8, verbose=0) for _ in range(3)][-1]
    words.set_vocabulary(["b", "a"])
    after = model.predict(x, batch_size=8, verbose=0)
    np.testing.assert_allclose(after[::2], before[1::2], rtol=1e-6)
    assert not np.array_equal(after, before)
