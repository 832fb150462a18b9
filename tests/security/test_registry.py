"""What a config can reach: exactly the public parts of models."""

import importlib
import inspect
import pkgutil
import types

import pytest

import minikeras as keras
from minikeras.autodiff.composed import COMPOSED
from minikeras.autodiff.mask_of import MaskOf
from minikeras.autodiff.operation import Op
from minikeras.saving import deserialize_keras_object
from minikeras.serialization import custom_objects
from minikeras.serialization.registry import Part, find_part, model_parts
from minikeras.utils.feature_space import Cross, Feature

# The classes that may be named: the exported subclasses of these, and a few that hold settings.
BASES = (
    *(keras.layers.Layer, keras.initializers.Initializer, keras.regularizers.Regularizer, keras.losses.Loss),
    *(keras.constraints.Constraint, keras.metrics.Metric, keras.optimizers.Optimizer, keras.dtype_policies.DTypePolicy),
    *(keras.Quantizer, keras.quantizers.QuantizationConfig, keras.distillation.DistillationLoss),
    *(keras.optimizers.schedules.LearningRateSchedule, keras.random.SeedGenerator),
    *(keras.layers.InputSpec, keras.optimizers.OptimizerMap, Cross, Feature, MaskOf),
)
# Functions that take functions, and what else is exported but no part of models.
NO_PARTS = {
    "keras.ops": {
        *("associative_scan", "cond", "custom_gradient", "fori_loop", "jvp", "map", "scan", "switch", "vectorize"),
        *("vectorized_map", "while_loop"),  # take functions
        *(
            "arange",
            "array",
            "bartlett",
            "blackman",
            "empty",
            "eye",
            "hamming",
            "hanning",
            "identity",
            "kaiser",
            "ones",
        ),
        *("tri", "zeros"),  # take no tensors
        *("convert_to_numpy", "dtype", "is_tensor", "shape"),  # do not compute
        *("abs", "conj", "extract_patches_3d"),  # other names of ops, under which no graph has them
    },
    "keras.activations": {"deserialize", "get", "serialize"},
    "keras.losses": {"deserialize", "get", "serialize"},
    "keras.metrics": {"deserialize", "get", "serialize"},
}
FUNCTION_LIKE = ("function", "builtin_function_or_method", "method", "type", "class")


def modules_of_the_package():
    """Every module of minikeras that can be imported here."""
    modules = [keras]
    for found in pkgutil.walk_packages(keras.__path__, "minikeras."):
        if not found.name.endswith("__main__"):
            try:
                modules.append(importlib.import_module(found.name))
            except ImportError:  # an extra that is not installed
                continue
    return modules


def public_functions(namespace):
    """{name: function} that a namespace of Keras exports, and those within it."""
    module = importlib.import_module(namespace.replace("keras", "minikeras", 1))
    found = {}
    for name in module.__all__:
        value = getattr(module, name)
        if isinstance(value, types.ModuleType):
            found |= public_functions(f"{namespace}.{name}")
        elif inspect.isfunction(value) and name not in NO_PARTS.get(".".join(namespace.split(".")[:2]), ()):
            found[name] = value
    return found


def expected_functions():
    namespaces = ("keras.activations", "keras.losses", "keras.metrics", "keras.ops", "keras.random")
    return {id(function): name for space in namespaces for name, function in public_functions(space).items()}


def read(module, name, kind="function"):
    """What a config of that name gives, or None if it is refused."""
    try:
        return deserialize_keras_object({"module": module, "class_name": kind, "config": name, "registered_name": name})
    except (TypeError, ValueError):
        return None


