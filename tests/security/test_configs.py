"""Configs that are too deep, too large, or malformed: one clear error, soon, and nothing is made."""

import itertools
import json
import zipfile

import pytest

import minikeras as keras
from minikeras.base import limits
from minikeras.base.loading_limits import DEFAULT_LOADING_LIMITS
from minikeras.saving import deserialize_keras_object
from tests.security.config_parts import (
    FLATTEN,
    INPUT,
    READERS,
    TOO_DEEP,
    X,
    functional,
    nested,
    part,
    sequential,
    tensor,
)

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

DEPTHS = (200, 1_000, 10_000)


WRAPPERS = {
    "lists": lambda x: [x],
    "tuples": lambda x: (x,),
    "dicts": lambda x: {"a": x},
    "lists in dicts": lambda x: {"a": [1, x]},
    "models": lambda x: sequential(INPUT, x or FLATTEN),
    "unbuilt models": lambda x: sequential(x or FLATTEN),
    "functional models": lambda x: functional(x or FLATTEN),
    "layers": lambda x: part("keras.layers", "Activation", {"activation": x or "relu"}),
    "wrappers": lambda x: part("keras.layers", "TimeDistributed", {"layer": x or FLATTEN}),
    "unknown classes": lambda x: part("mine", "Wrapper", {"layer": x}),
    "build configs": lambda x: {**FLATTEN, "build_config": {"input_shape": [x]}},
    "compile configs": lambda x: sequential(FLATTEN, compile_config={"loss": x or "mse"}),
    "optimizers": lambda x: part("keras.optimizers", "LossScaleOptimizer", {"inner_optimizer": x or "sgd"}),
    "metrics": lambda x: part("keras.metrics", "MeanMetricWrapper", {"fn": x or "mse", "name": "m"}),
    "initializers": lambda x: part("keras.initializers", "Constant", {"value": x or 1}),
    "values": lambda x: part(None, "__slice__", {"start": x, "stop": 1, "step": None}),
    "arrays": lambda x: part(None, "__numpy__", {"value": [x or 1], "dtype": "float32"}),
    "arguments": lambda x: functional(part("keras.layers", "Add"), args=[[tensor("i"), x]]),
}


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_what_is_nested_too_deeply_is_refused(wrapper, depth):
    config = nested(depth, WRAPPERS[wrapper])
    for name, read in READERS.items():
        if name.endswith(("get", "Functional.from_config")) and not isinstance(config, dict):
            continue  # those take other things than configs of objects
        with pytest.raises(ValueError, match="nested too deeply"):
            read(config)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("get", [READERS[name] for name in READERS if name.endswith("get")])
def test_lists_are_no_identifiers_however_deep(get, depth):
    with pytest.raises(ValueError):  # noqa: PT011  "could not interpret", or "nested too deeply"
        get(nested(depth, lambda x: [x]))


JSON_WRAPPERS = {
    "lists": ("[", "]"),
    "dicts": ('{"a":', "}"),
    "models": ('{"module":"keras","class_name":"Sequential","config":{"name":"s","layers":[', "]}}"),
    "wrappers": ('{"module":"keras.layers","class_name":"TimeDistributed","config":{"layer":', "}}"),
    "never closed": ("[", ""),
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("depth", [*DEPTHS, 1_000_000])
@pytest.mark.parametrize("wrapper", JSON_WRAPPERS)
@pytest.mark.parametrize("where", ["alone", "in a model", "as a build config", "as an argument of compile"])
def test_json_that_is_nested_too_deeply(where, wrapper, depth, tmp_path):
    before, after = JSON_WRAPPERS[wrapper]
    text = before * depth + "1" + after * depth
    template = {
        "alone": "DEEP",
        "in a model": sequential(INPUT, "DEEP"),
        "as a build config": sequential(INPUT, {**FLATTEN, "build_config": {"input_shape": "DEEP"}}),
        "as an argument of compile": sequential(INPUT, FLATTEN, compile_config={"metrics": "DEEP"}),
    }[where]
    text = json.dumps(template).replace('"DEEP"', text)
    for read in (keras.models.model_from_json, lambda text: load_with(text, tmp_path)):
        with pytest.raises(ValueError, match=TOO_DEEP):
            read(text)


def load_with(text, folder):
    """`load_model` on a file whose config.json is this text."""
    path = folder / "m.keras"
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**content, "config.json": text}.items():
            archive.writestr(name, data)
    return keras.models.load_model(path)


