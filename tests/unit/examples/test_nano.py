"""examples/internals/nano.py: one file, no minikeras in it, and right: gradients, random numbers, a whole training."""

import ast
import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

import minikeras
from minikeras import layers
from minikeras.kernels.random.permutation import shuffle_permutation

ROOT = Path(__file__).parents[3]
PATH = ROOT / "examples" / "internals" / "nano.py"
MAX_LINES = 400
FINITE_STEP = 1e-2  # differences in float32 with steps of 1e-2: 1e-5 by rounding, 1e-3 by curvature
ROUNDING = 1e-5  # of a loss: two orders of summation in float32, over some steps


def load_nano():
    """The module of the example, new."""
    spec = importlib.util.spec_from_file_location("nano", PATH)
    nano = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(nano)
    return nano


@pytest.fixture(name="nano")
def fixture_nano():
    return load_nano()


def test_it_is_one_page_of_numpy():
    text = PATH.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {getattr(node, "module", None) or node.names[0].name for node in imports}
    assert names == {"random", "pathlib", "numpy"}


def test_it_names_files_that_exist():
    names = re.findall(r"minikeras/[\w/]+(?:\.py|/)", PATH.read_text(encoding="utf-8"))
    assert len(set(names)) > 20
    assert not [name for name in names if not (ROOT / name).exists()]


def test_there_are_ten_ops(nano):
    text = PATH.read_text(encoding="utf-8")
    assert text.count("\n@op\n") == 10


def programs(nano):
    rng = np.random.default_rng(0)

    def random_array(*shape):
        return nano.Tensor(rng.normal(size=shape))

    labels = np.array([2, 0, 1])
    return {
        "add": (nano.add, [random_array(3, 4), random_array(4)]),
        "multiply": (nano.multiply, [random_array(3, 4), random_array(3, 1)]),
        "matmul": (nano.matmul, [random_array(3, 4), random_array(4, 2)]),
        "relu": (nano.relu, [random_array(3, 4)]),
        "reshape": (lambda x: nano.reshape(x, (2, 6)), [random_array(3, 4)]),
        "mean": (nano.mean, [random_array(3, 4)]),
        "softmax": (nano.softmax, [random_array(3, 4)]),
        "sparse_crossentropy": (lambda x: nano.sparse_crossentropy(x, labels), [random_array(3, 4)]),
        "convolution": (nano.convolution, [random_array(2, 4, 5, 2), random_array(3, 2, 2, 3)]),
        "max_pool": (nano.max_pool, [random_array(2, 4, 6, 2)]),
    }


def test_gradients_are_differences(nano):
    for name, (op, inputs) in programs(nano).items():
        with nano.Tape() as tape:
            y = op(*inputs)
            weight = nano.Tensor(np.random.default_rng(1).normal(size=y.array.shape))
            total = nano.mean(nano.multiply(y, weight))
        for x, dx in zip(inputs, tape.gradient(total, inputs), strict=True):
            direction = np.random.default_rng(2).normal(size=x.array.shape).astype("float32")
            expected = directional_difference(op, inputs, x, direction, weight.array)
            error = abs(np.sum(dx * direction) - expected)
            assert error <= FINITE_STEP * (1 + abs(expected)), f"{name}: {error}"


def directional_difference(op, inputs, x, direction, weight, step=1e-2):
    """The central difference of mean(op(inputs) · weight), as x moves along `direction`."""
    start, values = x.array, []
    for sign in (1, -1):
        x.array = start + np.float32(sign * step) * direction
        values.append(np.mean(op(*inputs).array.astype("float64") * weight))
    x.array = start
    return (values[0] - values[1]) / (2 * step)


def test_an_input_used_twice_gets_both_gradients(nano):
    x = nano.Tensor([1.0, -2.0])
    with nano.Tape() as tape:
        y = nano.mean(x * x + x)
    np.testing.assert_allclose(tape.gradient(y, [x])[0], [1.5, -1.5])


def test_random_numbers_are_those_of_minikeras(nano):
    for shape in ((3, 3, 1, 24), (7, 5)):
        ours = minikeras.initializers.GlorotUniform(seed=12345)(shape)
        np.testing.assert_array_equal(nano.glorot_uniform(shape, 12345), np.asarray(ours))
    np.testing.assert_array_equal(nano.shuffled(101, 42), shuffle_permutation(42, 101))


def keras_model():
    """The network of `nano.build_model` in Keras's words."""
    return minikeras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(24, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(48, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def test_it_trains_as_minikeras_does(nano, capsys):
    (x, y), (x_test, y_test) = nano.load_digits(training_samples=200)
    minikeras.utils.set_random_seed(7)
    model = keras_model()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=True)
    expected = model.fit(x, y, epochs=2, verbose=0).history
    nano.set_random_seed(7)
    network = nano.build_model()
    history = network.fit(x, y, epochs=2)
    assert "epoch 2/2 - loss: " in capsys.readouterr().out
    assert history["loss"][1] < history["loss"][0]
    np.testing.assert_allclose(history["loss"], expected["loss"], atol=ROUNDING)
    np.testing.assert_allclose(history["accuracy"][0], expected["accuracy"][0], atol=1 / 200 + ROUNDING)
    loss, _ = network.evaluate(x_test[:50], y_test[:50])
    np.testing.assert_allclose(loss, model.evaluate(x_test[:50], y_test[:50], verbose=0)[0], atol=10 * ROUNDING)
    assert network.predict(x_test[:3]).shape == (3, 10)
