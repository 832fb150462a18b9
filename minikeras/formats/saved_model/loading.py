"""`load_saved_model`: the objects of a SavedModel, with their functions, variables and tables.

A SavedModel may come from anywhere. Reading one runs only operations of `graph_ops`, none of which reads or writes
files other than the model's own assets; its size, the positions that it refers to and all checksums are checked.
"""

import os

from minikeras.autodiff.variable import Variable
from minikeras.base.errors import NotFoundError, UnimplementedError
from minikeras.base.loading_limits import loading_limits
from minikeras.formats.saved_model.graph_function import FunctionLibrary
from minikeras.formats.saved_model.graph_ops.resources import Asset
from minikeras.formats.saved_model.loaded_functions import LoadedConcreteFunction, LoadedFunction, Parameters
from minikeras.formats.saved_model.messages import FILE, OBJECT_GRAPH, SCHEMA, SavedModel, TrackableObjectGraph
from minikeras.formats.saved_model.structures import fits, value_of
from minikeras.formats.saved_model.tensor_bundle import TensorBundle
from minikeras.formats.saved_model.tensors import array_of, shape_of
from minikeras.formats.unreadable import UnreadableFileError, unsafe

TUPLE = "trackable_tuple_wrapper"  # the identifier of an object that was a tuple


class LoadedObject:
    """An object of a SavedModel, with its saved parts as attributes."""

    def __repr__(self):
        return f"<{type(self).__name__} of a SavedModel with {', '.join(sorted(vars(self))) or 'no parts'}>"


class LoadedCallable(LoadedObject):
    """A `LoadedObject` that can be called, since its class defined `__call__`."""

    def __call__(self, *args, **kwargs):
        return vars(self)["__call__"](*args, **kwargs)


def read_meta_graph(folder, tags=None):
    """The `MetaGraphDef` of a SavedModel: the one with these tags, or the only one.

    Raises:
        OSError: there is no SavedModel, it is damaged, or larger than the limit.
        ValueError: there is none with these tags.
    """
    path = os.path.join(folder, FILE)
    if not os.path.isfile(path):
        is_text = os.path.isfile(f"{path}txt")
        raise OSError(
            f"SavedModel file does not exist at: {path}"
            + (". There is one as text (.pbtxt), which is not read: save it again with TensorFlow." if is_text else "")
        )
    if os.path.getsize(path) > loading_limits()["characters"]:
        raise UnreadableFileError(
            f"{path!r} is not read: it is larger than `keras.config.set_loading_limits(characters=…)` allows."
        )
    try:
        with open(path, "rb") as file:
            model = SavedModel.decoded(file.read())
    except ValueError as error:
        raise UnreadableFileError(f"{path!r} is not a SavedModel, or damaged: {error}") from error
    if model.saved_model_schema_version != SCHEMA or not model.meta_graphs:
        raise UnreadableFileError(f"{path!r} is not a SavedModel of version {SCHEMA}, or damaged.")
    tags = [tags] if isinstance(tags, str) else tags
    found = [g for g in model.meta_graphs if tags is None or sorted(g.meta_info_def.tags) == sorted(tags)]
    if len(found) != 1:
        there = [list(g.meta_info_def.tags) for g in model.meta_graphs]
        raise ValueError(
            f"Got an incompatible argument to `tags`: {tags}. The SavedModel at {folder} has "
            f"{len(there)} graph(s), with the tags {there}. Pass one of these, or None if there is one."
        )
    return found[0]


class LoadedClasses:
    """The classes of a SavedModel's parts. `tf.saved_model` has classes with more of TensorFlow's attributes."""

    function, concrete_function = LoadedFunction, LoadedConcreteFunction

    @staticmethod
    def variable(array, trainable, name):
        """A Variable, named as Keras names those of a `TFSMLayer`."""
        return Variable(array, trainable=trainable, dtype=array.dtype.name, name=f"{name.replace('/', '_')}:0")


