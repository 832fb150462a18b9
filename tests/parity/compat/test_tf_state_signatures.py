"""Functions, classes and methods of the stateful namespaces have TensorFlow's parameters; and what names they lack."""

import inspect
import types

import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from tests.parity.compat.shim_cases import function_of  # noqa: E402

NAMESPACES = [
    "random",
    "random.experimental",
    "config",
    "config.experimental",
    "config.threading",
    "config.optimizer",
    "debugging",
    "debugging.experimental",
    "train",
    "summary",
    "summary.experimental",
    "nest",
    "errors",
    "distribute",
    "autograph",
    "autograph.experimental",
    "compat",
    "test",
    "saved_model",
    "profiler.experimental",
    "tpu.experimental",
]
CLASSES = [
    "Variable",
    "GradientTape",
    "IndexedSlices",
    "Module",
    "TensorArray",
    "name_scope",
    "random.Generator",
    "train.Checkpoint",
    "train.CheckpointManager",
    "train.CheckpointOptions",
    "train.ExponentialMovingAverage",
    "distribute.MirroredStrategy",
    "distribute.OneDeviceStrategy",
    "distribute.MultiWorkerMirroredStrategy",
    "distribute.Strategy",
    "distribute.ReplicaContext",
    "errors.InvalidArgumentError",
    "errors.OpError",
    "config.LogicalDeviceConfiguration",
    "random_normal_initializer",
]
DIFFERENT = {  # what differs on purpose, with the reason
    "autograph.experimental.set_loop_options": "TensorFlow's defaults are nameless objects",
    "Variable": "TensorFlow's constructor hides behind a metaclass; checked below",
    "distribute.Strategy": "TensorFlow's needs the part that knows devices",
    "saved_model.SaveOptions": "kept, whatever they are",
}
_OLD = {
    "broadcast", "colocate_vars_with", "configure", "experimental_make_numpy_dataset", "experimental_run", "finalize",
    "group", "initialize", "make_dataset_iterator", "make_input_fn_iterator", "must_initialize", "non_slot_devices",
    "read_var", "unwrap", "update_config_proto", "value_container",
}  # fmt: skip
_ON_INSTANCES = {  # attributes that TensorFlow's classes show, and ours set in the constructor
    "train.CheckpointOptions": {"enable_async", "experimental_enable_async_checkpoint", "experimental_io_device",
                                "experimental_sharding_callback", "experimental_skip_slot_variables",
                                "experimental_write_callbacks"},
    "distribute.ReplicaContext": {"replica_id_in_sync_group", "strategy"},
    "errors.OpError": {"experimental_payloads"},
    "errors.InvalidArgumentError": {"experimental_payloads"},
}  # fmt: skip
# Public members that are not here: those of graphs, and TensorFlow 1's methods of strategies.
WITHOUT = {
    "Variable": {
        "SaveSliceInfo",
        "eval",
        "from_proto",
        "graph",
        "initialized_value",
        "initializer",
        "load",
        "op",
        "to_proto",
    },
    "IndexedSlices": {"consumers", "graph", "name", "op"},
    **{name: _OLD for name in CLASSES if name.startswith("distribute.") and name.endswith("Strategy")},
    **_ON_INSTANCES,
}


def parameters(function):
    return [
        (p.name, p.kind.name, "none" if p.default is inspect.Parameter.empty else _plain(p.default))
        for p in inspect.signature(function).parameters.values()
        if p.name != "self"
    ]


def _plain(default):
    return getattr(default, "name", default) if not callable(default) else getattr(default, "__name__", "object")


def functions():
    for namespace in NAMESPACES:
        ours, theirs = function_of(shim, namespace), function_of(tf, namespace)
        for name in sorted(set(getattr(ours, "__all__", vars(ours))) & set(dir(theirs))):
            function = getattr(ours, name)
            if isinstance(function, (types.FunctionType, types.MethodType)):
                yield f"{namespace}.{name}"


def methods():
    for name in CLASSES:
        ours, theirs = function_of(shim, name), function_of(tf, name)
        for method in sorted(n for n in dir(theirs) if n[0] != "_" and n in dir(ours) and not hasattr(Exception, n)):
            if callable(getattr(theirs, method)) and not isinstance(getattr(theirs, method), type):
                yield f"{name}.{method}"


@pytest.mark.parametrize("name", [name for name in functions() if name not in DIFFERENT])
def test_functions_have_the_same_parameters(name):
    assert parameters(function_of(shim, name)) == parameters(function_of(tf, name))


@pytest.mark.parametrize("name", [name for name in CLASSES if name not in DIFFERENT])
def test_constructors_have_the_same_parameters(name):
    assert parameters(function_of(shim, name)) == parameters(function_of(tf, name))


def test_the_constructor_of_variable_has_the_same_parameters():
    theirs = parameters(tf.Variable.__init__)
    assert parameters(shim.Variable.__init__) == theirs


@pytest.mark.parametrize("name", list(methods()))
def test_methods_have_the_same_parameters(name):
    assert parameters(function_of(shim, name)) == parameters(function_of(tf, name))


@pytest.mark.parametrize("name", CLASSES)
def test_no_public_member_is_missing(name):
    ours, theirs = function_of(shim, name), function_of(tf, name)
    missing = {n for n in dir(theirs) if n[0] != "_"} - set(dir(ours)) - WITHOUT.get(name, set())
    assert not missing
