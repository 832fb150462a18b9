"""Models of bfloat16 and float16 run as plans, with the results of the tape."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from tests.unit.plans.training.mode import Mode

pytest.importorskip("ml_dtypes")

RNG = np.random.default_rng(0)
X, SEQUENCES = RNG.normal(size=(24, 6)).astype("float32"), RNG.normal(size=(24, 5, 4)).astype("float32")
IMAGES, TOKENS = RNG.normal(size=(24, 6, 6, 3)).astype("float32"), RNG.integers(0, 9, (24, 5))
Y = np.arange(24) % 3


def dense():
    return [keras.Input((6,)), layers.Dense(8, "gelu"), layers.LayerNormalization(), layers.Dropout(0.2, seed=1)]


def convolution():
    pooled = [layers.BatchNormalization(), layers.MaxPooling2D(), layers.GlobalAveragePooling2D()]
    return [keras.Input((6, 6, 3)), layers.Conv2D(4, 3, activation="relu", padding="same"), *pooled]


def recurrent():
    return [keras.Input((5, 4)), layers.LSTM(4, return_sequences=True), layers.GRU(4)]


def embedded():
    return [keras.Input((5,), dtype="int32"), layers.Embedding(9, 4), layers.Conv1D(4, 3), layers.Flatten()]


NETWORKS = {"dense": (dense, X), "convolution": (convolution, IMAGES), "recurrent": (recurrent, SEQUENCES),
            "embedded": (embedded, TOKENS)}  # fmt: skip
# One rounding of an activation, carried through twelve steps. In bfloat16 both sides round at the same positions; NumPy
# rounds float16 after each function inside an op.
TOLERANCES = {"mixed_bfloat16": 2e-3, "bfloat16": 1e-2, "mixed_float16": 4e-3}


def trained(name, policy, mode):
    """Losses, weights and predictions after two epochs."""
    make, x = NETWORKS[name]
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(policy)
    try:
        model = mode.compile(keras.Sequential([*make(), layers.Dense(3)]), "sgd", keras.losses.MeanSquaredError())
    finally:
        keras.config.set_dtype_policy("float32")
    history = model.fit(x, np.eye(3)[Y], batch_size=8, epochs=4, shuffle=False, verbose=0).history
    predictions = [model.predict(x, batch_size=8, verbose=0) for _ in range(2)]
    return [history["loss"], *model.get_weights(), *predictions]


@pytest.mark.one_in(12)
@pytest.mark.parametrize("policy", TOLERANCES)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_plan_computes_what_the_tape_does(name, policy):
    mode = Mode("compiled")
    for actual, expected in zip(trained(name, policy, mode), trained(name, policy, Mode("eager")), strict=True):
        actual, expected = np.asarray(actual), np.asarray(expected)
        assert actual.dtype == expected.dtype
        np.testing.assert_allclose(actual.astype("f"), expected.astype("f"), rtol=0, atol=TOLERANCES[policy])
    assert mode.replays() > 0


@pytest.mark.full
def test_plans_of_numpy_round_as_the_tape():
    mode = Mode("numpy")
    for actual, expected in zip(
        trained("dense", "bfloat16", mode), trained("dense", "bfloat16", Mode("eager")), strict=True
    ):
        np.testing.assert_allclose(
            np.asarray(actual, "f"), np.asarray(expected, "f"), rtol=0, atol=TOLERANCES["bfloat16"]
        )
    assert mode.replays() > 0


def test_products_and_masks_run_compiled():
    mode = Mode("compiled")
    trained("dense", "mixed_bfloat16", mode)
    plan = max(mode.plans(), key=lambda plan: plan.replays)
    compiled = {plan.instructions[position].title for position in plan.lowered}
    assert {"dense", "gradient of dense", "RoundedToBfloat16", "draw_mask"} <= compiled
