"""Conversion of functional models to configs and back.

The config lists every operation with the arguments of each of its uses. A tensor among the arguments is written as the
name of the operation that computes it, the number of the use, and that of the output: `["dense", 0, 0]`. Among the
model's outputs, uses of an inner functional model are counted from 1, as in Keras.
"""

import heapq
import reprlib
from collections import defaultdict

from minikeras import tree
from minikeras.autodiff.function import Function
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Operation, any_symbolic
from minikeras.base.limits import reading
from minikeras.layers.call_signature import call_signature
from minikeras.layers.core.input_layer import InputLayer
from minikeras.layers.layer import Layer
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
            config = {"shape": tuple(x.shape), "dtype": x.dtype, "keras_history": reference(x)}
            return {"class_name": "__keras_tensor__", "config": config}
        return serialize_keras_object(x)

    layers = []
    for operation in model.operations:
        config = serialize_keras_object(operation)
        config["name"] = operation.name
        config["inbound_nodes"] = [
            {
                "args": tree.map_structure(describe, tuple(node.args)),
                "kwargs": tree.map_structure(describe, _keywords(node)),
            }
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


def _keywords(node):
    """The keyword arguments of a use. Keras's files include `training` if `call` has a default for it.

    If a layer takes a list of tensors, Keras writes neither that nor a mask of None.
    """
    if not isinstance(node.operation, Layer):
        return node.kwargs
    if node.args and isinstance(node.args[0], (list, tuple)):
        return {key: value for key, value in node.kwargs.items() if key != "mask" or value is not None}
    signature = call_signature(type(node.operation).call)
    given = "training" in node.kwargs or len(node.args) > signature.training_position
    if given or signature.training_default is None:
        return node.kwargs
    return {**node.kwargs, "training": signature.training_default}


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
    """Rebuild the graph from its config.

    Raises:
        ValueError: the config is malformed, or an operation refers to a tensor that no operation computes.
    """
    with reading(config), CustomObjectScope(custom_objects):
        graph = _Graph(config["layers"])
        inputs = _map_references(graph.input_tensor, config["input_layers"])
        outputs = _map_references(graph.input_tensor, config["output_layers"])
        own = {k: v for k, v in config.items() if k not in ("layers", "input_layers", "output_layers")}
        return cls(inputs, outputs, **own)


def _checked(node, name):
    """One call of an operation. Raises a ValueError for the nested lists of Keras 2, which `load_model` converts."""
    if not isinstance(node, dict) or not {"args", "kwargs"} <= set(node):
        raise ValueError(
            f"The config of a call of '{name}' must be a dict with `args` and `kwargs`. Received: {node!r}. "
            "Configs of Keras 2 are read from its files, by `keras.models.load_model`."
        )
    return node


class _Graph:
    """The operations of a config, called on each other's outputs as the config describes.

    Args:
        layers: list of their configs.
    """

    def __init__(self, layers):
        self._operations = {}  # name -> operation
        self._outputs = {}  # (name, which use) -> list of its outputs
        uses = []  # (name, which use, {"args", "kwargs"})
        for layer in layers:
            name, operation = layer["name"], self._operation(layer)
            if name in self._operations:
                raise ValueError(f"The model's config has two layers of one name, {name!r}.")
            self._operations[name] = operation
            if isinstance(operation, InputLayer):
                self._outputs[name, 0] = [operation.output]
            uses += [(name, i, _checked(node, name)) for i, node in enumerate(layer["inbound_nodes"])]
        self._call(uses)

    def _operation(self, layer):
        described = {key: value for key, value in layer.items() if key not in ("name", "inbound_nodes")}
        operation = deserialize_keras_object(described)
        if not isinstance(operation, Operation):
            raise ValueError(
                f"Only layers and operations can be part of a model. Received: {type(operation).__name__} as "
                f"'{layer['name']}'."
            )
        return operation

    def _call(self, uses):
        """Call the operations on their inputs, each use as soon as its inputs exist.

        The order is that of the config as far as possible: from its start to its end, then again from its start for
        those that were not ready.
        """
        missing = [set(_references(node["args"])) | set(_references(node["kwargs"])) for _, _, node in uses]
        waiting = defaultdict(list)  # (name, which use) -> those that need it
        for i, needed in enumerate(missing):
            needed.difference_update(self._outputs)
            for reference in needed:
                waiting[reference].append(i)
        ready = [(0, i) for i, needed in enumerate(missing) if not needed]  # (which walk through the config, place)
        left = set(range(len(uses)))
        while ready:
            walk, i = heapq.heappop(ready)
            left.remove(i)
            name, use, node = uses[i]
            self._outputs[name, use] = self._outputs_of(name, node)
            for j in waiting[name, use]:
                missing[j].discard((name, use))
                if not missing[j]:
                    heapq.heappush(ready, (walk if j > i else walk + 1, j))
        if left:
            names = [uses[i][0] for i in sorted(left)]
            raise ValueError(f"The model's config refers to tensors that nothing makes, for {names[:5]}.")

    def _outputs_of(self, name, node):
        operation = self._operations[name]
        args, kwargs = self._resolve(node["args"]), self._resolve(node["kwargs"])
        if not any_symbolic(args, kwargs):
            raise ValueError(f"'{name}' is called on no tensor of the graph, which would run it immediately.")
        if isinstance(operation, GetItem) and isinstance(args[1], list):
            args = [args[0], tuple(args[1])]  # JSON has lists only, and to NumPy x[[a, b]] is not x[a, b]
        outputs = tree.flatten(operation(*args, **kwargs))
        if isinstance(operation, GetItem):
            outputs[0]._keras_history.operation._name = name  # it is another op, with the key
        return outputs

    def _resolve(self, config):
        """Arguments with the tensors to which they refer."""
        if (history := _history(config)) is not None:
            name, use, output = history
            return _item(self._outputs[name, use], output, name)
        if isinstance(config, dict) and "class_name" not in config:
            return {key: self._resolve(value) for key, value in config.items()}
        if isinstance(config, (list, tuple)):
            return type(config)(self._resolve(item) for item in config)
        return deserialize_keras_object(config)

    def input_tensor(self, reference):
        """The tensor of [operation, which use, which output] among the model's inputs or outputs."""
        name, use, output = reference
        if name not in self._operations:
            raise ValueError(f"The model's config refers to '{name}', which is none of its layers.")
        use = max(use - _first_use(self._operations[name]), 0)
        if (name, use) not in self._outputs:
            raise ValueError(f"The model's config refers to use {use} of '{name}', which it does not have.")
        return _item(self._outputs[name, use], output, name)


def _history(config):
    """(operation, which use, which output) of a symbolic tensor in arguments; None for anything else."""
    if not isinstance(config, dict) or config.get("class_name") != "__keras_tensor__":
        return None
    history = config["config"]["keras_history"]
    if not isinstance(history, (list, tuple)) or [type(item) for item in history] != [str, int, int]:
        raise ValueError(f"A tensor of the graph is [operation, use, output]. Received: {reprlib.repr(history)}")
    return tuple(history)


def _references(config):
    """(operation, which use) of every tensor of the graph in arguments."""
    if (history := _history(config)) is not None:
        yield history[:2]
    elif isinstance(config, (list, tuple)) or (isinstance(config, dict) and "class_name" not in config):
        for item in config.values() if isinstance(config, dict) else config:
            yield from _references(item)


def _item(outputs, index, name):
    if not isinstance(index, int) or not 0 <= index < len(outputs):
        raise ValueError(f"The model's config refers to output {index} of '{name}', which has {len(outputs)}.")
    return outputs[index]


def _map_references(function, nested):
    """Apply `function` to each [name, node, tensor] in a structure of them."""
    if isinstance(nested, (list, tuple)) and len(nested) == 3 and isinstance(nested[0], str):
        return function(nested)
    if isinstance(nested, dict):
        return {key: _map_references(function, value) for key, value in nested.items()}
    if not isinstance(nested, (list, tuple)):
        raise ValueError(f"A tensor of the graph is [operation, use, output]. Received: {reprlib.repr(nested)}")
    mapped = [_map_references(function, item) for item in nested]
    return tuple(mapped) if isinstance(nested, tuple) else mapped
