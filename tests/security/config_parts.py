"""Parts of configs, such as a file may hold, and the functions that read them."""

import numpy as np

import minikeras as keras
from minikeras.saving import deserialize_keras_object

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
