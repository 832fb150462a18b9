"""Recurrent layers: shapes of unknown length, masks, states from batch to batch, plans, and what is refused."""

import threading

import numpy as np
import pytest

import minikeras as keras
from minikeras import GradientTape, Tensor, layers, tree
from minikeras.ops.recurrent.gates import LSTMGates
from minikeras.ops.recurrent.loop import RecurrentLoop
from minikeras.plans.lower import can_compile
from minikeras.plans.plan import Plan
from tests.oracles import replays
from tests.waiting import DEADLINE, run_together

RNG = np.random.default_rng(0)
X = RNG.normal(size=(8, 5, 3)).astype("float32")
MASK = np.arange(5) < np.array([5, 3, 1, 4, 2, 5, 1, 3])[:, None]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_dropout_of_convolutional_lstms_is_that_of_channels_for_each_gate(data_format, monkeypatch):
    """Factors that are the same at all positions may as well multiply the kernels' rows of these channels."""
    x = RNG.normal(size=(2, 3, 4, 5, 2)).astype("float32")
    dropped, plain = (
        layers.ConvLSTM2D(3, 2, padding="same", dropout=rate, recurrent_dropout=rate, data_format=data_format)
        for rate in (0.5, 0.0)
    )
    x = x if data_format == "channels_last" else np.moveaxis(x, -1, 2)
    for layer in (dropped, plain):
        layer.build(x.shape)
    of_inputs, of_states = RNG.integers(0, 2, (4, 2)) * 2.0, RNG.integers(0, 2, (4, 3)) * 2.0

    def broadcast(masks):
        shape = (1, 1, 1, -1) if data_format == "channels_last" else (1, -1, 1, 1)
        return [Tensor(mask.astype("float32").reshape(shape)) for mask in masks]

    monkeypatch.setattr(dropped.cell, "get_dropout_mask", lambda step: broadcast(of_inputs))
    monkeypatch.setattr(dropped.cell, "get_recurrent_dropout_mask", lambda h: broadcast(of_states))
    kernel, recurrent, bias = dropped.get_weights()
    scaled = [
        (w.reshape(*w.shape[:-1], 4, 3) * np.moveaxis(masks, 0, 1)[..., None]).reshape(w.shape)
        for w, masks in ((kernel, of_inputs), (recurrent, of_states))
    ]
    plain.set_weights([*scaled, bias])
    np.testing.assert_allclose(dropped(x, training=True), plain(x), rtol=1e-4, atol=1e-5)


def shape_of(layer, shape):
    return keras.tree.map_structure(lambda y: y.shape, layer(keras.Input(batch_shape=shape)))


@pytest.mark.parametrize(
    "layer, shape, expected",
    [
        (layers.LSTM(4), (None, None, 3), (None, 4)),
        (layers.GRU(4, return_sequences=True), (None, None, 3), (None, None, 4)),
        (layers.SimpleRNN(4, return_state=True), (None, None, 3), ((None, 4), (None, 4))),
        (layers.LSTM(4, return_state=True), (2, None, 3), ((2, 4), (2, 4), (2, 4))),
        (layers.Bidirectional(layers.LSTM(4, return_sequences=True)), (None, None, 3), (None, None, 8)),
        (layers.Bidirectional(layers.GRU(4), merge_mode="sum"), (None, 7, 3), (None, 4)),
        (layers.Bidirectional(layers.GRU(4), merge_mode=None), (None, None, 3), ((None, 4), (None, 4))),
        (layers.RNN([layers.LSTMCell(4), layers.GRUCell(5)]), (None, None, 3), (None, 5)),
        (layers.TimeDistributed(layers.Dense(2)), (None, None, 3), (None, None, 2)),
        (layers.ConvLSTM2D(2, 3, padding="same"), (None, None, 6, 5, 3), (None, 6, 5, 2)),
        (layers.ConvLSTM1D(2, 3, return_sequences=True), (None, None, 6, 3), (None, None, 4, 2)),
    ],
    ids=str,
)
def test_shapes_with_unknown_lengths(layer, shape, expected):
    assert shape_of(layer, shape) == expected


