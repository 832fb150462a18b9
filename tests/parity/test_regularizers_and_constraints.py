"""Regularizers and constraints compute what tf.keras's do, and have its configs."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

import minikeras  # noqa: E402
from minikeras.autodiff import Tensor  # noqa: E402
from tests.parity.comparing import SAME_OPERATIONS, assert_close  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

REGULARIZERS = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]
CONSTRAINTS = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.7, "axis": -1}),
    ("MaxNorm", {"max_value": 0.7, "axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": 1}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 2.0, "max_value": 3.0, "rate": 0.3, "axis": 1}),
]


@pytest.mark.parametrize(
    "name, options, dtype",
    [
        (*row, dtype)
        for row in REGULARIZERS
        for dtype in ("float32", "float64")
        if (row[0], dtype) != ("OrthogonalRegularizer", "float64")  # Keras fails: its factor is a float32 tensor
    ],
    ids=str,
)
def test_regularizers(name, options, dtype):
    ours, theirs = [getattr(library.regularizers, name)(**options) for library in (minikeras, keras)]
    x = np.random.default_rng(0).normal(size=(6, 4)).astype(dtype)
    tensor, keras_tensor = Tensor(x), tf.constant(x)
    with minikeras.GradientTape() as tape, tf.GradientTape() as keras_tape:
        tape.watch(tensor)
        keras_tape.watch(keras_tensor)
        penalty, keras_penalty = ours(tensor), theirs(keras_tensor)
    assert_close("regularizers", penalty.numpy(), keras_penalty.numpy(), SAME_OPERATIONS, name)
    gradient, keras_gradient = tape.gradient(penalty, tensor), keras_tape.gradient(keras_penalty, keras_tensor)
    assert (gradient is None) == (keras_gradient is None)
    if gradient is not None:
        assert_close("regularizers", gradient.numpy(), keras_gradient.numpy(), SAME_OPERATIONS, name)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("name, options", CONSTRAINTS, ids=str)
def test_constraints(name, options, dtype):
    ours, theirs = [getattr(library.constraints, name)(**options) for library in (minikeras, keras)]
    w = np.random.default_rng(0).normal(size=(6, 4)).astype(dtype)
    allowed = 8 * np.finfo(dtype).eps
    assert_close("constraints", np.asarray(ours(w)), theirs(w).numpy(), allowed, name)


@pytest.mark.parametrize(
    "namespace, name, options",
    [*(("regularizers", *row) for row in REGULARIZERS), *(("constraints", *row) for row in CONSTRAINTS)],
    ids=str,
)
def test_configs_of_regularizers_and_constraints(namespace, name, options):
    ours, theirs = getattr(minikeras, namespace), getattr(keras, namespace)
    config = theirs.serialize(getattr(theirs, name)(**options))
    assert ours.serialize(getattr(ours, name)(**options)) == config
    assert ours.deserialize(config).get_config() == config["config"]
    assert ours.get(config).get_config() == config["config"]
    default = getattr(theirs, name)().get_config()
    for identifier in (name, minikeras.base.naming.to_snake_case(name)):
        assert ours.get(identifier).get_config() == theirs.get(identifier).get_config() == default
