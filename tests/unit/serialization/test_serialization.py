"""Configs: values of every kind there and back, custom objects, what is refused."""

import collections
import functools

import numpy as np
import pytest

import minikeras as keras
from minikeras.saving import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)


def plain(x):
    return x


VALUES = [
    *(None, 3, 0.5, True, "text", b"\x00\xff", ..., slice(1, None, 2)),
    *([1, [2, 3]], {"a": {"b": [1]}}, [slice(0, 1), ...]),
]


@pytest.mark.parametrize("value", VALUES)
def test_values_come_back(value):
    assert deserialize_keras_object(serialize_keras_object(value)) == value


def test_tuples_come_back_as_lists():
    assert deserialize_keras_object(serialize_keras_object((1, (2,)))) == [1, [2]]


@pytest.mark.parametrize(
    "value", [np.arange(3), np.ones((2, 2), "float32"), keras.ops.ones((2,)), keras.Variable([1.0, 2.0])]
)
def test_arrays_come_back(value):
    back = deserialize_keras_object(serialize_keras_object(value))
    np.testing.assert_array_equal(back, value)
    assert keras.backend.standardize_dtype(back.dtype) == keras.backend.standardize_dtype(value.dtype)


@pytest.mark.parametrize(
    "thing, kind, name",
    [
        (plain, "function", "plain"),
        (len, "builtin_function_or_method", "len"),
        (collections.OrderedDict, "type", "OrderedDict"),
        (keras.activations.relu, "function", "relu"),
        (keras.layers.Dense(1, name="a").call, "method", "call"),
    ],
)
def test_functions_and_classes_are_named(thing, kind, name):
    assert serialize_keras_object(thing) == {
        "module": "builtins",
        "class_name": kind,
        "config": name,
        "registered_name": kind,
    }


@pytest.mark.parametrize("thing", [{1}, 1j, object(), functools.partial(plain, 1), keras.callbacks.History()])
def test_what_has_no_config_is_refused(thing):
    with pytest.raises(TypeError, match="get_config"):
        serialize_keras_object(thing)


def test_functions_come_back_by_name():
    config = serialize_keras_object(plain)
    assert deserialize_keras_object(config, custom_objects={"plain": plain}) is plain
    with CustomObjectScope({"plain": plain}):
        assert deserialize_keras_object(config) is plain
        assert keras.activations.get("plain") is plain
        assert keras.losses.get("plain") is plain
        assert keras.initializers.get("plain") is plain
        assert keras.regularizers.get("plain") is plain
        assert keras.constraints.get("plain") is plain
        assert keras.metrics.get("plain") is plain
    with pytest.raises(TypeError, match="Could not locate 'plain'"):
        deserialize_keras_object(config)


def test_the_inner_scope_is_asked_first():
    with custom_object_scope({"plain": plain}):
        with custom_object_scope({"plain": len}):
            assert get_registered_object("plain") is len
        assert get_registered_object("plain") is plain
    assert get_registered_object("plain") is None


@pytest.fixture
def registry():
    """The registry, as it was before when the test is over."""
    before = dict(get_custom_objects())
    yield get_custom_objects()
    get_custom_objects().clear()
    get_custom_objects().update(before)


def test_registered_classes_and_functions(registry):
    @register_keras_serializable("Mine")
    class Shift(keras.layers.Layer):
        def __init__(self, by=1.0, **kwargs):
            super().__init__(**kwargs)
            self.by = by

        def call(self, inputs):
            return inputs + self.by

    @register_keras_serializable("Mine", name="twice")
    def double(x):
        return x * 2

    assert (get_registered_name(Shift), get_registered_name(double)) == ("Mine>Shift", "Mine>twice")
    assert get_registered_name(plain) == "plain"
    assert registry["Mine>Shift"] is Shift
    config = serialize_keras_object(Shift(3.0, name="s"))
    assert config["registered_name"] == "Mine>Shift"
    back = deserialize_keras_object(config)
    assert (type(back), back.by, back.name) == (Shift, 3.0, "s")
    assert serialize_keras_object(double)["config"] == "Mine>twice"
    assert deserialize_keras_object(serialize_keras_object(double)) is double
    dense = keras.layers.Dense(2, activation=double)
    assert keras.layers.Dense.from_config(dense.get_config()).activation is double
    assert get_registered_object("other", custom_objects={"other": 1}, module_objects={"other": 2}) == 1


def test_only_classes_with_a_config_can_be_registered():
    with pytest.raises(ValueError, match="get_config"):
        register_keras_serializable()(type("Bare", (), {}))


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_lambdas_come_back_if_they_are_trusted(factor):
    with pytest.warns(UserWarning, match="is a `lambda` in what is saved"):
        config = serialize_keras_object(lambda x, y=3: x * y * factor)
    with pytest.raises(ValueError, match="safe_mode=False"):
        deserialize_keras_object(config)
    assert deserialize_keras_object(config, safe_mode=False)(2) == 6 * factor


@pytest.mark.parametrize(
    "config, error",
    [
        ({"module": "os", "class_name": "system", "config": {}, "registered_name": "system"}, TypeError),
        ({"module": "keras.layers", "class_name": "Dens", "config": {}, "registered_name": None}, TypeError),
        ({"module": "keras.layers", "class_name": "Dense", "config": {"unit": 2}, "registered_name": None}, TypeError),
        ({"class_name": "__nothing__", "config": {}}, ValueError),
        (object(), TypeError),
    ],
)
def test_what_cannot_be_read(config, error):
    with pytest.raises(error):
        deserialize_keras_object(config)


def test_a_class_of_the_script_itself_has_no_module():
    own = type("Own", (keras.layers.Layer,), {"__module__": "__main__"})
    config = serialize_keras_object(own(name="a"))
    assert (config["module"], config["registered_name"]) == (None, "Own")
    assert deserialize_keras_object(config, custom_objects={"Own": own}).name == "a"
