"""Functional models as configs and back.

The config lists every operation with, for each of its uses, the arguments, where a tensor is written as the name of
the operation that makes it, which use of it, and which output: `["dense", 0, 0]`. Among the model's outputs, uses of a
functional model within it are counted from 1, as Keras has it.
"""

from minikeras import tree
from minikeras.autodiff.function import Function
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.layers.core.input_layer import InputLayer
from minikeras.serialization import CustomObjectScope, deserialize_keras_object, serialize_keras_object


def functional_config(model):
    """A JSON-ready description of a functional model's graph."""
    uses = _number_uses(model)

    def reference(x):
        operation, node_index, tensor_index = x._keras_history
        return [operation.name, uses[id(operation._inbound_nodes[node_index])], tensor_index]

    def end_reference(x):
        name, use, output = reference(x)
        return [name, use + _first_use(x._keras_history.operation), output]

    def describe(x):
        if isinstance(x, KerasTensor):
            config = {"shape": list(x.shape), "dtype": x.dtype, "keras_history": reference(x)}
            return {"class_name": "__keras_tensor__", "config": config}
        return serialize_keras_object(x)

    layers = []
    for operation in model.operations:
        config = serialize_keras_object(operation)
        config["name"] = operation.name
        config["inbound_nodes"] = [
            {"args": tree.map_structure(describe, list(node.args)), "kwargs": tree.map_structure(describe, node.kwargs)}
            for node in operation._inbound_nodes
            if id(node) in uses and not node.is_input
        ]
        layers.append(config)
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": layers,
        "input_layers": tree.map_structure(reference, model._inputs_struct),
        "output_layers": tree.map_structure(end_reference, model._outputs_struct),
    }


def _first_use(operation):
    """The number of an operation's first use among the outputs."""
    return 1 if isinstance(operation, Function) else 0


def _number_uses(model):
    """{id(node): which use of its operation it is within the model}."""
    in_graph = {id(node) for node in model._nodes}
    uses = {}
    for operation in model.operations:
        nodes = [n for n in operation._inbound_nodes if id(n) in in_graph or isinstance(operation, InputLayer)]
        uses.update({id(node): i for i, node in enumerate(nodes)})
    return uses


def functional_from_config(cls, config, custom_objects=None):
    """Draw the graph anew from its config.

    Raises:
        ValueError: an operation refers to a tensor that no operation makes.
    """
    operations, outputs_of, waiting = {}, {}, []
    with CustomObjectScope(custom_objects):
        for layer in config["layers"]:
            operation = deserialize_keras_object({k: v for k, v in layer.items() if k not in ("name", "inbound_nodes")})
            operations[layer["name"]] = operation
            if isinstance(operation, InputLayer):
                outputs_of[layer["name"], 0] = [operation.output]
            waiting += [(layer["name"], i, node) for i, node in enumerate(layer["inbound_nodes"])]
        _run_uses(operations, outputs_of, waiting)

    def tensor(reference):
        name, use, output = reference
        return outputs_of[name, max(use - _first_use(operations[name]), 0)][output]

    inputs = _map_references(tensor, config["input_layers"])
    outputs = _map_references(tensor, config["output_layers"])
    own = {k: v for k, v in config.items() if k not in ("layers", "input_layers", "output_layers")}
    return cls(inputs, outputs, **own)


def _run_uses(operations, outputs_of, waiting):
    """Call the operations on their inputs, each use as soon as its inputs are there."""
    while waiting:
        left = []
        for name, index, node in waiting:
            try:
                args, kwargs = _resolve(node["args"], outputs_of), _resolve(node["kwargs"], outputs_of)
            except KeyError:
                left.append((name, index, node))
                continue
            if isinstance(operations[name], GetItem) and isinstance(args[1], list):
                args = [args[0], tuple(args[1])]  # JSON has lists only, and to NumPy x[[a, b]] is not x[a, b]
            outputs_of[name, index] = tree.flatten(operations[name](*args, **kwargs))
        if len(left) == len(waiting):
            raise ValueError(f"The model's config refers to tensors that nothing makes, for {[n for n, _, _ in left]}.")
        waiting = left


def _resolve(config, outputs_of):
    if isinstance(config, dict) and config.get("class_name") == "__keras_tensor__":
        name, node_index, tensor_index = config["config"]["keras_history"]
        return outputs_of[name, node_index][tensor_index]
    if isinstance(config, dict) and "class_name" not in config:
        return {key: _resolve(value, outputs_of) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(_resolve(item, outputs_of) for item in config)
    return deserialize_keras_object(config)


def _map_references(function, nested):
    """Apply `function` to each [name, node, tensor] in a structure of them."""
    if isinstance(nested, (list, tuple)) and len(nested) == 3 and isinstance(nested[0], str):
        return function(nested)
    if isinstance(nested, dict):
        return {key: _map_references(function, value) for key, value in nested.items()}
    return [_map_references(function, item) for item in nested]
