"""Writing of a `Graph` to an ONNX file, by the `onnx` package."""

import os
from functools import partial
from pathlib import Path

import numpy as np

from minikeras.base.optional_packages import optional_module
from minikeras.exporting.lengths import Unknown
from minikeras.exporting.onnx.graph import Graph
from minikeras.formats.replacing import replacing
from minikeras.formats.temporary import temporary

DOMAINS = {"LabelEncoder": ("ai.onnx.ml", 2)}
"""{operator: (its domain, the version)}, for operators outside of ONNX's default domain."""
MESSAGE_LIMIT = 2**31 - 2**20  # bytes; Protocol Buffers cannot hold more, so larger weights go to a file next to it

onnx_package = partial(optional_module, "onnx", "`model.export(format='onnx')`")


def model_proto(graph, inputs, outputs, name, length_names):
    """The `onnx.ModelProto` of a graph.

    Args:
        graph: a `Graph`.
        inputs, outputs: its `Value`s.
        name: of the model.
        length_names: {`Unknown`: name of that length}.
    """
    onnx = onnx_package()
    helper = onnx.helper
    ends = [[_value_info(helper, value, length_names) for value in values] for values in (inputs, outputs)]
    nodes = [_node(helper, node) for node in graph.nodes]
    weights = [onnx.numpy_helper.from_array(np.asarray(array), name) for name, array in graph.initializers.items()]
    opsets = [
        helper.make_opsetid(*domain)
        for domain in dict.fromkeys(
            [("", graph.opset), *(DOMAINS[node.operator] for node in graph.nodes if node.operator in DOMAINS)]
        )
    ]
    return helper.make_model(
        helper.make_graph(nodes, name, *ends, weights),
        opset_imports=opsets,
        ir_version=helper.find_min_ir_version_for(opsets),
        producer_name="minikeras",
    )


def _value_info(helper, value, length_names):
    shape = [length_names.get(n) if isinstance(n, Unknown) else n for n in value.shape]
    return helper.make_tensor_value_info(value.name, helper.np_dtype_to_tensor_dtype(value.dtype), shape)


def _node(helper, node):
    attributes = {word: _attribute(helper, value) for word, value in node.attributes.items()}
    domain, _ = DOMAINS.get(node.operator, ("", None))
    return helper.make_node(
        node.operator, node.inputs, node.outputs, name=node.name, domain=domain or None, **attributes
    )


def _attribute(helper, value):
    if isinstance(value, np.dtype):
        return helper.np_dtype_to_tensor_dtype(value)
    if isinstance(value, Graph):  # the body of a loop
        inputs, outputs = ([_value_info(helper, v, {}) for v in values] for values in (value.inputs, value.outputs))
        return helper.make_graph([_node(helper, node) for node in value.nodes], "body", inputs, outputs)
    if isinstance(value, (list, tuple)):
        return [int(n) if isinstance(n, (int, np.integer)) else n for n in value]
    return int(value) if isinstance(value, (bool, np.integer)) else value


def write(proto, path):
    """Check a model and write it, with its weights in `path.data` next to it if they are too large for one message.

    If that fails, as on a full disk, an earlier file is not changed.
    """
    onnx = onnx_package()
    if sum(len(tensor.raw_data) for tensor in proto.graph.initializer) < MESSAGE_LIMIT:
        onnx.checker.check_model(proto)
        with replacing(path) as unfinished:
            unfinished.write_bytes(proto.SerializeToString())
        return
    path = Path(os.path.realpath(path))
    with temporary(path, is_folder=True) as folder:  # the model refers to the file with its weights by name
        unfinished, data = folder / path.name, folder / f"{path.name}.data"
        onnx.save(proto, unfinished, save_as_external_data=True, all_tensors_to_one_file=True, location=data.name)
        onnx.checker.check_model(unfinished)
        data.replace(path.with_name(data.name))
        unfinished.replace(path)
