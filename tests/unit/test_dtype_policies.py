"""Dtype policies: of quantized layers, and one for each path."""

import pytest

import minikeras as keras
from minikeras import dtype_policies
from minikeras.base.limits import reading
from minikeras.dtype_policies import DTypePolicyMap


class Block(keras.layers.Layer):
    """Two layers, with the block's own policy."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = keras.layers.Dense(3, name="first", dtype=self.dtype_policy)
        self.second = keras.layers.Dense(2, name="second", dtype=self.dtype_policy)

    def call(self, x):
        return self.second(self.first(x))


def test_each_layer_uses_the_policy_of_its_path():
    policies = DTypePolicyMap()
    policies["block/second"] = "float64"
    block = Block(name="block", dtype=policies)
    block(keras.ops.ones((1, 4)))
    assert [v.dtype for v in block.weights] == ["float32"] * 2 + ["float64"] * 2
    assert block.second.dtype_policy is policies
    assert (block.compute_dtype, block.second.compute_dtype) == ("float32", "float64")
    assert block(keras.ops.ones((1, 4))).dtype == "float64"


def test_a_mixed_policy_of_a_path_holds_from_the_first_call():
    policies = DTypePolicyMap()
    policies["own"] = "mixed_float16"

    class Own(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.seen = keras.Variable([1.0], name="seen")

        def call(self, x):
            return self.seen + 0

    assert Own(name="own", dtype=policies)(keras.ops.ones((1,))).dtype == "float16"
    assert Own(name="other", dtype=policies)(keras.ops.ones((1,))).dtype == "float32"


def test_a_model_with_a_map_is_saved_and_loaded(tmp_path):
    policies = DTypePolicyMap(default_policy="float32")
    policies[".*first"] = "float16"
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="first", dtype=policies)])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.layers[0].dtype_policy == model.layers[0].dtype_policy
    assert {v.dtype for v in loaded.weights} == {v.dtype for v in model.weights} == {"float16"}


def test_regular_expressions_match_whole_paths():
    policies = DTypePolicyMap()
    policies["block_.*/dense"] = "float64"
    names = [policies[path].name for path in ("block_1/dense", "block_1/dense/x", "x/block_1/dense")]
    assert names == ["float64", "float32", "float32"]
    policies["block_1.*"] = "float16"
    with pytest.raises(ValueError, match="matches multiple dtype policy patterns"):
        policies["block_1/dense"]
    del policies["block_1.*"]
    assert policies["block_1/dense"].name == "float64"


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "(a|aa)*$", "a*a*a*a*a*b", "(a{1,9}){1,9}", "a?" * 30 + "a" * 30, "(a|aa)" * 40]
    + ["(?x)(a*)# *\n*", "(?:a|a)", r"(a*)\1b"],
)
def test_a_slow_regular_expression_in_a_config_is_refused(pattern):
    config = {"default_policy": None, "policy_map": {pattern: "float16"}}
    with pytest.raises(ValueError, match="take too long"):
        DTypePolicyMap.from_config(config)


def test_keys_from_a_config_match_no_path_that_would_take_too_long():
    given = DTypePolicyMap("float32", {".*a.*a(b|c)": dtype_policies.get("float16")})
    policies = DTypePolicyMap.from_config(given.get_config())
    assert [policies[path].name for path in ("xaxab", "aac", "ab")] == ["float16", "float16", "float32"]
    with pytest.raises(ValueError, match="too long to be matched"):
        policies["a" * 100_000]
    with reading({}), pytest.raises(ValueError, match="computed_elements"):
        [policies["b" * 1_000] for _ in range(1_000)]


@pytest.mark.parametrize(
    "name",
    ["int8_from_float32", "int4/128_from_mixed_float16", "float8_from_float32", "gptq/2/-1_from_float32"]
    + ["awq/4/64_from_float64"],
)
def test_quantized_policies_from_names_and_configs(name):
    policy = dtype_policies.get(name)
    assert policy.name == name
    assert dtype_policies.get(dtype_policies.serialize(policy)) == policy
    mode, source = name.split("_from_")
    assert policy.quantization_mode == mode.split("/")[0]
    assert policy.compute_dtype == dtype_policies.get(source).compute_dtype
    assert policy != dtype_policies.get(source)


@pytest.mark.parametrize(
    "dtype", [{"a": 1}, {"module": "keras.layers", "class_name": "Flatten", "config": {}, "registered_name": None}]
)
def test_a_layer_whose_config_has_something_else_as_its_policy(dtype):
    with pytest.raises(TypeError, match=r"not a config of a dtype policy|no `class_name`"):
        keras.layers.ReLU.from_config({"dtype": dtype})


@pytest.mark.parametrize("policy", [None, float, 3, {"class_name": "DTypePolicy", "config": {"name": "float32"}}])
def test_the_global_policy_is_a_name_or_a_policy(policy):
    with pytest.raises(ValueError, match="Invalid `policy` argument"):
        keras.config.set_dtype_policy(policy)
