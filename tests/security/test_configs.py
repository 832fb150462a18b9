"""Configs that are too deep, too large, or malformed: one clear error, soon, and nothing is made."""

import itertools
import json
import zipfile

import numpy as np
import pytest

import minikeras as keras
from minikeras import limits
from minikeras.loading_limits import DEFAULT_LOADING_LIMITS
from minikeras.saving import deserialize_keras_object

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

DEPTHS = (200, 1_000, 10_000)
X = np.ones((2, 3), "float32")

TOO_DEEP = r"nested too deeply|too large|bytes of JSON|no JSON|Expecting|describes no model"


def part(module, name, config=None, **other):
    return {"module": module, "class_name": name, "config": config or {}, "registered_name": None, **other}


def sequential(*layers, **other):
    return part("keras", "Sequential", {"name": "s", "layers": list(layers)}, **other)


INPUT = part("keras.layers", "InputLayer", {"batch_shape": [None, 3], "dtype": "float32", "name": "i"})
FLATTEN = part("keras.layers", "Flatten")


def functional(op, *, args=None, kwargs=None, shape=(None, 3), dtype="float32", input_layers=None, **other):
    """The config of a model with one input, "i", and one operation on it."""
    source = part("keras.layers", "InputLayer", {"batch_shape": list(shape), "dtype": dtype, "name": "i"})
    args = [tensor("i")] if args is None else args
    layers = [
        {**source, "name": "i", "inbound_nodes": []},
        {**op, "name": "op", "inbound_nodes": [{"args": args, "kwargs": kwargs or {}}]},
    ]
    graph = {"name": "m", "trainable": True, "layers": layers}
    ends = {"input_layers": input_layers or ["i", 0, 0], "output_layers": ["op", 0, 0]}
    return part("keras.src.models.functional", "Functional", {**graph, **ends, **other})


def tensor(name, use=0, output=0):
    return part(
        None, "__keras_tensor__", {"shape": [None, 3], "dtype": "float32", "keras_history": [name, use, output]}
    )


def nested(depth, wrap, core=None):
    """`wrap` applied so many times."""
    for _ in range(depth):
        core = wrap(core)
    return core


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

READERS = {
    "deserialize_keras_object": deserialize_keras_object,
    "layers.deserialize": keras.layers.deserialize,
    "losses.deserialize": keras.losses.deserialize,
    "metrics.deserialize": keras.metrics.deserialize,
    "optimizers.deserialize": keras.optimizers.deserialize,
    "schedules.deserialize": keras.optimizers.schedules.deserialize,
    "initializers.deserialize": keras.initializers.deserialize,
    "regularizers.deserialize": keras.regularizers.deserialize,
    "constraints.deserialize": keras.constraints.deserialize,
    "activations.deserialize": keras.activations.deserialize,
    "dtype_policies.deserialize": keras.dtype_policies.deserialize,
    "activations.get": keras.activations.get,
    "losses.get": keras.losses.get,
    "metrics.get": keras.metrics.get,
    "optimizers.get": keras.optimizers.get,
    "initializers.get": keras.initializers.get,
    "Model.from_config": lambda config: keras.Model.from_config({"layers": config}),
    "Sequential.from_config": lambda config: keras.Sequential.from_config({"layers": [config]}),
    "Functional.from_config": lambda config: keras.models.Functional.from_config(functional(config)["config"]),
    "input_layers": lambda config: keras.Model.from_config(functional(FLATTEN, input_layers=config)["config"]),
    "Dense.from_config": lambda config: keras.layers.Dense.from_config({"units": 1, "kernel_initializer": config}),
    "units": lambda config: keras.layers.Dense.from_config({"units": config}),
    "Lambda.from_config": lambda config: keras.layers.Lambda.from_config({"function": config}),
    "seed": lambda config: keras.random.SeedGenerator.from_config({"seed": config}),
    "Constant.from_config": lambda config: keras.initializers.Constant.from_config({"value": config}),
    "Adam.from_config": lambda config: keras.optimizers.Adam.from_config({"learning_rate": config}),
    "Loss.from_config": lambda config: keras.losses.MeanSquaredError.from_config({"reduction": config}),
    "Metric.from_config": lambda config: keras.metrics.Mean.from_config({"name": config}),
    "Schedule.from_config": lambda config: keras.optimizers.schedules.CosineDecay.from_config({"alpha": config}),
    "Regularizer.from_config": lambda config: keras.regularizers.L2.from_config({"l2": config}),
    "Constraint.from_config": lambda config: keras.constraints.MaxNorm.from_config({"max_value": config}),
    "DTypePolicy.from_config": lambda config: keras.DTypePolicy.from_config({"name": config}),
    "InputSpec.from_config": lambda config: keras.layers.InputSpec.from_config({"shape": config}),
    "build_from_config": lambda config: keras.layers.Dense(1).build_from_config({"input_shape": config}),
    "compile_from_config": lambda config: keras.Sequential().compile_from_config({"loss": config}),
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


# --- malformed ------------------------------------------------------------------------------------------------------

WITHOUT_TENSORS = functional(part("keras.src.ops.numpy", "Add"), args=[part(None, "__numpy__", {}), 1])
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
