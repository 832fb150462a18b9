"""GPTQ and AWQ without TensorFlow: what they minimise gets smaller, and what a model keeps of them."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, quantizers
from minikeras.models.calibration import samples_of
from minikeras.quantizers.awq import Magnitudes, awq
from minikeras.quantizers.gptq import Hessian, gptq
from minikeras.quantizers.uniform_levels import Levels, restored

RNG = np.random.default_rng(0)
FACTORS = np.exp(RNG.normal(size=40)).astype("float32")  # some inputs are large
X = RNG.normal(size=(300, 40)).astype("float32") @ RNG.normal(size=(40, 40)).astype("float32") * FACTORS
WEIGHTS = RNG.normal(size=(12, 40)).astype("float32")
ROUNDING = 1e-6  # of float32


def output_error(weights):
    return np.square(X @ (weights - WEIGHTS).T).mean()


def rounded(levels):
    scale, zero = levels.of_groups(WEIGHTS)
    group = np.zeros(40, int) if levels.group_size == -1 else np.arange(40) // levels.group_size
    return restored(levels.rounded(WEIGHTS, scale[:, group], zero[:, group]), scale[:, group], zero[:, group])


@pytest.mark.parametrize("group_size", [-1, 20, 15])
@pytest.mark.parametrize("by_activation", [False, True])
def test_gptq_loses_less_of_the_output_than_rounding(group_size, by_activation):
    levels, hessian = Levels(4, group_size), Hessian(40)
    for part in np.split(X, 3):
        hessian.add(part)
    np.testing.assert_allclose(hessian.matrix, 2 / 300 * X.T @ X, rtol=1e-3, atol=1e-2)
    q, scale, zero, group = gptq(WEIGHTS, hessian, levels, by_activation=by_activation)
    positions = group.astype(int)
    assert output_error(restored(q, scale[:, positions], zero[:, positions])) < 0.9 * output_error(rounded(levels))


def test_gptq_without_inputs_is_rounding():
    q, scale, zero, _ = gptq(WEIGHTS, Hessian(40), Levels(4))
    np.testing.assert_allclose(restored(q, scale, zero), rounded(Levels(4)), atol=ROUNDING)


@pytest.mark.parametrize("group_size", [-1, 20])
def test_awq_loses_less_of_the_output_than_rounding(group_size):
    magnitudes = Magnitudes(40)
    magnitudes.add(X)
    q, scale, zero, group, factors = awq(WEIGHTS, magnitudes, group_size)
    positions = group.astype(int)
    found = restored(q, scale[:, positions], zero[:, positions]) / factors
    assert output_error(found) < 0.8 * output_error(rounded(Levels(4, group_size)))
    assert factors.max() * factors.min() == pytest.approx(1, rel=1e-5)


def test_groups_that_cross_a_block_have_one_scale():
    """In Keras their scale is found twice, which fails."""
    hessian = Hessian(300)
    hessian.add(RNG.normal(size=(400, 300)))
    weights = RNG.normal(size=(3, 300)).astype("float32")
    for size in (100, -1):
        levels = Levels(8, size)
        q, scale, zero, group = gptq(weights, hessian, levels)
        assert scale.shape == zero.shape == (3, levels.groups(300))
        positions = group.astype(int)
        np.testing.assert_allclose(restored(q, scale[:, positions], zero[:, positions]), weights, atol=0.1)


def model_of(blocks):
    table = layers.Embedding(9, 16)
    model = keras.Sequential([keras.Input((4,), dtype="int32"), table, *blocks])
    return model, {"pre_block_layers": [table], "sequential_blocks": blocks}


@pytest.mark.parametrize("mode", ["gptq", "awq"])
def test_predictions_run_compiled_and_survive_a_file(mode, tmp_path):
    keras.utils.set_random_seed(0)
    model, structure = model_of([layers.Dense(12, activation="relu"), layers.Dense(3)])
    kind = {"gptq": quantizers.GPTQConfig, "awq": quantizers.AWQConfig}[mode]
    tokens, form = [np.arange(30) % 9], {"num_samples": 4, "sequence_length": 4, "group_size": 8}
    config = kind(tokens, str, quantization_layer_structure=structure, **form)
    model.quantize(config=config, filters="dense")
    x = np.arange(8).reshape(2, 4)
    expected = np.asarray(model(x))
    for _ in range(3):
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=ROUNDING)
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "model.keras")(x), expected, atol=ROUNDING)
    with pytest.raises(NotImplementedError, match="low-rank"):
        model.layers[1].enable_lora(2)


def test_a_layer_outside_of_the_blocks_is_named_when_it_is_saved(tmp_path):
    outside = layers.Dense(3, name="outside")
    model, structure = model_of([layers.Dense(12), outside])
    structure["sequential_blocks"] = structure["sequential_blocks"][:1]
    config = quantizers.AWQConfig(
        [np.arange(9)], str, num_samples=2, sequence_length=4, quantization_layer_structure=structure
    )
    model.quantize("awq", config=config, filters="dense|outside")
    with pytest.warns(UserWarning, match="'outside'.*not calibrated"):
        model.save(tmp_path / "model.keras")


def test_samples_are_windows_of_all_the_tokens():
    found = samples_of(None, 5, [np.arange(4), np.arange(4, 9)], 3)
    assert found.shape == (3, 1, 5)
    assert {tuple(row - row[0]) for row in found[:, 0]} <= {tuple((np.arange(5) + k) % 9 - k) for k in range(9)}
