"""Resources: variables, and tables from keys to values."""

from copy import copy

import numpy as np

from minikeras import ops
from minikeras.base.errors import PermissionDeniedError
from minikeras.formats.saved_model.graph_ops.indexing import check_policy
from minikeras.formats.saved_model.graph_ops.registry import CALL, graph_op, static
from minikeras.ops.batched_indexing import slice_key
from minikeras.tensors.lookup.columns import pairs_of_lines
from minikeras.tensors.lookup.tables import LookUp, MutableHashTable


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


def _written(variable, positions, updates, reduction):
    variable.assign(ops.scatter_update(variable.read(), positions, updates, reduction))
    return ()


def _scattered(word, reduction):
    @graph_op(f"ResourceScatter{word}", "resource indices updates", kind=CALL)
    def scatter(variable, indices, updates):
        return _written(variable, ops.expand_dims(indices, -1), updates, reduction)

    @graph_op(f"ResourceScatterNd{word}", "ref indices updates", kind=CALL)
    def scatter_nd(variable, indices, updates, *, use_locking=True, bad_indices_policy=""):
        check_policy(bad_indices_policy)
        return _written(variable, indices, updates, reduction)


for _word, _reduction in (("Update", None), ("Add", "add"), ("Max", "max"), ("Min", "min")):
    _scattered(_word, _reduction)


@graph_op("ResourceStridedSliceAssign", "ref begin end strides value", kind=CALL)
def assign_slice(
    variable,
    begin,
    end,
    strides,
    value,
    *,
    begin_mask=0,
    end_mask=0,
    ellipsis_mask=0,
    new_axis_mask=0,
    shrink_axis_mask=0,
):
    """Assign to a part of a Variable."""
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    array = np.array(static(variable.read()))
    array[slice_key(static(begin), static(end), static(strides), *masks)] = static(value)
    variable.assign(ops.convert_to_tensor(array))
    return ()


@graph_op("VarIsInitializedOp", "resource", kind=CALL)
def is_initialized(variable):
    """True: a Variable always has a value."""
    return np.asarray(True)


@graph_op("VariableShape", "input", kind=CALL)
def variable_shape(variable, *, out_type="int32"):
    """The lengths of a Variable's axes, a constant."""
    return np.asarray(variable.shape, out_type)


# --- tables -----------------------------------------------------------------------------------------------------------


class Asset:
    """A file in the folder of the SavedModel; a graph may read only such files.

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