def test_a_mask_leaves_out_the_padding():
    for layer in (layers.LSTM(4), layers.GRU(4), layers.SimpleRNN(4), layers.RNN(layers.LSTMCell(4))):
        y = np.asarray(layer(X, mask=MASK))
        alone = [np.asarray(layer(x[None, : mask.sum()]))[0] for x, mask in zip(X, MASK, strict=True)]
        np.testing.assert_allclose(y, alone, rtol=0, atol=1e-6)


def test_masks_go_through_layers_and_wrappers():
    inputs = keras.Input((None,), dtype="int32")
    x = layers.Embedding(9, 4, mask_zero=True)(inputs)
    for layer in (
        layers.LSTM(3, return_sequences=True),
        layers.Bidirectional(layers.GRU(3, return_sequences=True)),
        layers.TimeDistributed(layers.Dense(3)),
        layers.Dropout(0.1),
    ):
        x = layer(x)
        assert x._keras_mask is not None, layer.name
    assert getattr(layers.LSTM(3)(x), "_keras_mask", None) is None
    outputs, *states = layers.LSTM(3, return_sequences=True, return_state=True)(x)
    assert outputs._keras_mask is not None
    assert all(getattr(state, "_keras_mask", None) is None for state in states)


def test_a_model_that_is_built_by_data_takes_batches_of_other_lengths():
    stack = [layers.Embedding(9, 4, mask_zero=True), layers.Bidirectional(layers.LSTM(3)), layers.Dense(1)]
    model = keras.Sequential(stack)
    model.compile("sgd", "mse")
    for steps in (5, 9, 5, 7, 9, 9, 9):
        model.train_on_batch(RNG.integers(0, 9, (4, steps)), np.ones((4, 1)))
    assert model.predict(RNG.integers(0, 9, (3, 11)), verbose=0).shape == (3, 1)
    with pytest.raises(ValueError, match="expected shape="):
        model(RNG.integers(0, 9, (3, 11, 2)))


def test_losses_leave_out_what_the_mask_leaves_out():
    tokens = np.where(MASK, RNG.integers(1, 9, MASK.shape), 0)
    targets = RNG.normal(size=(8, 5, 1)).astype("float32")
    model = keras.Sequential(
        [keras.Input((5,), dtype="int32"), layers.Embedding(9, 4, mask_zero=True), layers.GRU(1, return_sequences=True)]
    )
    model.compile("sgd", "mse")
    y = model.predict(tokens, verbose=0)
    expected = np.mean(((y - targets) ** 2)[MASK])
    np.testing.assert_allclose(model.evaluate(tokens, targets, verbose=0), expected, rtol=1e-5)


@pytest.mark.skipif(not can_compile(), reason="plans are not compiled here")
@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
def test_plans_run_all_steps_as_one_compiled_op(name, capsys):
    arguments = {"return_sequences": True, "stateful": True}
    model = keras.Sequential([keras.Input(batch_shape=(4, 5, 3)), getattr(layers, name)(6, **arguments)])
    model.compile("sgd", "mse")
    y = RNG.normal(size=(8, 5, 6)).astype("float32")
    model.fit(X, y, batch_size=4, epochs=3, verbose=0)
    model.predict(X, batch_size=4, verbose=0)
    assert replays(model)
    for plan in [entry for entry in model._planner.entries.values() if isinstance(entry, Plan)]:
        loops = [p for p, i in enumerate(plan.instructions) if isinstance(getattr(i, "op", None), RecurrentLoop)]
        assert loops
        assert all(p in plan.jobs for p in loops)
    model.explain_plan()
    assert f"compiled  {name}Loop" in capsys.readouterr().out