def load_saved_model(folder, tags=None, classes=LoadedClasses, with_aliases=False):
    """The saved object: its functions are attributes, `signatures` holds the served ones by name.

    Args:
        folder: of the SavedModel.
        tags: of the graph, if there are several.
        classes: `LoadedClasses`.
        with_aliases: whether to add the attribute `function_aliases`, the functions that were saved under other names.

    Raises:
        OSError: there is no SavedModel in the folder, or it is damaged.
        UnimplementedError: it is one of TensorFlow 1, which has no objects.
    """
    folder = os.fspath(folder)
    graph = read_meta_graph(folder, tags)
    if graph.object_graph_def is None or not graph.object_graph_def.nodes:
        raise UnimplementedError(
            None,
            None,
            f"The SavedModel at {folder} was written by TensorFlow 1: it holds a graph without objects, which is not "
            "read. Save it again with TensorFlow 2 (`tf.saved_model.save`).",
        )
    try:
        loader = _Loader(folder, graph, classes)
        root = loader.root()
        if with_aliases:
            root.function_aliases = loader.function_aliases(graph.meta_info_def.function_aliases)
        return root
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError) as error:  # of missing parts
        raise UnreadableFileError(f"The SavedModel at {folder} is damaged: {type(error).__name__} {error}") from error


