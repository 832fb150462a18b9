"""Configs of `.h5` files, in the words of Keras 2, to and from those of `.keras` files.

Old: `{"class_name": "Dense", "config": {…}}`, without a module; arguments and nodes of the graph in other forms.
"""

from minikeras import tree
from minikeras.losses.identifiers import SHORT_NAMES
from minikeras.serialization import get_registered_name
from minikeras.serialization.public_names import find_op, op_module

MODELS = ("Sequential", "Functional", "Model")

# Arguments that Keras 2 wrote and Keras 3 does not know, with the values at which they say nothing.
DROPPED = {
    "groups": (1,), "time_major": (False,), "implementation": (0, 1, 2), "ragged": (False,), "sparse": (False,),
    "is_legacy_optimizer": (True, False), "jit_compile": (True, False), "decay": (0.0,),
}  # fmt: skip
LAMBDA_DROPPED = ("module", "function_type", "output_shape_type", "output_shape_module")


# --- writing ----------------------------------------------------------------------------------------------------------


def legacy_model_config(model):
    """{"class_name", "config"} of a model. Layers inside have no module; ops have, for without it Keras would take them
    for layers of the same name (and cannot read what it writes of them itself)."""
    return _legacy({"class_name": get_registered_name(type(model)), "config": model.get_config()})


def _legacy(config):
    own = config["config"]
    if config["class_name"] in MODELS and "layers" in own:
        own = {**own, "layers": [_legacy_layer(layer) for layer in own["layers"]]}
    return {"class_name": config["class_name"], "config": own}


def _legacy_layer(layer):
    if str(layer.get("module")).startswith("keras.src.ops"):
        return layer
    graph = {key: layer[key] for key in ("name", "inbound_nodes") if key in layer}
    name = layer["class_name"] if layer["module"] else layer["registered_name"]
    return {**_legacy({**layer, "class_name": name}), **graph}


def legacy_training_config(model):
    """The arguments of `compile`, with the optimizer's config under a name of its own."""
    config = model.get_compile_config()
    optimizer = config.pop("optimizer")
    config["loss"] = tree.map_structure(_full_name, _without_modules(config.get("loss")))
    for name in ("metrics", "weighted_metrics"):
        config[name] = _without_modules(config.get(name))
    config["optimizer_config"] = {
        "class_name": get_registered_name(type(model.optimizer)),
        "config": optimizer["config"],
    }
    return config


def _full_name(loss):
    """ "mean_squared_error" for "mse": the short names that Keras writes it cannot read."""
    return SHORT_NAMES[loss.lower()].__name__ if isinstance(loss, str) and loss.lower() in SHORT_NAMES else loss


def _without_modules(config):
    """Losses and metrics as these files have them: {"class_name", "config"}, functions by their name."""
    if isinstance(config, dict) and "class_name" in config:
        if config["class_name"] in ("function", "type"):
            return config["config"]
        name = config["class_name"] if config.get("module") else config.get("registered_name", config["class_name"])
        return {"class_name": name, "config": config["config"]}
    if isinstance(config, dict):
        return {key: _without_modules(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [_without_modules(item) for item in config]
    return config


# --- reading ----------------------------------------------------------------------------------------------------------


def modern_model_config(config):
    """A config as `.keras` files have it, from one of an `.h5` file.

    Args:
        config: {"class_name", "config"}, read from JSON.

    Raises:
        ValueError: it is no model's config, or it uses ops that only Keras 2 had.
    """
    if not isinstance(config, dict) or "class_name" not in config or "config" not in config:
        raise ValueError(f"The file describes no model: {str(config)[:200]}")
    return _modern(config)


def _modern(layer):
    if "module" in layer:
        return layer
    name, config = layer["class_name"], layer["config"]
    if isinstance(config, list):  # a Sequential of the first Keras 2
        config = {"name": "sequential", "layers": config}
    _refuse_ops_of_keras_2(name, config)
    if name in MODELS and "layers" in config:
        own = _modern_graph(config)
        name = "Functional" if name == "Model" else name
    else:
        own = _modern_arguments(name, config)
    is_op = "trainable" not in config and "dtype" not in config and find_op(name) is not None
    return {"module": op_module(name) if is_op else None, "class_name": name, "config": own, "registered_name": name}


def _modern_graph(config):
    """The layers and uses of a model. Keras 2 counted the uses of all models within it from 1, and wrote each use as a
    list of [layer, use, output, kwargs]; Keras 3 does so for functional ones among the outputs only."""
    models = {layer.get("name"): layer["class_name"] for layer in config["layers"] if layer["class_name"] in MODELS}
    is_old = any(isinstance(node, list) for layer in config["layers"] for node in layer.get("inbound_nodes", ()))

    def reference(name, use, output, *_):
        return [name, use - 1 if is_old and name in models and use > 0 else use, output]

    def end_reference(name, use, output, *_):
        return reference(name, use, output) if models.get(name) == "Sequential" else [name, use, output]

    layers = []
    for layer in config["layers"]:
        modern = _modern(layer)
        if "inbound_nodes" in layer:
            nodes = [_node(node, reference) for node in layer["inbound_nodes"]]
            modern |= {"name": layer["name"], "inbound_nodes": nodes}
        layers.append(modern)
    ends = {"output_layers": _map(end_reference, config["output_layers"])} if "output_layers" in config else {}
    return {**config, "layers": layers, **ends}


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
    config = {key: value for key, value in config.items() if value not in DROPPED.get(key, ()) or name == "InputLayer"}
    if name == "InputLayer" and "batch_input_shape" in config:
        config["batch_shape"] = config.pop("batch_input_shape")
    if isinstance(config.get("axis"), list) and len(config["axis"]) == 1:
        config["axis"] = config["axis"][0]  # BatchNormalization
    if isinstance(config.get("dtype"), dict) and config["dtype"].get("class_name") == "Policy":
        config["dtype"] = config["dtype"]["config"]["name"]
    if name == "Lambda":
        config = {key: value for key, value in config.items() if key not in LAMBDA_DROPPED}
        function = config.get("function")
        if isinstance(function, list):
            config["function"] = {"class_name": "__lambda__", "config": {"value": function}}
        elif isinstance(function, str):
            config["function"] = {"class_name": "function", "config": function}
    if config.get("reduction") == "auto":
        config["reduction"] = "sum_over_batch_size"  # of losses
    return config


def modern_training_config(config):
    """The arguments of `compile`: losses, metrics and the optimizer as configs, names as names."""
    if isinstance(config, (list, tuple)):
        return [modern_training_config(item) for item in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "module" in config:
        return {key: modern_training_config(value) for key, value in config.items()}
    return {**config, "config": _modern_arguments(config["class_name"], config["config"])}


def _refuse_ops_of_keras_2(name, config):
    if name in ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod"):
        raise ValueError(
            f"The model uses the TensorFlow function {config.get('function') or config.get('name')!r} on symbolic "
            "tensors, which only Keras 2 could save, and Keras 3 cannot read either. Write the model's code anew with "
            "functions of `keras.ops`, and set its weights with `load_weights`."
        )