@pytest.mark.skipif(not can_compile(), reason="plans are not compiled here")
@pytest.mark.parametrize(
    "make, shape",
    [(lambda: layers.ConvLSTM1D(2, 2), (8, 3, 4, 2)), (lambda: layers.RNN([layers.LSTMCell(3)]), (8, 3, 2))],
    ids=["ConvLSTM1D", "StackedRNNCells"],
)
def test_steps_of_an_lstm_have_their_gates_compiled_as_one_op(make, shape):
    x = RNG.normal(size=shape).astype("float32")
    model = keras.Sequential([keras.Input(shape[1:]), make()])
    model.compile("sgd", "mse")
    model.fit(x, model(x) + 1, batch_size=4, epochs=3, verbose=0)
    (plan,) = [entry for entry in model._planner.entries.values() if isinstance(entry, Plan)]
    gates = [p for p, i in enumerate(plan.instructions) if type(getattr(i, "op", None)) is LSTMGates]
    assert len(gates) == 2 * 3
    assert all(p in plan.jobs for p in gates)


def test_a_stateful_layer_in_a_plan_goes_on_like_one_long_sequence():
    long = np.concatenate([X[:4], X[4:]], axis=1)  # (4, 10, 3)
    model = keras.Sequential([keras.Input(batch_shape=(4, 5, 3)), layers.GRU(4, stateful=True)])
    expected = np.asarray(layers.RNN(model.layers[0].cell)(long))
    for _ in range(4):  # traced first, replayed then
        model.layers[0].reset_state()
        parts = [model.predict(part, batch_size=4, verbose=0) for part in (X[:4], X[4:])]
        np.testing.assert_allclose(parts[1], expected, rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match="stateful: the batch size must be the same as that of its states, 4"):
        model.layers[0](X[:3])


def test_gradients_of_gradients():
    """Of Σ h², along a direction, against a difference quotient."""
    layer = layers.LSTM(3, return_sequences=True, dtype="float64")
    x, direction = X[:2].astype("float64"), RNG.normal(size=(2, 5, 3))
    layer.build(x.shape)

    def slope(x):
        x = Tensor(x)
        with GradientTape() as outer:
            outer.watch(x)
            with GradientTape() as inner:
                inner.watch(x)
                total = keras.ops.sum(keras.ops.square(layer(x)))
            along = keras.ops.sum(inner.gradient(total, x) * direction)
        return float(along), np.asarray(outer.gradient(along, x))

    step = 1e-5
    second = np.sum(slope(x)[1] * direction)
    difference = (slope(x + step * direction)[0] - slope(x - step * direction)[0]) / (2 * step)
    np.testing.assert_allclose(second, difference, rtol=1e-7)


def test_a_cell_may_be_any_object():
    class Sum:
        state_size = 3

        def call(self, inputs, states):
            return inputs + states[0], [inputs + states[0]]

    y = layers.RNN(Sum(), return_sequences=True)(X)
    np.testing.assert_allclose(y, np.cumsum(X, axis=1), rtol=0, atol=1e-6)


def test_bidirectional_copies_a_layer_of_the_users_own():
    class Cell(layers.GRUCell):
        pass

    layer = layers.Bidirectional(layers.RNN(Cell(4)), weights=None)
    assert layer(X).shape == (8, 8)
    assert type(layer.backward_layer.cell) is Cell
    weights = [np.full(w.shape, 0.1) for w in layer.get_weights()]
    other = layers.Bidirectional(layers.RNN(Cell(4)), weights=weights)
    other.build(X.shape)
    np.testing.assert_array_equal(other.get_weights()[3], weights[3].astype("float32"))


class Half(layers.Layer):
    """Counts its calls: it cannot be applied to all steps at once."""

    calls = 0

    def call(self, inputs):
        type(self).calls += 1
        return inputs / 2


