"""Calls of functions, branches, loops, and the lists of tensors that loops build."""

import numpy as np

from minikeras import ops
from minikeras.formats.saved_model.graph_ops.registry import CALL, graph_op, static


def _call(args, *, f):
    """The results of a function."""
    return f(*args)


def _if(cond, branch_inputs, *, then_branch, else_branch):
    """The results of one of two functions."""
    return (then_branch if bool(static(cond)) else else_branch)(*branch_inputs)


def _case(branch_index, branch_inputs, *, branches):
    """The results of the function with this index; of the last one for any other."""
    index = int(static(branch_index))
    return branches[index if 0 <= index < len(branches) else -1](*branch_inputs)


def _while(values, *, cond, body):
    """Apply `body` to the values while `cond` holds."""
    values = tuple(values)
    while bool(static(cond(*values)[0])):
        values = body(*values)
    return values


for _prefix in ("", "Stateless"):
    graph_op(f"{_prefix}If", "cond input:Tin", kind=CALL)(_if)
    graph_op(f"{_prefix}Case", "branch_index input:Tin", kind=CALL)(_case)
    graph_op(f"{_prefix}While", "input:T", kind=CALL)(_while)
graph_op("PartitionedCall", "args:Tin", kind=CALL)(_call)
graph_op("StatefulPartitionedCall", "args:Tin", kind=CALL)(_call)


# --- lists of tensors -------------------------------------------------------------------------------------------------


class TensorList:
    """Tensors of one dtype. Operations make new lists.

    Attributes:
        items: the tensors; None where none was set, which means zeros.
        shape: of each as far as it is known, or None.
    """

    def __init__(self, items, shape):
        self.items = items
        self.shape = shape

    def filled(self, dtype, shape=None):
        """The tensors, with zeros for those not set."""
        known = next((x.shape for x in self.items if x is not None), None)
        lengths = known if known is not None else shape if shape is not None else self.shape
        if any(x is None for x in self.items) and (lengths is None or None in lengths):
            raise ValueError("A list of the graph has elements that were not set, of unknown shape.")
        return [ops.zeros(lengths, dtype) if x is None else x for x in self.items]


def _lengths(element_shape):
    shape = static(element_shape)
    return None if not shape.ndim else tuple(None if n < 0 else n for n in shape.tolist())


@graph_op("EmptyTensorList", "element_shape max_num_elements", kind=CALL)
def empty_list(element_shape, max_num_elements, *, element_dtype):
    """A list without elements."""
    return TensorList([], _lengths(element_shape))


@graph_op("TensorListReserve", "element_shape num_elements", kind=CALL)
def reserve(element_shape, num_elements, *, element_dtype):
    """A list of `count` empty elements."""
    return TensorList([None] * int(static(num_elements)), _lengths(element_shape))


@graph_op("TensorListFromTensor", "tensor element_shape", kind=CALL)
def list_from_tensor(tensor, element_shape):
    """The slices of a tensor along its first axis."""
    items = list(tensor) if isinstance(tensor, np.ndarray) else ops.unstack(tensor, tensor.shape[0])
    return TensorList([np.asarray(x) for x in items] if isinstance(tensor, np.ndarray) else items, tensor.shape[1:])


@graph_op("TensorListGetItem", "input_handle index element_shape", kind=CALL)
def list_item(handle, index, element_shape, *, element_dtype):
    """The element at a position."""
    item = handle.items[_place(handle, index)]
    return TensorList([item], handle.shape).filled(element_dtype, _lengths(element_shape))[0]


@graph_op("TensorListSetItem", "input_handle index item", kind=CALL)
def list_with_item(handle, index, item, *, resize_if_index_out_of_bounds=False):
    """The list with the element at a position replaced."""
    place = int(static(index))
    more = max(0, place + 1 - len(handle.items)) if resize_if_index_out_of_bounds else 0
    handle = TensorList([*handle.items, *[None] * more], handle.shape)
    handle.items[_place(handle, index)] = item
    return handle


def _place(handle, index):
    place = int(static(index))
    if not 0 <= place < len(handle.items):
        raise ValueError(f"A list of the graph has {len(handle.items)} elements, and none at place {place}.")
    return place


@graph_op("TensorListPushBack", "input_handle tensor", kind=CALL)
def list_with_last(handle, tensor):
    """The list with one more element."""
    return TensorList([*handle.items, tensor], handle.shape)


@graph_op("TensorListPopBack", "input_handle element_shape", gives="output_handle tensor", kind=CALL)
def list_without_last(handle, element_shape, *, element_dtype):
    """The list without its last element, and that element."""
    last = list_item(handle, np.asarray(len(handle.items) - 1), element_shape, element_dtype=element_dtype)
    return TensorList(handle.items[:-1], handle.shape), last


@graph_op("TensorListLength", "input_handle", kind=CALL)
def list_length(handle):
    """The number of elements, a constant."""
    return np.asarray(len(handle.items), np.int32)


@graph_op("TensorListStack", "input_handle element_shape", kind=CALL)
def stacked_list(handle, element_shape, *, element_dtype, num_elements=-1):
    """All elements as one tensor."""
    lengths = _lengths(element_shape)
    if not handle.items:
        lengths = handle.shape if lengths is None else lengths
        return ops.zeros((0, *[n or 0 for n in lengths or ()]), element_dtype)
    return ops.stack(handle.filled(element_dtype, lengths))


@graph_op("TensorListGather", "input_handle indices element_shape", kind=CALL)
def gathered_list(handle, indices, element_shape, *, element_dtype):
    """The elements at these positions as one tensor."""
    chosen = [handle.items[_place(handle, np.asarray(i))] for i in static(indices)]
    return stacked_list(TensorList(chosen, handle.shape), element_shape, element_dtype=element_dtype)


@graph_op("TensorListConcatV2", "input_handle element_shape leading_dims", gives="tensor lengths", kind=CALL)
def joined_list(handle, element_shape, leading_dims, *, element_dtype):
    """All elements joined along their first axis, and their lengths."""
    items = handle.filled(element_dtype, _lengths(element_shape))
    return ops.concatenate(items), np.array([x.shape[0] for x in items], np.int64)