def test_the_table_has_the_public_parts_and_nothing_else():
    expected = expected_functions()
    kinds = {}
    for (namespace, name), part in model_parts().items():
        kinds.setdefault(part.kind, []).append(f"{namespace}.{name}")
        if part.kind == "op":
            is_own = inspect.isclass(part.value) and issubclass(part.value, Op)
            assert is_own or part.value is COMPOSED[name], name
            assert getattr(part.value, "has_config", not part.value.takes_functions), name
        elif inspect.isclass(part.value):
            assert issubclass(part.value, BASES), name
        else:
            assert id(part.value) in expected, name
    assert set(kinds) == {
        *("layer", "model", "initializer", "regularizer", "constraint", "loss", "metric", "optimizer", "dtypepolicy"),
        *(
            "learningrateschedule",
            "seedgenerator",
            "inputspec",
            "optimizermap",
            "featurespace",
            "inner class",
            "distiller",
        ),
        "distillationloss",
        *("quantizer", "quantizationconfig", "int8quantizationconfig", "int4quantizationconfig"),
        *("float8quantizationconfig", "gptqconfig", "awqconfig"),
        *("activation", "loss function", "metric function", "op function", "random function", "op"),
    }
    functions = {id(part.value) for part in model_parts().values() if inspect.isfunction(part.value)}
    missing = [name for key, name in expected.items() if key not in functions]
    assert not missing, f"exported functions that are in no table: are they parts of models? {missing}"


def test_every_exported_class_of_a_part_can_be_named():
    for module in (
        keras,
        keras.layers,
        keras.losses,
        keras.metrics,
        keras.optimizers,
        keras.initializers,
        keras.models,
    ):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value) and issubclass(value, BASES):
                path = module.__name__.replace("minikeras", "keras")
                assert find_part(path, name).value is value, (path, name)


@pytest.mark.full
def test_no_name_in_any_module_reaches_anything_else(monkeypatch):
    """As an attacker would: every name of every module, under the module's own path and under those of Keras."""
    allowed = {id(part.value) for part in model_parts().values()}
    monkeypatch.setattr(custom_objects, "_custom_objects", {})  # which other tests have registered
    reached, tried = {}, 0
    for module in modules_of_the_package():
        path = module.__name__.replace("minikeras", "keras", 1)
        for name, value in list(vars(module).items()):
            if not callable(value):
                continue
            for where in (path, f"keras.src{path[5:]}", module.__name__, None):
                tried += 1
                found = read(where, name)
                if found is not None:
                    reached[id(found)] = (where, name, found)
    assert tried > 20_000
    assert not [entry for key, entry in reached.items() if key not in allowed]


@pytest.mark.parametrize("kind", FUNCTION_LIKE)
@pytest.mark.parametrize(
    "module, name",
    [
        ("keras.identifiers", "deserialize_keras_object"),
        ("keras", "identifiers.deserialize_keras_object"),
        ("keras.losses.loss", "deserialize_keras_object"),
        ("keras.ops.control_flow", "while_loop"),
        ("keras.ops.control_flow", "_stack"),
        ("keras.ops.convolution.kernels.direct", "copy_bytes"),
        ("keras.kernels.convolution.direct", "copy_bytes"),
        ("keras.saving", "KerasFileEditor"),
        ("keras.saving.file_editor", "KerasFileEditor"),
        ("keras.saving", "load_model"),
        ("keras.saving", "load_weights"),
        ("keras.saving", "deserialize_keras_object"),
        ("keras.models", "load_model"),
        ("keras.models", "model_from_json"),
        ("keras.models", "clone_model"),
        ("keras.utils", "get_file"),
        ("keras.utils", "load_img"),
        ("keras.utils", "plot_model"),
        ("keras.config", "enable_unsafe_deserialization"),
        ("keras.config", "set_loading_limits"),
        ("keras.callbacks", "CSVLogger"),
        ("keras.callbacks", "LambdaCallback"),
        ("keras.ops", "custom_gradient"),
        ("keras.ops", "map"),
        ("keras.ops", "vectorized_map"),
        ("keras.ops", "vectorize"),
        ("keras", "Function"),
        ("keras", "Variable"),
        ("keras", "GradientTape"),
        ("keras.layers", "deserialize"),
        ("keras.losses", "get"),
        ("builtins", "eval"),
        ("os", "system"),
        ("subprocess", "run"),
        ("numpy", "load"),
        ("minikeras.saving", "load_model"),
        ("minikeras.layers", "Dense"),
        ("my_package", "Dense"),
        ("__main__", "Dense"),
        ("", "Dense.from_config"),
        ("keras.layers", "Dense.from_config"),
        ("keras.layers.Dense", "from_config"),
    ],
)
def test_what_is_no_part_cannot_be_named(module, name, kind):
    for config in (
        {"module": module, "class_name": kind, "config": name, "registered_name": kind},
        {"module": module, "class_name": name, "config": {}, "registered_name": None},
        {"module": module, "class_name": name, "config": {}, "registered_name": name},
    ):
        with pytest.raises(TypeError, match="Could not locate"):
            deserialize_keras_object(config, safe_mode=False)