def test_time_distributed_applies_layers_of_the_users_own_step_by_step():
    Half.calls = 0
    np.testing.assert_allclose(layers.TimeDistributed(Half())(X), X / 2)
    assert Half.calls == 5


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: layers.LSTM(0), "`units` of LSTMCell: it must be a positive integer. Received: units=0"),
        (lambda: layers.GRUCell(2.5), "units=2.5"),
        (lambda: layers.LSTM(2, use_cudnn="yes"), "use_cudnn='yes'"),
        (lambda: layers.GRU(2, implementation=3), "implementation=3"),
        (lambda: layers.LSTM(2, use_cudnn=True)(X), "without cuDNN"),
        (lambda: layers.LSTM(2, name="encoder")(X[0]), "encoder.*expected ndim=3, found ndim=2"),
        (lambda: layers.LSTM(2, name="encoder")(X, initial_state=[X[:, 0, :2]]), "encoder.*2 state.*size"),
        (lambda: layers.LSTM(2, stateful=True).build((None, 5, 3)), "batch_shape"),
        (lambda: layers.LSTM(2).build((None, 5, None)), "known length"),
        (lambda: layers.RNN(layers.Dense(3)), "state_size"),
        (lambda: layers.StackedRNNCells([3]), "`call"),
        (lambda: layers.Bidirectional(layers.Dense(3)), "recurrent layer"),
        (lambda: layers.Bidirectional(layers.LSTM), "Call the class"),
        (lambda: layers.Bidirectional(layers.LSTM(2), merge_mode="add"), "merge_mode='add'"),
        (lambda: layers.Bidirectional(layers.LSTM(2), backward_layer=layers.LSTM(2)), "go_backwards=False for both"),
        (lambda: layers.TimeDistributed(layers.Dense(2), name="each")(X[0]), "each.*3 dimensions"),
        (
            lambda: layers.TimeDistributed(layers.Dense(2), name="each")(X, mask=MASK[:, :2]),
            "each.*\\(8, 5\\).*\\(8, 2\\)",
        ),
        (lambda: layers.ConvLSTM2D(0, 3), "filters=0"),
        (lambda: layers.ConvLSTM2D(2, 3, strides=2, dilation_rate=2), "strides"),
        (lambda: layers.ConvLSTM1D(2, 3).build((None, 4, None, 3)), "known spatial lengths"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused(make, words):
    with pytest.raises(ValueError, match=words) as raised:
        make()
    assert "Received" in str(raised.value) or "without cuDNN" in str(raised.value) or "found" in str(raised.value)


def test_dropout_masks_of_a_call_that_failed_are_gone():
    layer = layers.LSTM(4, dropout=0.5, recurrent_dropout=0.5)
    layer(X)
    with pytest.raises(Exception):  # noqa: B017, PT011 - whichever
        layer(X, initial_state=[np.ones((8, 7), "float32")] * 2, training=True)
    assert layer(X[:2], training=True).shape == (2, 4)


@pytest.mark.parametrize("make", [layers.LSTM, layers.GRU, layers.SimpleRNN])
def test_two_threads_that_call_one_layer_have_masks_of_their_own(make):
    layer = make(4, dropout=0.5, recurrent_dropout=0.5, activation=lambda x: x)  # step by step
    layer.build(X.shape)
    step, meeting, masks = layer.cell.state_sums, threading.Barrier(2), {2: [], 8: []}

    def state_sums(h, training):
        meeting.wait(DEADLINE)  # each step of one call is between two of the other
        sums = step(h, training)
        masks[len(h)].append([layer.cell.get_dropout_mask(None), layer.cell.get_recurrent_dropout_mask(None)])
        meeting.wait(DEADLINE)
        return sums

    def call(batch):
        try:
            layer(X[:batch], training=True)
        except BaseException:
            meeting.abort()  # the other thread would wait in vain
            raise

    layer.cell.state_sums = state_sums
    run_together(lambda: call(2), lambda: call(8))
    for batch, of_steps in masks.items():
        assert len(of_steps) == X.shape[1]
        for kinds in of_steps:
            for mask, first in zip(tree.flatten(kinds), tree.flatten(of_steps[0]), strict=True):
                assert mask is first
                assert mask.shape[0] == batch


@pytest.mark.parametrize("make", [layers.LSTM, layers.GRU, layers.SimpleRNN])
def test_recurrent_dropout_may_be_switched_on_later(make):
    """One mask for all gates: that of `implementation=2`, as in the loop of a cell by itself."""
    layer = make(3, seed=4)
    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    layer(x)
    layer.cell.recurrent_dropout = 0.5
    by_cell = layers.RNN(layer.cell)
    results = []
    for one in (layer, by_cell):
        layer.cell.seed_generator.state.assign([4, 0])
        results.append(np.asarray(one(x, training=True)))
    np.testing.assert_allclose(*results, atol=1e-6)
