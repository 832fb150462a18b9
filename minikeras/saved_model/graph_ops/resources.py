"""Resources: variables, and tables from keys to values."""

from copy import copy

import numpy as np

from minikeras.errors import PermissionDeniedError
from minikeras.lookup.columns import pairs_of_lines
from minikeras.lookup.tables import LookUp, MutableHashTable
from minikeras.saved_model.graph_ops.registry import CALL, graph_op


@graph_op("ReadVariableOp", "resource", kind=CALL)
def read(variable, *, dtype=None):
    """The value of a Variable."""
    return variable.read()


def _assignment(name, method):
    @graph_op(name, "resource value", kind=CALL)
    def assign(variable, value, *, dtype=None):
        method(variable, value)
        return ()


_assignment("AssignVariableOp", lambda variable, value: variable.assign(value))
_assignment("AssignAddVariableOp", lambda variable, value: variable.assign_add(value))
_assignment("AssignSubVariableOp", lambda variable, value: variable.assign_sub(value))


@graph_op("VarIsInitializedOp", "resource", kind=CALL)
def is_initialized(variable):
    """True: a Variable has a value from the beginning."""
    return np.asarray(True)


@graph_op("VariableShape", "input", kind=CALL)
def variable_shape(variable, *, out_type="int32"):
    """The lengths of a Variable's axes, a constant."""
    return np.asarray(variable.shape, out_type)


# --- tables -----------------------------------------------------------------------------------------------------------


class Asset:
    """A file in the folder of the SavedModel: the only ones that a graph may read.

    Attributes:
        path: of it.
    """

    def __init__(self, path):
        self.path = path


def _table(name):
    def make(*, key_dtype, value_dtype):
        return MutableHashTable(b"" if value_dtype == "string" else 0, key_dtype, value_dtype)

    graph_op(name, kind=CALL)(make)


_table("HashTableV2")
_table("MutableHashTableV2")


def _import(table, keys, values):
    """The table with these keys and values and no others."""
    table.remove(table.export()[0])
    table.insert(keys, values)
    return ()


graph_op("LookupTableImportV2", "table_handle keys values", kind=CALL)(_import)
graph_op("InitializeTableV2", "table_handle keys values", kind=CALL)(_import)


@graph_op("LookupTableInsertV2", "table_handle keys values", kind=CALL)
def insert(table, keys, values):
    """The table with more keys."""
    table.insert(keys, values)
    return ()


@graph_op("LookupTableFindV2", "table_handle keys default_value!")
def find(table, keys, default_value):
    """The value of each key; `default_value` for unknown ones."""
    table = copy(table)
    table.default_value = default_value.item()
    return LookUp(table)(keys)


@graph_op("LookupTableSizeV2", "table_handle", kind=CALL)
def size(table):
    """The number of keys."""
    return table.size()


@graph_op("LookupTableExportV2", "table_handle", gives="keys values", kind=CALL)
def export(table, *, Tkeys=None, Tvalues=None):
    """All keys, and their values."""
    return table.export()


@graph_op("InitializeTableFromTextFileV2", "table_handle filename", kind=CALL)
def fill_from_lines(table, asset, *, key_index, value_index, vocab_size=-1, delimiter="\t", offset=0):
    """A table filled from the lines of a file in the folder of the SavedModel.

    Raises:
        PermissionDeniedError: the file is another one.
    """
    if not isinstance(asset, Asset):
        raise PermissionDeniedError(
            None, None, "The graph reads a file that is not among the assets of its SavedModel. That is refused."
        )
    pairs = pairs_of_lines(
        asset.path,
        (key_index, table.key_dtype),
        (value_index, table.value_dtype),
        count=None if vocab_size < 0 else vocab_size,
        delimiter=delimiter,
        first_number=offset,
    )
    for key, value in pairs:
        table.insert([key], [value])
    return ()
