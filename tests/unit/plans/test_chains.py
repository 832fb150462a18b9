"""Chains: what is done piece by piece gives what the tape gives, on any number of threads."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.autodiff.arithmetic import Add
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.shapes import Reshape, Transpose
from minikeras.config import for_one_thread, set_threads, threads
from minikeras.kernels.chain_jobs import add_pieces_jobs
from minikeras.kernels.memory import address_of, scratch, shared_scratch
from minikeras.kernels.tasks import run
from minikeras.ops.activation import Relu
from minikeras.ops.convolution import Conv
from minikeras.ops.joining import Concatenate
from minikeras.ops.pooling import MaxPool
from minikeras.ops.reduction import Mean
from minikeras.ops.softmax import Softmax
from minikeras.plans import chains
from minikeras.plans.apart import cut_inputs
from minikeras.plans.lower import can_compile
from minikeras.plans.plan import Plan

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(48, 12, 12, 3)).astype("float32")
LABELS = RNG.integers(0, 5, 48)
# Sums in another order and Winograd's method, in float32, carried through nine steps on numbers about 1.
TOLERANCE = 2e-6
ROUNDING = 1e-6  # of sums of a few numbers about 1

compiled_only = pytest.mark.skipif(not can_compile(), reason="chains are for compiled jobs")


@pytest.fixture
def small_chains(monkeypatch):
    """Chains for small arrays, of a few samples at a time."""
    monkeypatch.setattr(chains, "WORTH", 1)
    monkeypatch.setattr(chains, "PIECE", 1 << 18)
    monkeypatch.setattr(chains, "PIECES_OF_A_THREAD", 2)
    yield
    set_threads(None)


def residual():
    """Bottlenecks beside a shortcut, as in the benchmarks."""
    inputs = keras.Input((12, 12, 3))
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(inputs)
    for _ in range(2):
        y = layers.Conv2D(16, 1, activation="relu")(x)
        y = layers.Conv2D(16, 3, padding="same", activation="relu")(y)
        y = layers.Conv2D(32, 1)(y)
        x = layers.ReLU()(layers.Add()([x, y]))
    return keras.Model(inputs, layers.Dense(5, activation="softmax")(layers.GlobalAveragePooling2D()(x)))


def pooled():
    """Strides, both poolings, a reshape between."""
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(8, 2, activation="relu"),
            layers.AveragePooling2D(2, strides=1),
            layers.Flatten(),
            layers.Dense(16, activation="relu"),
            layers.Dense(5, activation="softmax"),
        ]
    )


def separable():
    """Depthwise convolutions, and two branches joined."""
    inputs = keras.Input((12, 12, 3))
    x = layers.SeparableConv2D(16, 3, padding="same", activation="relu")(inputs)
    both = [layers.SeparableConv2D(8, 3, padding="same")(x), layers.Conv2D(8, 1, activation="relu")(x)]
    x = layers.Concatenate()(both)
    return keras.Model(inputs, layers.Dense(5, activation="softmax")(layers.Flatten()(layers.MaxPooling2D(3)(x))))


def normalized():
    """Batch normalization needs the whole batch: chains end there."""
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Conv2D(16, 1, activation="relu"),
            layers.Conv2D(16, 1, activation="relu"),
            layers.BatchNormalization(),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Conv2D(8, 1, activation="relu"),
            layers.Conv2D(8, 1, activation="relu"),
            layers.Flatten(),
            layers.Dense(5, activation="softmax"),
        ]
    )


def compiled(build, eager=False, frozen=()):
    keras.utils.set_random_seed(0)
    model = build()
    for index in frozen:
        model.layers[index].trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=eager)
    return model


def trained(model, batch_size=16, epochs=3):
    """(losses, weights) after some epochs."""
    history = model.fit(IMAGES, LABELS, batch_size=batch_size, epochs=epochs, shuffle=False, verbose=0).history
    return history["loss"], model.get_weights()


def plan_of(model):
    """The plan that ran most often."""
    entries = [entry for entry in model._planner.entries.values() if isinstance(entry, Plan)]
    return max(entries, key=lambda plan: plan.replays)


def chains_of(model):
    return plan_of(model).chains


def assert_same(ours, expected):
    for values, others in zip(ours, expected, strict=True):
        for a, b in zip(values, others, strict=True):
            np.testing.assert_allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE)


@compiled_only
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("build", [residual, pooled, separable, normalized])
def test_trains_as_the_tape_does(small_chains, build, count):
    set_threads(count)
    model = compiled(build)
    ours = trained(model)
    assert len(chains_of(model)) > 1
    assert all(chain.samples % chain.size == 0 and chain.size < chain.samples for chain in chains_of(model))
    assert_same(ours, trained(compiled(build, eager=True)))


@compiled_only
def test_batches_that_do_not_come_out_even_are_done_in_a_row_or_in_smaller_pieces(small_chains):
    set_threads(2)
    expected = trained(compiled(residual, eager=True), batch_size=18)  # and a last batch of 12
    model = compiled(residual)
    assert_same(trained(model, batch_size=18), expected)
    assert {chain.size for chain in chains_of(model)} <= {1, 2, 3}


@compiled_only
def test_repeats_bit_for_bit(small_chains):
    set_threads(2)
    first, second = trained(compiled(residual)), trained(compiled(residual))
    for values, others in zip(first, second, strict=True):
        for a, b in zip(values, others, strict=True):
            np.testing.assert_array_equal(a, b)


@compiled_only
def test_weights_that_are_set_between_steps_are_read(small_chains):
    model, other = compiled(residual), compiled(residual, eager=True)
    trained(model, epochs=1)
    start = [RNG.normal(size=w.shape, scale=0.1).astype("float32") for w in model.get_weights()]
    model.set_weights(start)
    held = [v.value for v in model.trainable_variables]  # so that the Variables move to other places
    other.set_weights(start)
    assert_same(trained(model), trained(other))
    for tensor, w in zip(held, start, strict=True):
        np.testing.assert_array_equal(tensor, w)


@compiled_only
def test_frozen_kernels_are_prepared_once(small_chains):
    model = compiled(residual, frozen=(1, 2, 3))
    ours = trained(model)
    assert chains_of(model)
    assert_same(ours, trained(compiled(residual, eager=True, frozen=(1, 2, 3))))


@compiled_only
def test_small_arrays_make_no_chain():
    model = compiled(residual)
    trained(model, epochs=2)
    assert chains_of(model) == []


@compiled_only
def test_large_kernels_end_a_chain(small_chains, monkeypatch):
    monkeypatch.setattr(chains, "WHOLE", 16 * 16 * 9 * 4 - 1)  # a 3×3 kernel does not pass
    model = compiled(residual)
    ours = trained(model)
    plan = plan_of(model)
    touched = {plan.slots[i].shape for chain in plan.chains for i in chain.shared | chain.sums}
    assert (1, 1, 16, 32) in touched
    assert (3, 3, 16, 16) not in touched
    assert_same(ours, trained(compiled(residual, eager=True)))


@pytest.mark.parametrize(
    "op, shapes, output, expected",
    [
        (Relu(), [(8, 3)], (8, 3), [True]),
        (Add(), [(8, 3), (3,)], (8, 3), [True, False]),
        (Add(), [(8, 3), (8, 3)], (8, 3), [True, True]),
        (Add(), [(8, 3), (1, 3)], (8, 3), [True, False]),
        (Add(), [(8,), (3, 8)], (3, 8), [False, True]),
        (Matmul(), [(8, 3), (3, 5)], (8, 5), [True, False]),
        (Matmul(), [(8, 3, 4), (8, 4, 5)], (8, 3, 5), None),
        (Matmul(), [(3,), (3, 5)], (5,), None),
        (Mean(axis=(1, 2)), [(8, 4, 4, 3)], (8, 3), [True]),
        (Mean(axis=0), [(8, 3)], (3,), None),
        (Mean(axis=None), [(8, 3)], (), None),
        (Softmax(-1), [(8, 3)], (8, 3), [True]),
        (Softmax(0), [(8, 3)], (8, 3), None),
        (Concatenate(-1), [(8, 3), (8, 2)], (8, 5), [True, True]),
        (Concatenate(0), [(4, 3), (4, 3)], (8, 3), None),
        (Reshape((8, 12)), [(8, 3, 4)], (8, 12), [True]),
        (Reshape((2, 12)), [(8, 3)], (2, 12), None),
        (Transpose((1, 0)), [(3, 3)], (3, 3), None),
        (MaxPool((2, 2), (2, 2), "valid"), [(8, 4, 4, 3)], (8, 2, 2, 3), [True]),
        (Conv((1, 1), "same", (1, 1)), [(8, 4, 4, 3), (3, 3, 3, 5)], (8, 4, 4, 5), [True, False]),
    ],
)
def test_which_inputs_are_cut_with_the_outputs(op, shapes, output, expected):
    assert cut_inputs(op, shapes, output) == expected


def test_sums_over_pieces():
    parts = RNG.normal(size=(5, 6000)).astype("float32")
    small, large = np.full(3, np.nan, np.float32), np.full(5000, np.nan, np.float32)
    run(add_pieces_jobs(parts, [(16, 3, address_of(small)), (32, 5000, address_of(large))]))
    np.testing.assert_allclose(small, parts[:, 16:19].sum(0), atol=ROUNDING)
    np.testing.assert_allclose(large, parts[:, 32:5032].sum(0), atol=ROUNDING)


def test_scratch_is_shared_under_one_name():
    set_threads(4)
    try:
        with for_one_thread(), shared_scratch():
            first, same, other, longer = scratch(8, "a"), scratch(8, "a"), scratch(8, "b"), scratch(9, "a")
            assert threads() == 1
        assert first is same
        assert first.shape == (1, 8)
        assert len({id(first), id(other), id(longer)}) == 3
        assert scratch(8, "a") is not scratch(8, "a")
        assert scratch(8, "a").shape == (4, 8)
    finally:
        set_threads(None)
