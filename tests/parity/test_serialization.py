"""serialize_keras_object writes what tf.keras writes, and each side reads the other's."""

import collections
from copy import deepcopy

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402

import minikeras  # noqa: E402

pytestmark = [
    # tf.keras's own variables do not know NumPy 2's `copy` argument.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:(The object being serialized includes|There is) a `lambda`"),
]

THINGS = {
    "None": lambda k: None,
    "NumPy numbers": lambda k: [np.float32(0.5), np.int64(3)],
    "nests": lambda k: {"a": (1, [2]), "b": collections.OrderedDict(c=1)},
    "array": lambda k: np.ones((2, 2), "float32"),
    "bytes": lambda k: b"ab",
    "slice and ellipsis": lambda k: [slice(1, None, 2), ...],
    "tensor": lambda k: k.ops.ones((2,)),
    "symbolic tensor": lambda k: k.KerasTensor((None, 3)),
    "Variable": lambda k: k.Variable(1.0, name="v"),
    "function": lambda k: test_both_write_the_same,
    "builtin": lambda k: len,
    "class": lambda k: collections.OrderedDict,
    "activation": lambda k: k.activations.relu,
    "loss function": lambda k: k.losses.mean_squared_error,
    "op": lambda k: k.ops.relu,
    "method": lambda k: k.layers.Dense(1, name="a").call,
    "lambda": lambda k: lambda_with_defaults,
    "layer": lambda k: k.layers.Dense(1, activation="relu", kernel_regularizer="l2", name="a"),
    "layer with a lambda": lambda k: k.layers.Lambda(lambda_with_defaults, output_shape=(1,), name="l"),
    "optimizer": lambda k: k.optimizers.Adam(k.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)),
    "loss": lambda k: k.losses.CategoricalCrossentropy(label_smoothing=0.1),
    "metric": lambda k: k.metrics.AUC(name="auc"),
    "metric of a function": lambda k: k.metrics.MeanMetricWrapper(plain, name="w"),
    "initializer": lambda k: k.initializers.HeNormal(3),
    "policy": lambda k: k.DTypePolicy("mixed_float16"),
    "seed generator": lambda k: k.random.SeedGenerator(3, name="s"),
}
REFUSED = {"set": {1}, "complex": 1j, "object": object()}


def plain(y_true, y_pred):
    return y_pred


lambda_with_defaults = lambda x, factor=2: x * factor  # noqa: E731


def without_ids(config):
    """A config without the numbers by which Keras marks objects that occur twice."""
    if isinstance(config, dict):
        return {key: without_ids(value) for key, value in config.items() if key != "shared_object_id"}
    return [without_ids(item) for item in config] if isinstance(config, (list, tuple)) else config


@pytest.mark.parametrize("name", THINGS)
def test_both_write_the_same(name):
    ours, theirs = (without_ids(k.saving.serialize_keras_object(THINGS[name](k))) for k in (minikeras, keras))
    assert ours == theirs


@pytest.mark.parametrize("name", REFUSED)
def test_both_refuse(name):
    for backend in (minikeras, keras):
        with pytest.raises(TypeError):
            backend.saving.serialize_keras_object(REFUSED[name])


@pytest.mark.parametrize("reader, writer", [(minikeras, keras), (keras, minikeras)])
@pytest.mark.parametrize(
    "name", ["layer", "optimizer", "loss", "metric", "metric of a function", "initializer", "policy"]
)
def test_each_reads_the_others(reader, writer, name):
    config = writer.saving.serialize_keras_object(THINGS[name](writer))
    back = reader.saving.deserialize_keras_object(deepcopy(config), custom_objects={"plain": plain})
    assert without_ids(reader.saving.serialize_keras_object(back)) == without_ids(config)


@pytest.mark.parametrize("reader, writer", [(minikeras, keras), (keras, minikeras)])
def test_each_reads_the_others_lambdas(reader, writer):
    for make in (lambda k: lambda_with_defaults, THINGS["layer with a lambda"]):
        config = writer.saving.serialize_keras_object(make(writer))
        back = reader.saving.deserialize_keras_object(config, safe_mode=False)
        assert float(back(np.float32([1.5]))[0]) == 3


def test_registered_names():
    def names(backend):
        @backend.saving.register_keras_serializable("Parity", name="twice")
        def double(x):
            return x * 2

        config = backend.saving.serialize_keras_object(double)
        assert backend.saving.deserialize_keras_object(config) is double
        return config, backend.saving.get_registered_name(double), backend.saving.get_registered_object("Parity>none")

    assert names(minikeras) == names(keras)
