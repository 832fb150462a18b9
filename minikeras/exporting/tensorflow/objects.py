"""The objects of a SavedModel: the saved object, with its functions, variables, lists and dicts."""

from typing import NamedTuple

from minikeras.autodiff.variable import Variable
from minikeras.exporting.tensorflow.functions import PythonFunction, function_spec, table_functions
from minikeras.exporting.tensorflow.tables import Table
from minikeras.formats.saved_model.attributes import kind_of
from minikeras.formats.saved_model.messages import (
    ObjectReference,
    SavedBareConcreteFunction,
    SavedConcreteFunction,
    SavedFunction,
    SavedObject,
    SavedObjectGraph,
    SavedResource,
    SavedUserObject,
    SavedVariable,
    SerializedTensor,
    TrackableObject,
    TrackableObjectGraph,
    VersionDef,
)
from minikeras.formats.saved_model.structures import structured
from minikeras.formats.saved_model.tensors import shape_message

IDENTIFIERS = {list: "trackable_list_wrapper", dict: "trackable_dict_wrapper"}
USER_OBJECT, SIGNATURE_MAP = "_generic_user_object", "signature_map"
DEVICE = "/device:CPU:0"  # of tables
VALUE = "VARIABLE_VALUE"  # the attribute of a variable in the table of the variables


class Attributes(dict):
    """An object: its attributes by name, which are `PythonFunction`s, Variables, lists, dicts, or such objects."""


class Stored(NamedTuple):
    """A Variable, its unique name, and the key of its values in the table of the variables."""

    variable: Variable
    name: str
    key: str


class ObjectGraph:
    """The messages of an object and of all its parts.

    Args:
        root: the object, `Attributes`.
        signatures: {name: `TracedFunction` of a signature}.
        functions: the library, to which the functions of tables are added.

    Attributes:
        stored: a `Stored` for each Variable.
        tables: {`Table`: the `TracedFunction` that fills it}.
    """

    def __init__(self, root, signatures, functions):
        self._nodes, self._positions, self._library, self.tables = [], {}, functions, {}
        self._functions, self.stored = {}, []
        root = Attributes(root)
        tables = {
            id(thing): thing for function in signatures.values() for thing in function.captures if type(thing) is Table
        }
        if tables:
            root["_misc_assets"] = list(tables.values())
        self._add(root, ())
        place = self._new(SavedObject(user_object=_user_object(SIGNATURE_MAP)))
        self._nodes[0].children.append(ObjectReference(node_id=place, local_name="signatures"))
        self._nodes[place].children = [
            ObjectReference(node_id=self._new(self._bare(function)), local_name=name)
            for name, function in signatures.items()
        ]

    def _new(self, node):
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _add(self, thing, path):
        """The index of an object, which is added if it is new. `path` is the list of attributes that lead to it."""
        if id(thing) in self._positions:
            return self._positions[id(thing)][0]
        if isinstance(thing, PythonFunction):
            place = self._new(self._function(thing))
        elif isinstance(thing, Table):
            place = self._new(SavedObject(resource=SavedResource(device=DEVICE)))
        elif isinstance(thing, Variable):
            place = self._new(SavedObject(variable=self._variable(thing, path)))
        else:
            place = self._new(SavedObject(user_object=_user_object(IDENTIFIERS.get(type(thing), USER_OBJECT))))
        self._positions[id(thing)] = place, thing
        if isinstance(thing, Table):
            thing = self._functions_of(thing)
        if isinstance(thing, (dict, list)):
            items = thing.items() if isinstance(thing, dict) else enumerate(thing)
            self._nodes[place].children = [
                ObjectReference(node_id=self._add(item, (*path, str(name))), local_name=str(name))
                for name, item in items
            ]
        return place

    def _variable(self, variable, path):
        parts = [part.replace(".", "..").replace("/", ".S") for part in path]
        taken = {stored.name for stored in self.stored}
        name = next(name for name in _numbered(_name_of(variable) or "/".join(path)) if name not in taken)
        self.stored.append(Stored(variable, name, "/".join([*parts, ".ATTRIBUTES", VALUE])))
        return SavedVariable(
            name=name,
            dtype=kind_of(variable.array.dtype).number,
            shape=shape_message(variable.array.shape),
            trainable=bool(variable.trainable),
        )

    def _functions_of(self, table):
        found = table_functions(table, self._library)
        self.tables[table] = found["_initialize"].traces[0]
        return found

    def _place_of(self, thing):
        """The index of a Variable or `Table` that a function reads.

        Raises:
            ValueError: it is not part of the object.
        """
        if id(thing) not in self._positions:
            raise ValueError(
                f"A function reads the variable '{thing.name}', which the saved object does not have. Make it an "
                "attribute of the object, or `track` its layer."
            )
        return self._positions[id(thing)][0]

    def _function(self, function):
        self._functions |= {trace.name: trace for trace in function.traces}
        names = [trace.name for trace in function.traces]
        return SavedObject(function=SavedFunction(concrete_functions=names, function_spec=function.spec))

    def _bare(self, function):
        """A signature's function, which takes keyword arguments only."""
        self._functions[function.name] = function
        names = sorted(function.arguments)
        return SavedObject(
            bare_concrete_function=SavedBareConcreteFunction(
                concrete_function_name=function.name,
                argument_keywords=names,
                allowed_positional_arguments=len(names),
                function_spec=function_spec([], names),
            )
        )

    def message(self):
        """The `SavedObjectGraph`."""
        return SavedObjectGraph(
            nodes=self._nodes,
            concrete_functions={name: self._concrete(function) for name, function in self._functions.items()},
        )

    def _concrete(self, function):
        is_signature = isinstance(function.arguments, dict)
        arguments = ((), function.arguments) if is_signature else (tuple(function.arguments), {})
        return SavedConcreteFunction(
            bound_inputs=[self._place_of(thing) for thing in function.captures],
            canonicalized_input_signature=structured(arguments),
            output_signature=structured(function.results),
        )

    def checkpoint(self):
        """The `TrackableObjectGraph`: the same objects, with the keys of those that have values."""
        stored = {self._positions[id(found.variable)][0]: found for found in self.stored}
        nodes = []
        for place, node in enumerate(self._nodes):
            if place in stored:
                found = SerializedTensor(name=VALUE, full_name=stored[place].name, checkpoint_key=stored[place].key)
                nodes.append(TrackableObject(attributes=[found]))
                continue
            kept = [c for c in node.children if self._nodes[c.node_id].chosen in ("user_object", "variable")]
            kept = [c for c in kept if c.local_name != "signatures" or place]
            nodes.append(TrackableObject(children=kept))
        return TrackableObjectGraph(nodes=nodes)


def _name_of(variable):
    """Its path; a `tf.Variable`'s name ends with ":0"."""
    name, colon, _ = variable.name.partition(":")
    return name if colon else variable.path


def _numbered(name):
    yield name
    number = 1
    while True:
        yield f"{name}_{number}"
        number += 1


def _user_object(identifier):
    return SavedUserObject(identifier=identifier, version=VersionDef(producer=1, min_consumer=1))
