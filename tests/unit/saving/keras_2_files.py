"""Files as Keras 2.4 wrote them, made by hand: configs in its words, weights under its names."""

import io
import json
import zipfile

import h5py
import numpy as np


def initializer(name):
    return {"class_name": name, "config": {"seed": None} if name == "GlorotUniform" else {}}


def dense(name, units, activation="linear", **config):
    return {
        "class_name": "Dense",
        "config": {
            "name": name,
            "trainable": True,
            "dtype": "float32",
            "units": units,
            "activation": activation,
            "use_bias": True,
            "kernel_initializer": initializer("GlorotUniform"),
            "bias_initializer": initializer("Zeros"),
            "kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.01}},
            "bias_regularizer": None,
            "activity_regularizer": None,
            "kernel_constraint": None,
            "bias_constraint": None,
            **config,
        },
    }


def input_layer(name, width):
    config = {"batch_input_shape": [None, width], "dtype": "float32", "sparse": False, "ragged": False, "name": name}
    return {"class_name": "InputLayer", "config": config}


def batch_normalization(name):
    config = {"name": name, "trainable": True, "dtype": "float32", "axis": [1], "momentum": 0.99, "epsilon": 0.001}
    return {"class_name": "BatchNormalization", "config": {**config, "center": True, "scale": True}}


def used(layer, *nodes):
    """A layer of a functional model with its uses."""
    return {**layer, "name": layer["config"]["name"], "inbound_nodes": list(nodes)}


def sequential():
    layers = [
        input_layer("dense_input", 8),
        dense("dense", 4, "relu", batch_input_shape=[None, 8]),
        batch_normalization("batch_normalization"),
        dense("dense_1", 2),
    ]
    return {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}


def functional():
    """A model within the model, used twice, and a shared layer."""
    inner = {"class_name": "Functional", "config": {"name": "inner", "trainable": True}}
    inner["config"] |= {
        "layers": [used(input_layer("input_2", 4)), used(dense("d", 4), [["input_2", 0, 0, {}]])],
        "input_layers": [["input_2", 0, 0]],
        "output_layers": [["d", 0, 0]],
    }
    add = {"class_name": "Add", "config": {"name": "add", "trainable": True, "dtype": "float32"}}
    layers = [
        used(input_layer("input_1", 4)),
        used(inner, [["input_1", 0, 0, {}]], [["inner", 1, 0, {}]]),
        used(dense("shared", 4), [["inner", 2, 0, {}]], [["input_1", 0, 0, {}]]),
        used(add, [["shared", 0, 0, {}], ["shared", 1, 0, {}]]),
    ]
    config = {"name": "model", "trainable": True, "layers": layers}
    config |= {"input_layers": [["input_1", 0, 0]], "output_layers": [["add", 0, 0], ["inner", 2, 0]]}
    return {"class_name": "Functional", "config": config}


TRAINING = {
    "loss": {
        "class_name": "SparseCategoricalCrossentropy",
        "config": {"reduction": "auto", "name": "sparse_categorical_crossentropy", "from_logits": True},
    },
    "metrics": [["accuracy"]],
    "weighted_metrics": None,
    "loss_weights": None,
    "optimizer_config": {
        "class_name": "Adam",
        "config": {
            "name": "Adam", "learning_rate": 0.01, "decay": 0.0, "beta_1": 0.8, "beta_2": 0.999, "epsilon": 1e-07,
            "amsgrad": False,
        },
    },
}  # fmt: skip


def write(path, weights, model=None, training=None):
    """Write a file.

    Args:
        weights: {layer name: {weight name: array}}.
        model: config; None writes a file of weights alone.
        training: config of `compile`.
    """
    with h5py.File(path, "w") as file:
        group = file
        if model is not None:
            file.attrs["model_config"] = json.dumps(model).encode()
            group = file.create_group("model_weights")
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        for where in {file, group}:
            where.attrs["keras_version"] = b"2.4.0"
            where.attrs["backend"] = b"tensorflow"
        group.attrs["layer_names"] = [name.encode() for name in weights]
        for name, arrays in weights.items():
            layer = group.create_group(name)
            layer.attrs["weight_names"] = [weight.encode() for weight in arrays]
            for weight, array in arrays.items():
                layer[weight] = array


def weights_of_sequential(seed=0):
    """Weights for `sequential`, under the names of Keras 2."""
    rng = np.random.default_rng(seed)

    def array(*shape):
        return np.abs(rng.normal(size=shape)).astype("float32")

    norm = {f"batch_normalization/{n}:0": array(4) for n in ("gamma", "beta", "moving_mean", "moving_variance")}
    return {
        "dense": {"dense/kernel:0": array(8, 4), "dense/bias:0": array(4)},
        "batch_normalization": norm,
        "dense_1": {"dense_1/kernel:0": array(4, 2), "dense_1/bias:0": array(2)},
    }


def write_archive(path, weights, model, compile_config):
    """Write a `.keras` file as Keras 2.15 did: with modules in the config, and weights under groups of classes."""

    def with_modules(value, module="keras.layers"):
        if isinstance(value, list):
            return [with_modules(item) for item in value]
        if not isinstance(value, dict):
            return value
        inner = {key: with_modules(item, "keras.initializers") for key, item in value.items() if key != "layers"}
        inner |= {key: with_modules(item) for key, item in value.items() if key == "layers"}
        return {"module": module, "registered_name": None, **inner} if "class_name" in value else inner

    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        for name, arrays in weights.items():
            for i, array in enumerate(arrays.values()):
                file[f"layers/{name}/vars/{i}"] = array
        file["metrics/mean/vars/0"] = 1.0
        file["optimizer/vars/0"], file["optimizer/vars/1"] = 0, 0.01
    config = {**with_modules(model, "keras"), "compile_config": compile_config}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "2.15.0", "date_saved": "2023-11-01@10:00:00"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", memory.getvalue())
