"""Initializers: the values they promise, their configs, and how they are looked up."""

import random as python_random

import numpy as np
import pytest

from minikeras import initializers, random
from minikeras.autodiff import Tensor
from minikeras.initializers.variance_scaling import compute_fans
from minikeras.kernels.window_functions import window_names, window_values
from minikeras.serialization import CustomObjectScope

RANDOM = [
    initializers.RandomNormal,
    initializers.RandomUniform,
    initializers.TruncatedNormal,
    initializers.VarianceScaling,
    initializers.GlorotNormal,
    initializers.GlorotUniform,
    initializers.HeNormal,
    initializers.HeUniform,
    initializers.LecunNormal,
    initializers.LecunUniform,
    initializers.Orthogonal,
]
ALL = [*RANDOM, initializers.Zeros, initializers.Ones, initializers.Constant, initializers.Identity, initializers.STFT]
SHAPES = {initializers.STFT: (8, 1, 5), initializers.Identity: (5, 3)}

# 60000 weights: the standard error of their standard deviation is 0.3 %.
DEVIATION_TOLERANCE = 0.015
# float32 rounding in a QR decomposition of 40 columns.
ORTHOGONAL_TOLERANCE = 2e-6


@pytest.mark.parametrize("cls", ALL)
def test_shape_and_dtype(cls):
    shape = SHAPES.get(cls, (6, 4))
    for dtype in ("float32", "float64", "float16"):
        weights = cls()(shape, dtype=dtype)
        assert isinstance(weights, Tensor)
        assert (weights.shape, weights.dtype) == (shape, dtype)
    assert cls()(shape).dtype == "float32"
    assert cls()(list(shape)).shape == shape


@pytest.mark.parametrize("cls", ALL)
def test_round_trip(cls):
    original = cls(**({"seed": 3} if cls in RANDOM else {}))
    shape = SHAPES.get(cls, (6, 4))
    for copy in (
        cls.from_config(original.get_config()),
        initializers.deserialize(initializers.serialize(original)),
        original.clone(),
    ):
        assert type(copy) is cls
        assert copy.get_config() == original.get_config()
        np.testing.assert_array_equal(copy(shape).numpy(), original(shape).numpy())


@pytest.mark.parametrize("cls", RANDOM)
def test_seeds(cls):
    fixed = cls(seed=7)
    np.testing.assert_array_equal(fixed((4, 5)).numpy(), fixed((4, 5)).numpy())
    unseeded = cls()
    np.testing.assert_array_equal(unseeded((4, 5)).numpy(), unseeded((4, 5)).numpy())
    assert unseeded.get_config()["seed"] is None
    assert (cls()((4, 5)).numpy() != unseeded((4, 5)).numpy()).any()
    going_on = cls(seed=random.SeedGenerator(7))
    first = going_on((4, 5)).numpy()
    np.testing.assert_array_equal(first, fixed((4, 5)).numpy())
    assert (going_on((4, 5)).numpy() != first).any()


@pytest.mark.parametrize("cls", RANDOM)
def test_a_missing_seed_comes_from_pythons_random(cls):
    python_random.seed(5)
    expected = python_random.randint(1, int(1e9))
    python_random.seed(5)
    assert cls().seed == expected


def test_a_seed_generator_survives_its_config():
    original = initializers.RandomNormal(seed=random.SeedGenerator(7))
    copy = initializers.deserialize(initializers.serialize(original))
    np.testing.assert_array_equal(copy((3,)).numpy(), original((3,)).numpy())
    np.testing.assert_array_equal(copy((3,)).numpy(), original((3,)).numpy())


VARIANCES = {  # (200, 300) matrices: fan_in 200, fan_out 300
    "glorot_uniform": 2 / 500,
    "glorot_normal": 2 / 500,
    "he_uniform": 2 / 200,
    "he_normal": 2 / 200,
    "lecun_uniform": 1 / 200,
    "lecun_normal": 1 / 200,
}


@pytest.mark.parametrize("name", VARIANCES)
def test_named_cases_have_their_variance(name):
    weights = initializers.get(name)((200, 300)).numpy()
    assert weights.std() == pytest.approx(VARIANCES[name] ** 0.5, rel=DEVIATION_TOLERANCE)
    bound = 3**0.5 if "uniform" in name else 2 / 0.8796
    assert np.abs(weights).max() < bound * VARIANCES[name] ** 0.5 * 1.001


@pytest.mark.parametrize("distribution", ["uniform", "truncated_normal", "untruncated_normal"])
@pytest.mark.parametrize("mode, n", [("fan_in", 200), ("fan_out", 300), ("fan_avg", 250)])
def test_variance_scaling_has_variance_scale_over_n(mode, n, distribution):
    weights = initializers.VarianceScaling(5.0, mode, distribution, seed=1)((200, 300)).numpy()
    assert weights.std() == pytest.approx((5 / n) ** 0.5, rel=DEVIATION_TOLERANCE)


def test_fans():
    assert compute_fans(()) == (1, 1)
    assert compute_fans((7,)) == (7, 7)
    assert compute_fans((7, 3)) == (7, 3)
    assert compute_fans((5, 5, 7, 3)) == (175, 75)
    assert compute_fans((4, 5, 6), input_axes=(0, 1), output_axes=(2,)) == (20, 6)
    assert compute_fans((4, 5, 6), input_axes=(0,)) == (20, 24)


