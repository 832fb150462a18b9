"""Writing of the folder of a SavedModel: `saved_model.pb`, and the variables' values."""

from pathlib import Path

import numpy as np

from minikeras.base.release import __version__
from minikeras.exporting.graph import GraphNode
from minikeras.exporting.tensorflow.functions import signature_wrapper
from minikeras.exporting.tensorflow.graph import node_message
from minikeras.exporting.tensorflow.objects import ObjectGraph
from minikeras.formats.saved_model.attributes import FunctionName, Kind, Shape, kind_of
from minikeras.formats.saved_model.messages import (
    FILE,
    OBJECT_GRAPH,
    SCHEMA,
    CollectionDef,
    FunctionDefLibrary,
    GraphDef,
    MetaGraphDef,
    MetaInfoDef,
    NodeList,
    SavedModel,
    SaverDef,
    SignatureDef,
    TensorInfo,
    VersionDef,
)
from minikeras.formats.saved_model.tensor_bundle import write_bundle
from minikeras.formats.saved_model.tensors import shape_message
from minikeras.formats.temporary import temporary

BUNDLE_FILES = "variables.data-00000-of-00001", "variables.index"
GRAPH_VERSION = VersionDef(producer=2474, min_consumer=12)  # of TensorFlow 2.21, whose operations are described
TENSORFLOW = "2.21.0"
SERVE, DEFAULT, PREDICT = "serve", "serving_default", "tensorflow/serving/predict"
VERSION_2 = 2  # of the saver's files


def write_saved_model(root, signatures, functions, filepath, aliases=None):
    """Write an object with its functions and variables.

    Args:
        root: `objects.Attributes`.
        signatures: {name: `TracedFunction`}.
        functions: the library of all `FunctionDef`s.
        filepath: the folder, created if missing.
        aliases: {other name: `PythonFunction`}, or None.
    """
    wrappers = {name: signature_wrapper(function, name, functions) for name, function in signatures.items()}
    objects = ObjectGraph(root, wrappers, functions)
    object_graph = objects.message()
    graph = ServingGraph(objects)
    info = MetaInfoDef(
        tags=[SERVE],
        tensorflow_version=TENSORFLOW,
        tensorflow_git_version=f"minikeras {__version__}",
        function_aliases={trace.name: alias for alias, of in (aliases or {}).items() for trace in of.traces},
    )
    meta_graph = MetaGraphDef(
        meta_info_def=info,
        signature_def={
            **{name: graph.signature(name, wrapper) for name, wrapper in wrappers.items()},
            "__saved_model_init_op": graph.initialization(),
        },
        saver_def=graph.saver(),
        collection_def={"saved_model_main_op": CollectionDef(node_list=NodeList(value=["NoOp"]))},
        object_graph_def=object_graph,
    )
    nodes = [node_message(node) for node in graph.nodes]
    meta_graph.graph_def = GraphDef(node=nodes, library=FunctionDefLibrary(function=functions), versions=GRAPH_VERSION)
    values = {stored.key: stored.variable.array for stored in objects.stored}
    values[OBJECT_GRAPH] = np.array(objects.checkpoint().encoded(), object)
    _write_folder(Path(filepath), SavedModel(saved_model_schema_version=SCHEMA, meta_graphs=[meta_graph]), values)


def _write_folder(folder, model, values):
    """Write a `SavedModel` and the values of its variables. If that fails, earlier files are not changed."""
    variables = folder / "variables"
    variables.mkdir(parents=True, exist_ok=True)
    with temporary(folder / FILE, is_folder=True) as unfinished:
        (unfinished / FILE).write_bytes(model.encoded())
        write_bundle(unfinished / "variables", values)
        for name in BUNDLE_FILES:
            (unfinished / name).replace(variables / name)
        (unfinished / FILE).replace(folder / FILE)
    (folder / "fingerprint.pb").unlink(missing_ok=True)  # of an earlier SavedModel


