"""Dtype policies: names, dtypes, configs, equality and errors, against the live tf.keras."""

import pytest

pytest.importorskip("tensorflow")

import keras

import minikeras

# Names that `get` accepts, and names that it refuses.
NAMES = [
    *("float32", "float16", "float64", "mixed_float16", "uint8", "int32", "bool", "string", "complex64"),
    *("mixed_float32", "mixed_abc", "abc", "abc_from_float32", "int8", "int4", "float8_e4m3fn", "int8_float32"),
    *("int8_from_float32", "int8_from_float64", "int8_from_float16", "int8_from_mixed_float16", "int8_from_abc"),
    *("int8_from_int8", "int4_from_float32", "int4/128_from_float32", "int4/-1_from_mixed_float16"),
    *("int4/0_from_float32", "int4/x_from_float32", "int4/1/2_from_float32", "float8_from_float32"),
    *("float8_from_mixed_float16", "gptq_from_float32", "gptq/4_from_float32", "gptq/4/128_from_float32"),
    *("gptq/8/-1_from_float32", "gptq/9/128_from_float32", "gptq/4/0_from_float32", "gptq/x/1_from_float32"),
    *("awq/4/128_from_float32", "awq/8/128_from_float32", "awq/4/128/1_from_float32", "int8_from_a_from_float32"),
]
NUMBERS = ("block_size", "weight_bits", "group_size", "mode", "amax_history_length")

# (class, arguments)
POLICIES = {
    "no source": ("QuantizedDTypePolicy", ("int8",)),
    "numbers, no source": ("GPTQDTypePolicy", ("gptq/4/128",)),
    "float8": ("QuantizedFloat8DTypePolicy", ("float8", "float32", 16)),
    "float8 of int8": ("QuantizedFloat8DTypePolicy", ("int8", "float32", 16)),
    "float8, length as text": ("QuantizedFloat8DTypePolicy", ("float8", "float32", "16")),
    "no mode": ("QuantizedDTypePolicy", (None, "float32")),
    "unknown mode": ("QuantizedDTypePolicy", ("abc", "float32")),
    "number as source": ("QuantizedDTypePolicy", ("int8", 3)),
    "int4 without numbers": ("Int4DTypePolicy", ("int4", "float32")),
    "int4, other mode": ("Int4DTypePolicy", ("int8/4", "float32")),
    "a quantized name as dtype": ("DTypePolicy", ("int8_from_float32",)),
    "alias": ("FloatDTypePolicy", ("float16",)),
    "int8 as float": ("FloatDTypePolicy", ("int8",)),
    "number": ("DTypePolicy", (3,)),
}


def described(make):
    """All that can be seen of a policy, or the type of the error."""
    try:
        policy = make()
    except Exception as error:
        return type(error)
    names = ("name", "compute_dtype", "variable_dtype", "quantization_mode")
    numbers = {name: getattr(policy, name) for name in NUMBERS if hasattr(policy, name)}
    return [repr(policy), *(getattr(policy, name) for name in names), policy.get_config(), numbers]


@pytest.mark.parametrize("name", NAMES)
def test_policies_from_names(name):
    def make(backend):
        return lambda: backend.dtype_policies.get(name)

    assert described(make(minikeras)) == described(make(keras))


@pytest.mark.parametrize("row", POLICIES)
def test_policies_from_arguments(row):
    name, arguments = POLICIES[row]

    def make(backend):
        return lambda: getattr(backend.dtype_policies, name)(*arguments)

    assert described(make(minikeras)) == described(make(keras))
    if isinstance(described(make(keras)), list):
        ours, theirs = (backend.dtype_policies.serialize(make(backend)()) for backend in (minikeras, keras))
        assert ours == theirs


def test_equality():
    def table(backend):
        namespace = backend.dtype_policies
        policies = [
            *(
                namespace.DTypePolicy("float32"),
                namespace.FloatDTypePolicy("float32"),
                namespace.DTypePolicy("float16"),
            ),
            *(namespace.get("int8_from_float32"), namespace.QuantizedDTypePolicy("int8"), "float32"),
            *(namespace.get("int4/8_from_float32"), namespace.Int4DTypePolicy("int4/8", "float32")),
            *(namespace.QuantizedFloat8DTypePolicy("float8", None, n) for n in (16, 16, 32)),
        ]
        return [[a == b for b in policies] for a in policies]

    assert table(minikeras) == table(keras)


def test_a_map():
    def seen(backend):
        namespace = backend.dtype_policies
        policies = namespace.DTypePolicyMap(default_policy="mixed_float16")
        policies["a.*"] = "float64"
        policies["b"] = namespace.get("int8_from_float32")
        found = [policies[path].name for path in ("a", "a/b", "xa", "b", "b/c", "")]
        copy = namespace.deserialize(namespace.serialize(policies))
        others = [policies.name, len(policies), list(policies), policies.compute_dtype, policies.quantization_mode]
        popped = policies.pop("b").name
        return [found, others, copy.get_config(), popped, len(policies), "b" in policies, "zzz" in policies]

    assert seen(minikeras) == seen(keras)


def test_a_map_without_default_stores_no_dtypes():
    def config(backend):
        policies = backend.dtype_policies.DTypePolicyMap()
        policies["a"] = "float64"
        policies["b"] = backend.dtype_policies.get("int8_from_float32")
        return policies.get_config()

    assert config(minikeras) == config(keras)


@pytest.mark.parametrize(
    "use",
    [
        lambda policies, m: m.__setitem__("a", "float16"),
        lambda policies, m: m.__setitem__("b", 5),
        lambda policies, m: m.__delitem__("zzz"),
        lambda policies, m: hash(m),
        lambda policies, m: policies.DTypePolicyMap(policy_map=[1]),
        lambda policies, m: policies.DTypePolicyMap(default_policy=5),
    ],
)
def test_errors_of_maps(use):
    def raised(backend):
        policies = backend.dtype_policies.DTypePolicyMap(policy_map={"a": backend.DTypePolicy("float64")})
        with pytest.raises(Exception) as caught:  # noqa: PT011  the types are compared
            use(backend.dtype_policies, policies)
        return caught.type

    assert raised(minikeras) is raised(keras)


def test_layers_within_a_layer():
    def dtypes(backend):
        class Block(backend.layers.Layer):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                self.first = backend.layers.Dense(3, name="first", dtype=self.dtype_policy)
                self.second = backend.layers.Dense(2, name="second", dtype=self.dtype_policy)

            def call(self, x):
                return self.second(self.first(x))

        policies = backend.dtype_policies.DTypePolicyMap(default_policy="float32")
        policies["block/first"] = "float64"
        policies["block/sec.*"] = "float16"
        block = Block(name="block", dtype=policies)
        block(backend.ops.ones((1, 4)))
        return [(v.path, v.dtype) for v in block.weights], block.first.compute_dtype, block.first.get_config()["dtype"]

    assert dtypes(minikeras) == dtypes(keras)
