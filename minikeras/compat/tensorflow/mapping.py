"""`tf.map_fn`, `vectorized_map`, `scan`, `foldl`, `foldr`: a function over the slices along the first axis.

(The loops: `minikeras/compat/tensorflow/folding.py`.)
"""

from minikeras import ops, tree
from minikeras.autodiff.operation import any_symbolic
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow import folding
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.extension_types.specs import ExtensionTypeSpec, is_extension
from minikeras.compat.tensorflow.extension_types.types import RowsOfValue
from minikeras.compat.tensorflow.ragged.ragged_tensor_spec import RaggedTensorSpec
from minikeras.compat.tensorflow.tensor_spec import SparseTensorSpec
from minikeras.random.operation_seeds import own_positions
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.ragged.broadcasting import is_ragged
from minikeras.tensors.sparse import SparseTensor
from minikeras.tensors.sparse import rows as sparse_rows
from minikeras.tensors.sparse.rows import Rows

__all__ = ["foldl", "foldr", "map_fn", "scan", "vectorized_map"]


def map_fn(
    fn,
    elems,
    dtype=None,
    parallel_iterations=None,
    back_prop=True,
    swap_memory=False,
    infer_shape=True,
    name=None,
    fn_output_signature=None,
):
    """`fn` applied to every slice along the first axis of `elems`, the results stacked.

    Args:
        fn: takes one slice of `elems`, nested as `elems` is; returns a tensor or a nest of them.
        elems: tensors of one length along their first axis, of any nesting.
        dtype: the older name of `fn_output_signature`.
        parallel_iterations, swap_memory, infer_shape, name: for graphs; without effect.
        back_prop: False stops gradients at the results.
        fn_output_signature: dtypes or TensorSpecs of `fn`'s results, nested alike; those of `elems` if None.

    Raises:
        TypeError: `fn` cannot be called.
        ValueError: a tensor has no axes, the lengths differ, or the result's nesting is not as declared.
        InvalidArgumentError: the result's dtype is not as declared.
    """
    _check_callable(fn)
    elems = _as_tensors(elems)
    signature = dtype if fn_output_signature is None else fn_output_signature
    signature = elems if signature is None else signature
    if any_symbolic((elems,)):
        return ops.map(fn, elems)
    elems = tree.map_structure(_with_rows, elems)
    fn = own_positions(fn)
    results = folding.map_slices(lambda x: _checked(fn(x), signature), elems)
    if not results:
        return tree.map_structure(_empty, signature)
    stacked = folding.stacked(results) if _all_dense(signature) else _stacked_as(signature, results)
    return _finished(stacked, back_prop)


def vectorized_map(fn, elems, fallback_to_while_loop=True, warn=True):
    """`fn` applied to every slice along the first axis of `elems`, the results stacked.

    TensorFlow computes all slices at once where it can; here they are computed one by one. Tensors of length 1 among
    `elems` are combined with every slice of the others. The last two arguments, for cases that TensorFlow cannot
    vectorise, have no effect.
    """
    _check_callable(fn)
    elems = _as_tensors(elems)
    if any(map(is_extension, tree.flatten(elems))):
        results = folding.map_slices(fn, tree.map_structure(_with_rows, elems))
        return _stacked_as(results[0], results)
    return ops.vectorized_map(fn, elems)


def scan(
    fn,
    elems,
    initializer=None,
    parallel_iterations=10,
    back_prop=True,
    swap_memory=False,
    infer_shape=True,
    reverse=False,
    name=None,
):
    """All running results of `a = fn(a, x)` for every slice x of `elems`, stacked.

    Args:
        fn: takes the previous result and one slice of `elems`, returns the next result.
        elems: tensors of one length along their first axis, of any nesting.
        initializer: the first `a`; the first slice of `elems` if None, which is then the first result as well.
        parallel_iterations, swap_memory, infer_shape, name: for graphs; without effect.
        back_prop: False stops gradients at the results.
        reverse: from the last slice to the first. The results are at the positions of their slices.
    """
    _check_callable(fn)
    return _finished(folding.scan(own_positions(fn), _as_tensors(elems), initializer, reverse), back_prop)


def foldl(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """The last of `a = fn(a, x)` for every slice x of `elems`, from the first to the last; the arguments of `scan`."""
    return _fold(fn, elems, initializer, back_prop, reverse=False)


def foldr(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """The last of `a = fn(a, x)` for every slice x of `elems`, from the last to the first; the arguments of `scan`."""
    return _fold(fn, elems, initializer, back_prop, reverse=True)


def _fold(fn, elems, initializer, back_prop, reverse):
    _check_callable(fn)
    return _finished(folding.fold(fn, _as_tensors(elems), initializer, reverse), back_prop)


def _check_callable(fn):
    if not callable(fn):
        raise TypeError(f"`fn` must be a function. Received: {fn!r}")


def _as_tensors(nest):
    return tree.map_structure(lambda x: x if _consists_of_tensors(x) else tensor(x), nest)


def _consists_of_tensors(x):
    return is_ragged(x) or isinstance(x, SparseTensor) or is_extension(x)


def _with_rows(x):
    if isinstance(x, SparseTensor):
        return Rows(x)
    return RowsOfValue(x) if is_extension(x) else x


def _checked(result, signature):
    """A result of `fn` as tensors, nested and typed as declared."""
    tree.assert_same_structure(signature, result)

    def convert(spec, y):
        dtype = getattr(spec, "dtype", spec)
        if _consists_of_tensors(y):
            return y
        y = tensor(y) if hasattr(y, "dtype") else tensor(y, dtype)
        if y.dtype != dtype:
            raise InvalidArgumentError(
                None,
                None,
                f"`fn` should return {str.__str__(dtype)}, not {str.__str__(y.dtype)}. "
                "Pass its dtype as `fn_output_signature`.",
            )
        return y

    return tree.map_structure(convert, signature, result)


def _all_dense(signature):
    return not any(_is_ragged(spec) or _is_sparse(spec) or _is_extension(spec) for spec in tree.flatten(signature))


def _is_ragged(spec):
    return isinstance(spec, RaggedTensorSpec) or is_ragged(spec)


def _is_sparse(spec):
    return isinstance(spec, (SparseTensorSpec, SparseTensor))


def _is_extension(spec):
    return is_extension(spec) or isinstance(spec, ExtensionTypeSpec)


def _stacked_as(signature, results):
    """Nests of results stacked: as the rows of a ragged or sparse tensor where the signature has one."""

    def joined(spec, column):
        if _is_extension(spec):
            return column[0]._stacked(column, len(column))
        if _is_sparse(spec):
            return sparse_rows.stacked(column, widen=True)
        return RaggedTensor.of_rows(column) if _is_ragged(spec) else folding.stacked(column)

    specs = tree.flatten(signature)
    columns = zip(*[tree.flatten(y) for y in results], strict=True)
    parts = [joined(spec, column) for spec, column in zip(specs, columns, strict=True)]
    return tree.pack_sequence_as(results[0], parts)


def _empty(spec):
    shape = [0 if n is None else n for n in getattr(spec, "shape", ())]
    return ops.zeros((0, *(shape[1:] if hasattr(spec, "array") else shape)), getattr(spec, "dtype", spec))


def _finished(results, back_prop):
    return results if back_prop else tree.map_structure(ops.stop_gradient, results)