class _Loader:
    """Makes the objects of a SavedModel, in the order of the file, then connects them."""

    def __init__(self, folder, graph, classes):
        self.folder, self.graph, self.classes = folder, graph, classes
        self.nodes = graph.object_graph_def.nodes
        self.traced = graph.object_graph_def.concrete_functions
        self.library = FunctionLibrary(graph.graph_def.library.function if graph.graph_def.library else [])
        self.constants = {node.name: node for node in graph.graph_def.node if node.op == "Const"}
        self.objects = [None] * len(self.nodes)

    def root(self):
        """The first object, complete."""
        self._read_checkpoint()
        makers = {
            "user_object": self._user_object,
            "variable": self._variable,
            "function": self._function,
            "bare_concrete_function": self._signature,
            "constant": self._constant,
            "asset": self._asset,
        }
        for number, node in enumerate(self.nodes):
            if node.chosen in makers:
                self.objects[number] = makers[node.chosen](number, node)
            elif node.chosen not in ("resource", "captured_tensor"):
                raise UnreadableFileError(f"The SavedModel at {self.folder} has an object of an unknown kind.")
        self._make_tables()
        for number in range(len(self.nodes)):
            self._connect(number)
        return self._part(0)

    def function_aliases(self, aliases):
        """{alias: the function that has it, or a list of `LoadedConcreteFunction`s}, of {name: alias}."""
        known = {
            frozenset(node.function.concrete_functions): function
            for node, function in zip(self.nodes, self.objects, strict=True)
            if node.chosen == "function"
        }
        found = {}
        for alias in aliases.values():
            names = [name for name, other in aliases.items() if other == alias]
            found[alias] = known.get(frozenset(names)) or [self._concrete_function(name) for name in names]
        return found

    def _children(self, number):
        return {child.local_name: child.node_id for child in self.nodes[number].children}

    # --- objects --------------------------------------------------------------------------------------------------

    def _user_object(self, number, node):
        kind = node.user_object.identifier
        if kind in ("trackable_list_wrapper", TUPLE):
            return []
        if kind in ("trackable_dict_wrapper", "signature_map"):
            return {}
        callable_ = self._children(number).get("__call__")
        is_function = callable_ is not None and self.nodes[callable_].chosen in ("function", "bare_concrete_function")
        return LoadedCallable() if is_function else LoadedObject()

    def _variable(self, number, node):
        saved = node.variable
        key = self.keys.get((number, "VARIABLE_VALUE"))
        if key is None:
            return None  # an optimizer's, for example; an error only if a function reads it
        array = self.bundle[key]
        shape = shape_of(saved.shape)
        if not fits(shape, array.shape):
            raise UnreadableFileError(
                f"The SavedModel at {self.folder} has values of shape {array.shape} for the variable {saved.name!r} of "
                f"shape {shape}."
            )
        return self.classes.variable(array, saved.trainable, saved.name)

    def _function(self, _, node):
        spec = node.function.function_spec
        graphs = [self._concrete_function(name) for name in node.function.concrete_functions]
        has_signature = spec.input_signature is not None and spec.input_signature.chosen not in (None, "none_value")
        return self.classes.function(graphs, _parameters(spec), has_signature)

    def _signature(self, _, node):
        saved = node.bare_concrete_function
        return self._concrete_function(saved.concrete_function_name, saved.argument_keywords)

    def _concrete_function(self, name, keywords=None):
        saved = self.traced[name]
        arguments, results = value_of(saved.canonicalized_input_signature), value_of(saved.output_signature)
        return self.classes.concrete_function(
            self.library[name], self.objects, saved.bound_inputs, arguments, results, keywords
        )

    def _constant(self, _, node):
        return array_of(self.constants[node.constant.operation].attr["value"].tensor)

    def _asset(self, _, node):
        name = self.graph.asset_file_def[node.asset.asset_file_def_index].filename
        root = os.path.realpath(os.path.join(self.folder, "assets"))
        path = os.path.realpath(os.path.join(root, name))
        if os.path.commonpath([root, path]) != root:
            raise unsafe(os.path.join(self.folder, FILE), f"the asset {name!r} is not in its folder")
        return Asset(path)

    def _make_tables(self):
        """Tables of keys and values, by the functions that were saved with them."""
        tables = [number for number, node in enumerate(self.nodes) if node.chosen == "resource"]
        for number in tables:
            self.objects[number] = self._run(number, "_create_resource")
        for number in tables:
            if "_initialize" in self._children(number):
                self._run(number, "_initialize")
            if (number, "table-keys") in self.keys:
                keys, values = (self.bundle[self.keys[number, f"table-{part}"]] for part in ("keys", "values"))
                self.objects[number].insert(keys, values)

    def _run(self, number, name):
        return self.objects[self._children(number)[name]]()

    def _connect(self, number):
        """Set the parts of an object."""
        whole = self.objects[number]
        parts = {name: self._part(child) for name, child in self._children(number).items()}
        if isinstance(whole, list):
            whole += _in_order(parts)
        elif isinstance(whole, dict):
            whole.update(parts)
        elif isinstance(whole, LoadedObject):
            vars(whole).update(parts)

    def _part(self, number):
        """The object with this index; a tuple, which is immutable, is created with all its parts."""
        user_object = self.nodes[number].user_object
        if user_object is None or user_object.identifier != TUPLE:
            return self.objects[number]
        return tuple(_in_order({name: self._part(child) for name, child in self._children(number).items()}))

    # --- variables ------------------------------------------------------------------------------------------------

    def _read_checkpoint(self):
        """`bundle`, the arrays, and `keys`: {(number of an object, attribute): name of the array}."""
        self.bundle, self.keys = {}, {}
        try:
            self.bundle = TensorBundle(os.path.join(self.folder, "variables", "variables"))
        except NotFoundError:
            return  # a model without variables may have none
        if OBJECT_GRAPH not in self.bundle:
            return
        graph = TrackableObjectGraph.decoded(self.bundle[OBJECT_GRAPH].item())
        waiting, seen = [(0, 0)], {(0, 0)}
        while waiting:  # both graphs have the same names from their roots on
            saved, own = waiting.pop()
            for attribute in graph.nodes[saved].attributes:
                self.keys[own, attribute.name] = attribute.checkpoint_key
            children = self._children(own)
            for child in graph.nodes[saved].children:
                pair = child.node_id, children.get(child.local_name)
                if pair[1] is not None and pair not in seen:
                    seen.add(pair)
                    waiting.append(pair)


def _in_order(parts):
    """The parts of a list, which are named by their numbers."""
    return [parts[name] for name in sorted((n for n in parts if n.isdecimal()), key=int)]


def _parameters(spec):
    """The `Parameters` of a saved function's specification."""
    given = value_of(spec.fullargspec)
    names = list(given.args)[1:] if spec.is_method else list(given.args)
    defaults = list(given.defaults or ())[-len(names) :] if names else []
    keywords = {name: (given.kwonlydefaults or {}).get(name) for name in given.kwonlyargs}
    return Parameters(names, defaults, bool(given.varargs), keywords, bool(given.varkw))
