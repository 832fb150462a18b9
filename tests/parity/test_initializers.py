"""Every initializer gives tf.keras's weights for a seed, and has its config."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

import minikeras.initializers  # noqa: E402
from minikeras.kernels.window_functions import window_names  # noqa: E402
from minikeras.random.global_seed import set_random_seed  # noqa: E402
from tests.parity.comparing import assert_close  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

SHAPES = [(), (7,), (30, 20), (20, 30), (3, 3, 4, 8), (0, 5)]
DTYPES = ["float32", "float64", "float16"]

# Two QR decompositions (LAPACK here, Eigen there) of the same numbers, in the precision of the dtype; for float16
# TensorFlow rounds every one of 25 or more steps to 11 bits, minikeras only the result.
QR_TOLERANCE = {"float32": 5e-6, "float64": 1e-14, "float16": 6e-3}
# cos and sin in the precision of the dtype, of two libraries: two roundings, relative to the largest weight.
STFT_TOLERANCE = {"float32": 3e-7, "float64": 1e-15, "float16": 2e-3}

DRAWN = {
    "RandomNormal": [{}, {"mean": 1.0, "stddev": 2.0}],
    "TruncatedNormal": [{}, {"mean": -1.0, "stddev": 2.0}],
    "RandomUniform": [{}, {"minval": 0.0, "maxval": 3.0}],
    "VarianceScaling": [
        {},
        *[
            {"scale": 2.0, "mode": mode, "distribution": distribution}
            for mode in ("fan_in", "fan_out", "fan_avg")
            for distribution in ("uniform", "truncated_normal", "untruncated_normal", "normal")
        ],
    ],
    "GlorotNormal": [{}],
    "GlorotUniform": [{}],
    "HeNormal": [{}],
    "HeUniform": [{}],
    "LecunNormal": [{}],
    "LecunUniform": [{}],
}
FIXED = {
    "Zeros": [{}],
    "Ones": [{}],
    "Constant": [{}, {"value": -2.5}, {"value": np.arange(5.0)}],
}
DRAWN_ROWS = [(name, arguments) for name, rows in DRAWN.items() for arguments in rows]
FIXED_ROWS = [(name, arguments) for name, rows in FIXED.items() for arguments in rows]
CONFIG_ROWS = [
    *DRAWN_ROWS,
    *FIXED_ROWS,
    ("Orthogonal", {"gain": 2.0}),
    ("Identity", {}),
    ("STFT", {"side": "imag", "window": None}),
    ("GlorotUniform", {"input_axes": [0, 1], "output_axes": [2]}),
]


def both(name, arguments):
    return [getattr(library.initializers, name)(**arguments) for library in (minikeras, keras)]


def assert_same(ours, theirs, tolerance=0, group="initializers"):
    assert np.asarray(ours).dtype == np.asarray(theirs).dtype
    assert_close(group, ours, theirs, tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name, arguments", DRAWN_ROWS, ids=str)
def test_drawn_weights(name, arguments, dtype):
    ours, theirs = both(name, {**arguments, "seed": 1337})
    for shape in SHAPES:
        assert_same(ours(shape, dtype), theirs(shape, dtype))


@pytest.mark.parametrize("name", DRAWN)
def test_weights_that_go_on_with_a_generator(name):
    ours, theirs = [
        getattr(library.initializers, name)(seed=library.random.SeedGenerator(5)) for library in (minikeras, keras)
    ]
    for _ in range(3):
        assert_same(ours((4, 5)), theirs((4, 5)))


def test_unseeded_weights_after_set_random_seed():
    weights = []
    for library, seed in ((keras, keras.utils.set_random_seed), (minikeras, set_random_seed)):
        seed(42)
        weights.append([getattr(library.initializers, name)()((4, 5)) for name in DRAWN])
    tf.random.set_seed(None)
    for theirs, ours in zip(*weights, strict=True):
        assert_same(ours, theirs)


@pytest.mark.parametrize("axes", [{"input_axes": [0, 1], "output_axes": [2]}, {"input_axes": [2], "output_axes": [0]}])
def test_fans_of_given_axes(axes):
    ours, theirs = both("GlorotUniform", {**axes, "seed": 1})
    assert_same(ours((4, 5, 6)), theirs((4, 5, 6)))


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_uniform_integers(dtype):
    ours, theirs = both("RandomUniform", {"minval": -2.5, "maxval": 9.9, "seed": 1})
    assert_same(ours((50,), dtype), theirs((50,), dtype))


@pytest.mark.parametrize("dtype", [*DTYPES, "int32"])
@pytest.mark.parametrize("name, arguments", FIXED_ROWS, ids=str)
def test_fixed_weights(name, arguments, dtype):
    ours, theirs = both(name, arguments)
    for shape in [(5,), (2, 5)]:
        assert_same(ours(shape, dtype), theirs(shape, dtype))


@pytest.mark.parametrize("dtype", [*DTYPES, "int32"])
def test_identity(dtype):
    ours, theirs = both("Identity", {"gain": 3})
    for shape in [(3, 3), (2, 4), (4, 2), (0, 2)]:
        assert_same(ours(shape, dtype), theirs(shape, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(30, 20), (20, 30), (25, 25), (3, 3, 4, 8), (2, 100), (1, 1), (0, 4)], ids=str)
def test_orthogonal(shape, dtype):
    ours, theirs = both("Orthogonal", {"gain": 1.5, "seed": 3})
    assert_same(ours(shape, dtype), theirs(shape, dtype), QR_TOLERANCE[dtype], "initializers: Orthogonal")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("side", ["real", "imag"])
@pytest.mark.parametrize("scaling", ["density", "spectrum", None])
def test_stft(scaling, side, dtype):
    pytest.importorskip("scipy", reason="Keras takes its windows from SciPy")
    window = np.linspace(0.5, 1, 33)
    for arguments in ({"window": "hamming"}, {"window": None}, {"window": window}, {"periodic": True}):
        ours, theirs = both("STFT", {"side": side, "scaling": scaling, **arguments})
        assert_same(ours((33, 1, 17), dtype), theirs((33, 1, 17), dtype), STFT_TOLERANCE[dtype], "initializers: STFT")


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("window", window_names())
def test_stft_windows(window, periodic):
    pytest.importorskip("scipy", reason="Keras takes its windows from SciPy")
    for length in (1, 2, 3, 16, 33):
        ours, theirs = both("STFT", {"window": window, "periodic": periodic, "scaling": None})
        assert_same(
            ours((length, 1, 3), "float64"),
            theirs((length, 1, 3), "float64"),
            STFT_TOLERANCE["float64"],
            "initializers: STFT",
        )


@pytest.mark.parametrize("name, arguments", CONFIG_ROWS, ids=str)
def test_configs(name, arguments):
    ours, theirs = both(name, arguments)
    assert ours.get_config() == theirs.get_config()
    assert minikeras.initializers.serialize(ours) == keras.initializers.serialize(theirs)
    copy = minikeras.initializers.deserialize(keras.initializers.serialize(theirs))
    assert copy.get_config() == ours.get_config()


def test_config_of_a_seed_generator():
    ours, theirs = [
        library.initializers.HeNormal(seed=library.random.SeedGenerator(5, name="mine"))
        for library in (minikeras, keras)
    ]
    assert minikeras.initializers.serialize(ours) == keras.initializers.serialize(theirs)


NAMES = ["glorot_uniform", "GlorotUniform", "normal", "uniform", "zero", "one", "zeros", "he_normal", "lecun_uniform"]
NAMES += ["orthogonal", "OrthogonalInitializer", "identity", "IdentityInitializer", "stft", "STFT", "STFTInitializer"]
NAMES += ["truncated_normal", "variance_scaling", "random_normal", "random_uniform"]


@pytest.mark.parametrize("name", NAMES)
def test_names(name):
    assert type(minikeras.initializers.get(name)).__name__ == type(keras.initializers.get(name)).__name__