@pytest.mark.parametrize("shape", [(40, 40), (60, 40), (40, 60), (3, 3, 5, 30), (3, 3, 5, 60)])
def test_orthogonal_columns_or_rows(shape):
    weights = initializers.Orthogonal(gain=2.0, seed=1)(shape).numpy().reshape(-1, shape[-1]) / 2
    product = weights.T @ weights if weights.shape[0] >= weights.shape[1] else weights @ weights.T
    np.testing.assert_allclose(product, np.eye(len(product)), atol=ORTHOGONAL_TOLERANCE)


def test_simple_values():
    np.testing.assert_array_equal(initializers.Constant(2.5)((2, 3)).numpy(), np.full((2, 3), 2.5))
    np.testing.assert_array_equal(initializers.Constant(np.array([1.0, 2.0]))((2, 2)).numpy(), [[1, 2], [1, 2]])
    assert initializers.Constant(2.7)((2,), "int32").numpy().tolist() == [2, 2]
    assert initializers.Zeros()((2,), "bool").numpy().tolist() == [False, False]
    assert initializers.Ones()((), "int32").numpy() == 1
    np.testing.assert_array_equal(initializers.Identity(3.0)((2, 3)).numpy(), [[3, 0, 0], [0, 3, 0]])
    assert initializers.Identity.from_config(initializers.Identity(3.0).get_config()).gain == 3.0
    assert set(initializers.RandomUniform(0, 5, seed=1)((100,), "int32").numpy()) == {0, 1, 2, 3, 4}


def test_stft_kernels_compute_a_spectrum():
    length = 16
    signal = np.random.default_rng(0).normal(size=length)
    parts = [
        initializers.STFT(side, "hann", None, True)((length, 1, length // 2 + 1), "float64")
        for side in ("real", "imag")
    ]
    real, imaginary = (np.tensordot(signal, part.numpy()[:, 0], 1) for part in parts)
    expected = np.fft.rfft(signal * window_values("hann", length, periodic=True))
    np.testing.assert_allclose(real + 1j * imaginary, expected, atol=1e-12)


@pytest.mark.parametrize("name", window_names())
def test_windows_are_symmetric_and_at_most_one(name):
    for length in (0, 1, 2, 7, 8):
        values = window_values(name, length)
        assert values.shape == (length,)
        np.testing.assert_allclose(values, values[::-1], atol=1e-15)
        assert length == 0 or values.max() <= 1 + 1e-8  # flattop's coefficients add up to 1 + 3e-9


@pytest.mark.parametrize("name", window_names())
def test_a_periodic_window_is_one_that_is_longer_without_its_last_value(name):
    for length in (2, 7, 8):
        np.testing.assert_array_equal(window_values(name, length, periodic=True), window_values(name, length + 1)[:-1])


def test_get():
    assert initializers.get(None) is None
    assert type(initializers.get("glorot_uniform")) is initializers.GlorotUniform
    assert initializers.get("GlorotUniform").seed != initializers.get("GlorotUniform").seed
    assert type(initializers.get("normal")) is initializers.RandomNormal
    assert type(initializers.get(initializers.Zeros)) is initializers.Zeros
    assert initializers.get({"class_name": "he_normal", "config": {"seed": 3}}).seed == 3
    same = initializers.HeNormal(seed=1)
    assert initializers.get(same) is same
    values = np.arange(6.0).reshape(2, 3)
    for identifier in (values, Tensor(values)):
        result = initializers.get(identifier)((2, 3), "float32")
        assert result.dtype == "float32"
        np.testing.assert_array_equal(result.numpy(), values)

    class Halves(initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return np.full(shape, 0.5, dtype)

    with CustomObjectScope({"Halves": Halves}):
        assert type(initializers.get("Halves")) is Halves


ERRORS = {
    "name": (lambda: initializers.get("glorot_unifrm"), "Did you mean 'glorot_uniform'"),
    "identifier": (lambda: initializers.get(5), "Could not interpret initializer identifier: 5"),
    "shape of values": (lambda: initializers.get(np.ones(3))((4,)), "Expected `shape`"),
    "seed": (lambda: initializers.RandomNormal(seed="a"), "SeedGenerator"),
    "scale": (lambda: initializers.VarianceScaling(scale=0), "positive float"),
    "mode": (lambda: initializers.VarianceScaling(mode="fan"), "fan_avg"),
    "distribution": (lambda: initializers.VarianceScaling(distribution="gamma"), "untruncated_normal"),
    "identity of three axes": (lambda: initializers.Identity()((2, 2, 2)), "2D matrices"),
    "fractional identity": (lambda: initializers.Identity(0.5)((2, 2), "int32"), "gain of 0.5"),
    "orthogonal vector": (lambda: initializers.Orthogonal()((3,)), "at least two-dimensional"),
    "side": (lambda: initializers.STFT(side="left"), "'real' or 'imag'"),
    "scaling": (lambda: initializers.STFT(scaling="x"), "'density'"),
    "window": (lambda: initializers.STFT(window="haming"), "Did you mean 'hamming'"),
    "window length": (lambda: initializers.STFT(window=[1.0, 2.0])((3, 1, 2)), "one value per time step"),
    "stft shape": (lambda: initializers.STFT()((3, 2)), r"\(time, 1, frequencies\)"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_wrong_arguments_are_explained(name):
    call, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        call()


def test_a_base_initializer_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="__call__"):
        initializers.Initializer()((2,))