def test_what_is_nested_as_deeply_as_may_be_is_read():
    limit = DEFAULT_LOADING_LIMITS["depth"]
    assert deserialize_keras_object(nested(limit, lambda x: [x], 1)) == nested(limit, lambda x: [x], 1)
    with pytest.raises(ValueError, match="nested too deeply"):
        deserialize_keras_object(nested(limit + 1, lambda x: [x], 1))
    for wrapper, levels, core in (("models", 3, 5), ("unbuilt models", 3, 5), ("functional models", 3, 8)):
        config = nested((limit - core) // levels, WRAPPERS[wrapper])
        model = deserialize_keras_object(config)
        assert model.built == (wrapper != "unbuilt models")
        assert model.predict(X, verbose=0).shape == (2, 3)


def test_the_limit_of_depth_can_be_raised(loading_limits):
    config = nested(300, lambda x: [x])
    with pytest.raises(ValueError, match=r"set_loading_limits\(depth=…\)"):
        deserialize_keras_object(config)
    loading_limits(depth=301)
    assert deserialize_keras_object(config) == config


@pytest.fixture
def loading_limits():
    """`set_loading_limits`, undone when the test is over."""
    yield keras.config.set_loading_limits
    keras.config.set_loading_limits(**dict.fromkeys(DEFAULT_LOADING_LIMITS))


def test_settings_of_the_limits(loading_limits):
    assert keras.config.loading_limits() == DEFAULT_LOADING_LIMITS
    loading_limits(depth=7, memory=1000)
    assert keras.config.loading_limits() == {**DEFAULT_LOADING_LIMITS, "depth": 7, "memory": 1000}
    loading_limits(depth=None)
    assert keras.config.loading_limits()["depth"] == DEFAULT_LOADING_LIMITS["depth"]
    for wrong in ({"depth": 0}, {"depth": True}, {"depth": 1.5}, {"height": 3}):
        with pytest.raises(ValueError, match=r"positive integer|takes"):
            loading_limits(**wrong)


# --- too large ------------------------------------------------------------------------------------------------------


def cyclic_list():
    value = []
    value.append(value)
    return value


def cyclic_layer():
    config = sequential(INPUT)
    config["config"]["layers"].append(config)
    return config


def laughs(depth, wrap):
    """Lists or dicts that hold the one below twice: 2^depth in all, though few objects."""
    return nested(depth, lambda x: wrap(x, x), FLATTEN)


TOO_LARGE = {
    "objects": lambda: sequential(*[FLATTEN] * 100_001),
    "containers": lambda: [[] for _ in range(1_000_001)],
    "values": lambda: {"a": [0] * 10_000_001},
    "characters": lambda: {"name": "x" * ((128 << 20) + 1)},
    "many characters": lambda: ["x" * (1 << 20)] * 200,
    "names": lambda: {"x" * (1 << 20) + str(i): 1 for i in range(130)},
    "a list in itself": cyclic_list,
    "a model in itself": cyclic_layer,
    "two of two of two": lambda: laughs(100, lambda a, b: [a, b]),
    "models of two models": lambda: laughs(40, sequential),
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_is_refused(name):
    config = TOO_LARGE[name]()
    for read in (deserialize_keras_object, lambda config: keras.Sequential.from_config({"layers": [config]})):
        with pytest.raises(ValueError, match=r"set_loading_limits"):
            read(config)


@pytest.mark.parametrize(
    "text",
    [
        "[" + "0," * 10_000_001 + "0]",
        "[" + "[]," * 1_000_001 + "0]",
        '{"a":"' + "x" * (128 << 20) + '"}',
        "[" + "{}," * 5_000_000 + "0]",
    ],
    ids=["values", "lists", "characters", "dicts"],
)
def test_json_that_is_too_large_is_refused_before_it_is_parsed(text, monkeypatch, tmp_path):
    with pytest.raises(ValueError, match=r"too large|bytes of JSON"):
        load_with(text, tmp_path)  # a file of less than 300 kB

    def parse(*_, **__):
        raise AssertionError("it was parsed")

    monkeypatch.setattr(limits.json, "loads", parse)
    for given in (text, text.encode()):
        with pytest.raises(ValueError, match="too large"):
            keras.models.model_from_json(given)


@pytest.mark.full
def test_drawing_a_graph_has_a_budget():
    """Each model calls the one within it twice: 2³⁰ calls."""

    def twice(inner):
        first = {"args": [tensor("i")], "kwargs": {}}
        second = {"args": [tensor("op", 0)], "kwargs": {}}
        config = functional(inner or FLATTEN)
        config["config"]["layers"][1]["inbound_nodes"] = [first, second]
        config["config"]["output_layers"] = ["op", 2 if inner else 1, 0]
        return config

    assert deserialize_keras_object(nested(3, twice)).built
    with pytest.raises(ValueError, match="symbolic tensors"):
        deserialize_keras_object(nested(30, twice))


def test_many_layers_take_time_in_proportion():
    """Given from the last to the first, each waits for the next. (A walk per layer would take many minutes.)"""
    count = 5_000
    model = functional(FLATTEN)
    names = ["i", *(f"f{i}" for i in range(count))]
    layers = [
        {**FLATTEN, "name": name, "inbound_nodes": [{"args": [tensor(before)], "kwargs": {}}]}
        for before, name in itertools.pairwise(names)
    ]
    for i, layer in enumerate(layers):
        layer["config"] = {"name": names[i + 1]}
    model["config"]["layers"] = [*reversed(layers), model["config"]["layers"][0]]
    model["config"]["output_layers"] = [names[-1], 0, 0]
    assert len(deserialize_keras_object(model).layers) == count + 1
    config = sequential(INPUT, *[{**FLATTEN, "config": {"name": name}} for name in names[1:]])
    assert len(deserialize_keras_object(config).layers) == count
