"""Malformed configs are refused with an error that says what is wrong; good ones are not changed."""

import pytest

import minikeras as keras
from minikeras.saving import deserialize_keras_object
from tests.security.config_parts import FLATTEN, INPUT, functional, part, sequential, tensor

pytestmark = pytest.mark.one_in(2)  # of the tables that follow


# --- malformed ------------------------------------------------------------------------------------------------------

MALFORMED = {
    "class_name a list": {"class_name": ["Dense"], "config": {}},
    "class_name a dict": {"class_name": {}, "config": {}},
    "class_name None": {"class_name": None, "config": {}},
    "function a list": {"class_name": "function", "config": ["relu"]},
    "function a number": {"class_name": "function", "config": 3},
    "function None": {"class_name": "function", "config": None},
    "module a list": {"module": ["keras"], "class_name": "Dense", "config": {}},
    "registered_name a dict": {"class_name": "Dense", "config": {}, "registered_name": {"a": 1}},
    "config a list": part("keras.layers", "Dense", [1, 2]),
    "config a string": part("keras.layers", "Dense", "units"),
    "unknown value": part(None, "__nothing__"),
    "tensor without value": part(None, "__tensor__", {"dtype": "float32"}),
    "array of ragged lists": part(None, "__numpy__", {"value": [[1], [1, 2]], "dtype": "float32"}),
    "array of strings": part(None, "__numpy__", {"value": ["a"], "dtype": "string"}),
    "array of long strings": part(None, "__numpy__", {"value": ["a"], "dtype": "U100000000"}),
    "array of bytes": part(None, "__numpy__", {"value": ["a"], "dtype": "S1000000000"}),
    "array of objects": part(None, "__numpy__", {"value": [{}], "dtype": "object"}),
    "array of records": part(None, "__numpy__", {"value": [1], "dtype": "i4,i4"}),
    "array of a dict": part(None, "__numpy__", {"value": {"a": 1}, "dtype": "float32"}),
    "array of a large number": part(None, "__numpy__", {"value": 10**400, "dtype": "int32"}),
    "array of text": part(None, "__tensor__", {"value": "x", "dtype": "float32"}),
    "bytes of a number": part(None, "__bytes__", {"value": 3}),
    "bytes beyond latin-1": part(None, "__bytes__", {"value": "€"}),
    "slice of text": part(None, "__slice__", {"start": "a", "stop": 1, "step": None}),
    "slice of a layer": part(None, "__slice__", {"start": FLATTEN, "stop": 1, "step": None}),
    "slice without an end": part(None, "__slice__", {"start": 1}),
    "symbolic of text": part(None, "__keras_tensor__", {"shape": ["a"], "dtype": "float32"}),
    "symbolic of infinity": part(None, "__keras_tensor__", {"shape": [float("inf")], "dtype": "float32"}),
    "symbolic of many axes": part(None, "__keras_tensor__", {"shape": [1] * 10_000, "dtype": "float32"}),
    "symbolic of no dtype": part(None, "__keras_tensor__", {"shape": [1], "dtype": "objects"}),
    "lambda without code": part(None, "__lambda__"),
    "Sequential without layers": part("keras", "Sequential"),
    "Sequential of strings": sequential("Dense"),
    "Sequential of optimizers": sequential(part("keras.optimizers", "SGD")),
    "functional without ends": part("keras.src.models.functional", "Functional", {"layers": []}),
    "functional of functions": functional(part("builtins", "function", "relu")),
    "functional of optimizers": functional(part("keras.optimizers", "SGD")),
    "functional without names": part(
        "keras.src.models.functional", "Functional", {"layers": [FLATTEN], "input_layers": [], "output_layers": []}
    ),
    "input_layers None": functional(FLATTEN, input_layers=[None]),
    "input_layers a name": functional(FLATTEN, input_layers="i"),
    "input that is not there": functional(FLATTEN, input_layers=[["x", 0, 0]]),
    "use that is not there": functional(FLATTEN, input_layers=[["i", 7, 0]]),
    "output that is not there": functional(FLATTEN, input_layers=[["i", 0, 7]]),
    "negative output": functional(FLATTEN, input_layers=[["i", 0, -1]]),
    "use of text": functional(FLATTEN, input_layers=[["i", "0", 0]]),
    "tensor of itself": functional(FLATTEN, args=[tensor("op")]),
    "tensor of nothing": functional(FLATTEN, args=[tensor("nothing")]),
    "tensor without history": functional(FLATTEN, args=[part(None, "__keras_tensor__", {"shape": [1]})]),
    "history of dicts": functional(FLATTEN, args=[tensor({"a": 1})]),
    "history of lists": functional(FLATTEN, args=[tensor("i", [0])]),
    "arguments missing": functional(FLATTEN, args=[]),
    "arguments None": functional(FLATTEN, args=None, kwargs={"a": None}),
    "build config of text": {**FLATTEN, "build_config": "text"},
    "build config of names": {**FLATTEN, "build_config": {"shapes_dict": ["a"]}},
    "build config of infinity": part("keras.layers", "Dense", {"units": 1}, build_config={"input_shape": [1e999]}),
    "compile config of text": sequential(INPUT, FLATTEN, compile_config="adam"),
    "name a list": part("keras.layers", "Dense", {"units": 1, "name": ["a"]}),
    "name of an op a list": functional(part("keras.src.ops.numpy", "Exp", {"name": ["a"]})),
    "dtype a list": part("keras.layers", "Dense", {"units": 1, "dtype": ["float32"]}),
    "layers None": part("keras", "Sequential", {"layers": None}),
    "layers a number": part("keras", "Sequential", {"layers": 3}),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_configs(name):
    with pytest.raises((ValueError, TypeError)):
        deserialize_keras_object(MALFORMED[name])


@pytest.mark.parametrize("name", ["Add", "Tile", "OneHot", "Matmul"])
def test_an_op_on_no_tensor_of_the_graph_is_not_run(name):
    numbers = part(None, "__numpy__", {"value": [1, 2], "dtype": "int32"})
    settings = {"Tile": {"repeats": [10]}, "OneHot": {"num_classes": 3}}.get(name, {})
    config = functional(part("keras.src.ops.numpy", name, settings), args=[numbers, numbers])
    with pytest.raises(ValueError, match="on no tensor of the graph"):
        deserialize_keras_object(config)


def test_two_layers_of_one_name():
    config = functional(FLATTEN)
    config["config"]["layers"].append(config["config"]["layers"][1])
    with pytest.raises(ValueError, match="two layers of one name"):
        deserialize_keras_object(config)


def test_errors_of_the_users_own_classes_stay_what_they_are():
    class Mine(keras.layers.Layer):
        @classmethod
        def from_config(cls, config):
            return cls(config["units"])

    for config in (part("mine", "Mine"), sequential(INPUT, part("mine", "Mine"))):
        with pytest.raises(KeyError, match="units"):
            deserialize_keras_object(config, custom_objects={"Mine": Mine})


def test_a_config_is_not_changed_by_reading_it():
    class Pops(keras.layers.Layer):
        @classmethod
        def from_config(cls, config):
            config.pop("units")
            return cls(**config)

    config = part("mine", "Pops", {"units": 1, "name": "a"})
    deserialize_keras_object(config, custom_objects={"Pops": Pops})
    assert config["config"] == {"units": 1, "name": "a"}


@pytest.mark.parametrize("class_name", ["StringLookup", "IntegerLookup"])
def test_unknown_tokens_have_a_budget(class_name):
    config = {"module": "keras.layers", "class_name": class_name, "registered_name": None}
    read = deserialize_keras_object({**config, "config": {"name": "a", "num_oov_indices": 3}})
    assert read.num_oov_indices == 3
    with pytest.raises(ValueError, match=r"set_loading_limits"):
        deserialize_keras_object({**config, "config": {"name": "a", "num_oov_indices": 10**9}})