class ServingGraph:
    """The graph around the functions, for programs that run it by names of nodes, such as TensorFlow Serving.

    It has the variables, placeholders and a call for each signature, and nodes that save and restore the variables.
    """

    def __init__(self, objects):
        self.nodes = []
        self._stored, self._tables = objects.stored, objects.tables
        self._handles = {id(table): self._add("HashTableV2", table.name, **table.settings) for table in self._tables}
        for number, (variable, name, _) in enumerate(self._stored):
            kind, shape = kind_of(variable.array.dtype), Shape(variable.array.shape)
            handle = self._add("VarHandleOp", f"variables/{number}", dtype=kind, shape=shape, shared_name=name)
            self._handles[id(variable)] = handle

    def _add(self, operator, name, *inputs, **attributes):
        self.nodes.append(GraphNode(operator, name, list(inputs), [name], attributes))
        return name

    def signature(self, name, function):
        """The `SignatureDef` of a signature's function, and its nodes."""
        inputs = {
            key: self._placeholder(f"{name}_{key}", spec.dtype, spec.shape)
            for key, spec in sorted(function.arguments.items())
        }
        specs, results = [function.arguments[key] for key in inputs], sorted(function.results)
        call = self._call(f"{name}/call", function, zip(inputs.values(), specs, strict=True), function.outputs)
        return SignatureDef(
            inputs={key: _info(f"{node}:0", function.arguments[key]) for key, node in inputs.items()},
            outputs={key: _info(f"{call}:{i}", function.results[key]) for i, key in enumerate(results)},
            method_name=PREDICT,
        )

    def _call(self, name, function, inputs, results):
        """A call of a function with pairs (node, `TensorSpec`) of inputs, and its captures."""
        inputs, handles = list(inputs), [self._handles[id(thing)] for thing in function.captures]
        kinds = [spec.dtype for _, spec in inputs] + [Kind("resource")] * len(handles)
        return self._add(
            "StatefulPartitionedCall", name, *[node for node, _ in inputs], *handles, Tin=kinds,
            Tout=[spec.dtype for spec in results], f=FunctionName(function.name),
        )  # fmt: skip

    def _placeholder(self, name, kind, shape):
        return self._add("Placeholder", name, dtype=kind, shape=Shape(shape))

    def initialization(self):
        """The node that fills the tables."""
        filled = [
            self._call(f"{table.name}/fill", function, [], [function.results])
            for table, function in self._tables.items()
        ]
        node = self._add("NoOp", "NoOp", *[f"^{call}" for call in filled])
        return SignatureDef(outputs={"__saved_model_init_op": TensorInfo(name=node, tensor_shape=shape_message(None))})

    def saver(self):
        """The `SaverDef`, and its nodes."""
        string = Kind("string")
        path = self._placeholder("saver_filename", string, ())
        names = self._strings("saver/names", [stored.key.encode() for stored in self._stored])
        slices = self._strings("saver/slices", [b""] * len(self._stored))
        kinds = [kind_of(stored.variable.array.dtype) for stored in self._stored]
        handles = [self._handles[id(stored.variable)] for stored in self._stored]
        reads = [
            self._add("ReadVariableOp", f"{handle}/read", handle, dtype=kind)
            for handle, kind in zip(handles, kinds, strict=True)
        ]
        done, assigned = [], []
        if kinds:
            done = [f"^{self._add('SaveV2', 'saver/save', path, names, slices, *reads, dtypes=kinds)}"]
            restored = self._add("RestoreV2", "saver/restore", path, names, slices, dtypes=kinds)
            assigned = [
                f"^{self._add('AssignVariableOp', f'{handle}/assign', handle, f'{restored}:{i}', dtype=kind)}"
                for i, (handle, kind) in enumerate(zip(handles, kinds, strict=True))
            ]
        saved = self._add("Identity", "saver/saved", path, *done, T=string)
        self._add("NoOp", "saver/restored", *assigned)
        return SaverDef(
            filename_tensor_name=f"{path}:0",
            save_tensor_name=f"{saved}:0",
            restore_op_name="saver/restored",
            version=VERSION_2,
        )

    def _strings(self, name, strings):
        array = np.empty(len(strings), object)
        array[:] = strings
        return self._add("Const", name, value=array, dtype=Kind("string"))


def _info(tensor, spec):
    return TensorInfo(name=tensor, dtype=spec.dtype.number, tensor_shape=shape_message(spec.shape))
