"""Conversion of configs to and from the form of Keras 2, as in all `.h5` files and in the `.keras` files of Keras 2.

The old form is `{"class_name": "Dense", "config": {…}}`, mostly without a module; arguments and nodes of the graph have
other forms.
"""

from minikeras import tree
from minikeras.losses.identifiers import SHORT_NAMES
from minikeras.serialization import get_registered_name, get_registered_object, serialize_keras_object
from minikeras.serialization.op_names import is_op, op_module

MODELS = ("Sequential", "Functional", "Model")

# Arguments of Keras 2 that Keras 3 does not have, with the values for which they have no effect.
DROPPED = {
    "groups": (1,), "time_major": (False,), "implementation": (0, 1, 2), "ragged": (False,), "sparse": (False,),
    "is_legacy_optimizer": (True, False), "jit_compile": (True, False), "decay": (0.0,),
}  # fmt: skip
KEEP_DROPPED = ("InputLayer", "GroupNormalization")  # classes that have some of these arguments in Keras 3 too
_KERNEL = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")
DROPPED_BY_CLASS = {"SeparableConv1D": _KERNEL, "SeparableConv2D": _KERNEL}  # these have arguments for two kernels
LAMBDA_DROPPED = ("module", "function_type", "output_shape_type", "output_shape_module")


# --- writing ----------------------------------------------------------------------------------------------------------


def legacy_model_config(model):
    """{"class_name", "config"} of a model. Its layers have no module; ops have one, since otherwise Keras takes them
    for layers of the same name (and cannot read its own files of them)."""
    return _legacy({**serialize_keras_object(model), "class_name": get_registered_name(type(model))})


def _legacy(config):
    own = config["config"]
    if config["class_name"] in MODELS and "layers" in own:
        own = {**own, "layers": [_legacy_layer(layer) for layer in own["layers"]]}
    return {"class_name": config["class_name"], "config": own}


def _legacy_layer(layer):
    if str(layer.get("module")).startswith("keras.src.ops"):
        return layer
    graph = {key: layer[key] for key in ("name", "inbound_nodes") if key in layer}
    name = layer["registered_name"] or layer["class_name"]
    return {**_legacy({**layer, "class_name": name}), **graph}


def legacy_training_config(model):
    """The arguments of `compile`, with the optimizer's config under a separate name."""
    config = serialize_keras_object({**model._compile_arguments, "jit_compile": model.jit_compile})
    config["loss"] = tree.map_structure(_full_name, _without_modules(config.get("loss")))
    for name in ("metrics", "weighted_metrics"):
        config[name] = _without_modules(config.get(name))
    optimizer = serialize_keras_object(model.optimizer)
    config["optimizer_config"] = {
        "class_name": get_registered_name(type(model.optimizer)),
        "config": optimizer["config"],
    }
    return config


def _full_name(loss):
    """ "mean_squared_error" for "mse": Keras writes short names, but cannot read them."""
    return SHORT_NAMES[loss.lower()].__name__ if isinstance(loss, str) and loss.lower() in SHORT_NAMES else loss