@pytest.mark.parametrize("name", ["WhileLoop", "ForiLoop"])
@pytest.mark.parametrize("module", ["keras.src.ops.core", "keras.ops", None])
def test_loops_of_unknown_length_cannot_be_named(name, module):
    with pytest.raises(TypeError, match="Could not locate"):
        deserialize_keras_object({"module": module, "class_name": name, "config": {"name": "a"}})


@pytest.mark.parametrize("name", ["CustomGradient", "Rematerialized", "ConvInputGrad", "PutRows", "Op", "Operation"])
def test_ops_of_the_engine_cannot_be_named(name):
    for module in ("keras.src.ops.numpy", "keras.src.ops.core", "keras.src.autodiff.custom_gradient", None):
        assert find_part(module, name) is None


@pytest.mark.parametrize(
    "module, name, expected",
    [
        ("keras.layers", "Add", keras.layers.Add),
        ("keras.src.layers.merging.add", "Add", keras.layers.Add),
        ("keras.layers", "Reshape", keras.layers.Reshape),
        ("keras.layers", "ReLU", keras.layers.ReLU),
        (None, "Add", keras.layers.Add),
        ("keras.src.ops.numpy", "Add", "op"),
        ("keras.src.ops.numpy", "Reshape", "op"),
        ("keras.src.activations.activations", "ReLU", "op"),
        ("keras.src.ops.numpy", "Multiply", "op"),
        ("keras.layers", "Exp", None),
        ("keras.losses", "BinaryCrossentropy", keras.losses.BinaryCrossentropy),
        ("keras.metrics", "BinaryCrossentropy", keras.metrics.BinaryCrossentropy),
        ("keras.src.ops.nn", "BinaryCrossentropy", "op"),
        ("keras", "Sequential", keras.Sequential),
        ("keras.src.models.functional", "Functional", keras.models.Functional),
        ("keras.src.engine.functional", "Functional", keras.models.Functional),
        ("tf_keras.layers", "Dense", keras.layers.Dense),
        (
            "keras.src.optimizers.schedules.learning_rate_schedule",
            "CosineDecay",
            keras.optimizers.schedules.CosineDecay,
        ),
        ("keras.ops", "relu", keras.ops.relu),
        ("builtins", "relu", keras.activations.relu),
        ("builtins", "sum", None),  # an op's name: a function of the user's may be called so
        ("keras.layers.x", "Dense", keras.layers.Dense),
    ],
)
def test_the_module_says_in_which_namespace_a_name_is_looked_up(module, name, expected):
    part = find_part(module, name)
    if expected is None:
        assert part is None
    elif expected == "op":
        assert part.kind == "op"
    else:
        assert part.value is expected


def test_what_the_user_gives_goes_first():
    class Dense(keras.layers.Dense):
        pass

    config = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": None}
    assert type(deserialize_keras_object(config)) is keras.layers.Dense
    assert type(deserialize_keras_object(config, custom_objects={"Dense": Dense})) is Dense
    # a class of the user's that is not given is not one of Keras's
    mine = {"module": "mine", "class_name": "Dense", "config": {"units": 1}, "registered_name": "mine>Dense"}
    for module in ("mine", None):
        with pytest.raises(TypeError, match="Could not locate"):
            deserialize_keras_object({**mine, "module": module})
    assert type(deserialize_keras_object(mine, custom_objects={"mine>Dense": Dense})) is Dense


def test_parts_are_what_they_are_called():
    assert find_part("keras.layers", "Dense") == Part("layer", keras.layers.Dense)
    assert find_part("keras.ops", "Var").value is COMPOSED["Var"]
