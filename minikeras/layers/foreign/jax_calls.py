"""Functions of JAX called on Tensors, with their gradients."""

from functools import partial

import numpy as np

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import thread
from minikeras.base.optional_packages import optional_module
from minikeras.layers.foreign.foreign_call import foreign_results

import_jax = partial(optional_module, "jax", "JaxLayer")


def jax_call(function, tensors):
    """Call a function of JAX on Tensors; active tapes get its gradient, `jax.vjp`.

    Args:
        function: from a list of JAX arrays to (nested outputs, nested state).
        tensors: a list.

    Returns:
        (nested Tensors, the state as JAX arrays).
    """
    jax = import_jax()
    arrays = [jax.numpy.asarray(x.array) for x in tensors]
    structure = None

    def flat(arrays):
        nonlocal structure
        outputs, state = function(arrays)
        leaves, structure = jax.tree_util.tree_flatten(outputs)
        return leaves, state

    if thread.tapes:
        leaves, vjp, state = jax.vjp(flat, arrays, has_aux=True)
        pullback = _pullback(jax, vjp, leaves)
    else:
        (leaves, state), pullback = flat(arrays), None
    results = foreign_results("JAX", tensors, [np.array(y) for y in leaves], pullback)
    return jax.tree_util.tree_unflatten(structure, results), state


def _pullback(jax, vjp, outputs):
    """`vjp` for lists of NumPy arrays. JAX has the dtype float0 for gradients of integers."""
    float0 = jax.dtypes.float0
    dtypes = [y.dtype if jax.numpy.issubdtype(y.dtype, jax.numpy.inexact) else float0 for y in outputs]

    def pullback(dys):
        cotangents = [
            np.zeros(np.shape(dy), float0) if dtype == float0 else jax.numpy.asarray(dy, dtype)
            for dy, dtype in zip(dys, dtypes, strict=True)
        ]
        (dxs,) = vjp(cotangents)
        return [None if dx.dtype == float0 else np.array(dx) for dx in dxs]

    return pullback


def jax_output_spec(function, inputs):
    """KerasTensors like the outputs of a function of JAX, found by `jax.eval_shape`.

    Args:
        function: from nested JAX arrays to nested outputs.
        inputs: nested KerasTensors; an axis is of unknown length in the outputs if it depends on one.
    """
    jax = import_jax()

    def with_unknown(length):
        shapes = jax.tree_util.tree_map(
            lambda x: jax.ShapeDtypeStruct([length if n is None else n for n in x.shape], _of_jax(jax, x.dtype)), inputs
        )
        return jax.eval_shape(function, shapes)

    def spec(one, other):
        shape = [n if n == m else None for n, m in zip(one.shape, other.shape, strict=True)]
        return KerasTensor(shape, dtype=one.dtype.name)

    return jax.tree_util.tree_map(spec, with_unknown(2), with_unknown(3))


def _of_jax(jax, dtype):
    """The dtype in which JAX holds arrays of a dtype: 32 bits instead of 64, by default."""
    return jax.dtypes.canonicalize_dtype(dtype)