def _without_modules(config):
    """Losses and metrics as these files have them: {"class_name", "config"}, functions by their name."""
    if isinstance(config, dict) and "class_name" in config:
        if config["class_name"] in ("function", "type"):
            return config["config"]
        name = config.get("registered_name") or config["class_name"]
        return {"class_name": name, "config": config["config"]}
    if isinstance(config, dict):
        return {key: _without_modules(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [_without_modules(item) for item in config]
    return config


# --- reading ----------------------------------------------------------------------------------------------------------


def modern_model_config(config):
    """A model's config in the form of Keras 3, from one of an `.h5` file or of a `.keras` file of Keras 2.

    Args:
        config: {"class_name", "config"}, read from JSON.

    Raises:
        ValueError: it is not a model's config, or it uses ops that only Keras 2 had.
    """
    if not isinstance(config, dict) or "class_name" not in config or "config" not in config:
        raise ValueError(f"The file describes no model: {str(config)[:200]}")
    return modern(config)


def modern(value):
    """A config, or lists and dicts of configs, in the form of Keras 3; those of custom classes are unchanged."""
    if isinstance(value, (list, tuple)):
        return [modern(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "class_name" not in value or "config" not in value:
        return {key: modern(item) for key, item in value.items()}
    return _modern_object(value)


def _modern_object(described):
    name, config = described["class_name"], described["config"]
    is_custom = get_registered_object(described.get("registered_name") or name) is not None
    if is_custom or not isinstance(config, (dict, list)) or str(described.get("module")).startswith("keras.src.ops"):
        return described
    if isinstance(config, list):  # a Sequential of the first Keras 2
        config = {"name": "sequential", "layers": config}
    _refuse_ops_of_keras_2(name, config)
    name = "Functional" if name == "Model" and "layers" in config else name.removeprefix("Custom>")
    own = _modern_graph(config) if name in MODELS and "layers" in config else _modern_arguments(name, config)
    found = {"module": None, "registered_name": name, **described, "class_name": name, "config": own}
    if "module" not in described and "trainable" not in config and "dtype" not in config and is_op(name):
        found["module"] = op_module(name)  # an op that Keras 3 wrote as if it were a layer
    if found["registered_name"] == f"Custom>{name}":
        found["registered_name"] = name  # Keras 2 named its own optimizers so
    if found["module"] == "keras.optimizers.legacy":
        found["module"] = "keras.optimizers"
    if described.get("compile_config"):
        arguments = modern(described["compile_config"])
        found["compile_config"] = {key: value for key, value in arguments.items() if value is not None}
    return found


def _modern_graph(config):
    """The layers and uses of a model. Keras 2 counted the uses of all inner models from 1, and wrote each use as a list
    of [layer, use, output, kwargs]; Keras 3 counts so only for functional models among the outputs."""
    models = {layer.get("name"): layer["class_name"] for layer in config["layers"] if layer["class_name"] in MODELS}
    is_old = any(isinstance(node, list) for layer in config["layers"] for node in layer.get("inbound_nodes", ()))

    def reference(name, use, output, *_):
        return [name, use - 1 if is_old and name in models and use > 0 else use, output]

    def end_reference(name, use, output, *_):
        return reference(name, use, output) if models.get(name) == "Sequential" else [name, use, output]

    layers = []
    for layer in _with_input(config["layers"]):
        nodes = [_node(node, reference) for node in layer.get("inbound_nodes", ())]
        layers.append(modern(layer) | ({"inbound_nodes": nodes} if "inbound_nodes" in layer else {}))
    ends = {"output_layers": _map(end_reference, config["output_layers"])} if "output_layers" in config else {}
    return {**config, "layers": layers, **ends}


def _with_input(layers):
    """The layers of a model, with an InputLayer inserted before a first layer that has a `batch_input_shape`."""
    first = layers[0] if layers else {}
    batch_shape = first.get("config", {}).get("batch_input_shape") if isinstance(first.get("config"), dict) else None
    if batch_shape is None or first["class_name"] == "InputLayer":
        return layers
    return [{"class_name": "InputLayer", "config": {"batch_input_shape": batch_shape}}, *layers]


def _map(function, nested):
    """Apply `function` to each [layer, use, output] in a structure of them."""
    if isinstance(nested, dict):
        return {key: _map(function, value) for key, value in nested.items()}
    return function(*nested) if nested and isinstance(nested[0], str) else [_map(function, item) for item in nested]


def _node(node, reference):
    """{"args", "kwargs"} of one use of a layer."""
    if isinstance(node, dict):
        return node
    if isinstance(node[0], str):
        node = [node]
    tensors = [_tensor(reference(*item)) for item in node]
    kwargs = dict(node[0][3]) if len(node[0]) > 3 else {}
    return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": kwargs}


def _tensor(history):
    return {"class_name": "__keras_tensor__", "config": {"shape": None, "dtype": None, "keras_history": history}}


def _modern_arguments(name, config):
    dropped = DROPPED_BY_CLASS.get(name, ())
    config = {
        key: modern(value)
        for key, value in config.items()
        if key not in dropped and (name in KEEP_DROPPED or value not in DROPPED.get(key, ()))
    }
    batch_shape = config.pop("batch_input_shape", None)
    if name == "InputLayer" and batch_shape is not None:
        config["batch_shape"] = batch_shape
    if isinstance(config.get("axis"), list) and len(config["axis"]) == 1:
        config["axis"] = config["axis"][0]  # BatchNormalization
    if isinstance(config.get("dtype"), dict) and config["dtype"].get("class_name") == "Policy":
        config["dtype"] = config["dtype"]["config"]["name"]
    if "fn" in config and "Wrapper" not in name:
        del config["fn"]  # of losses and metrics; their classes determine the function
    if config.get("reduction") == "auto":
        config["reduction"] = "sum_over_batch_size"  # of losses
    if name == "Lambda":
        config = {key: value for key, value in config.items() if key not in LAMBDA_DROPPED}
        function = config.get("function")
        if isinstance(function, list):
            config["function"] = {"class_name": "__lambda__", "config": {"value": function}}
        elif isinstance(function, str):
            config["function"] = {"class_name": "function", "config": function}
    return config


def _refuse_ops_of_keras_2(name, config):
    if name in ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod"):
        raise ValueError(
            f"The model uses the TensorFlow function {config.get('function') or config.get('name')!r} on symbolic "
            "tensors, which only Keras 2 could save, and Keras 3 cannot read either. Write the model's code again with "
            "functions of `keras.ops`, and set its weights with `load_weights`."
        )
