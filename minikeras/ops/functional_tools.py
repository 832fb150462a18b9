"""Functions of functions: the directional derivative, and elementwise application."""

import re
from functools import wraps

import numpy as np

from minikeras import tree
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.shapes import BroadcastTo, Reshape, Stack
from minikeras.autodiff.state import no_history
from minikeras.autodiff.stateless_scope import ShapeInference
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor
from minikeras.ops.core import convert_to_tensor

_CORE_AXES = r"\((\w+(,\w+)*)?\)"  # (n,m)


def jvp(fun, primals, tangents, has_aux=False):
    """The value of `fun`, and its derivative in the direction `tangents`: a pair (or triple, with `has_aux`).

    Backpropagation gives v ↦ Jᵀ v. That is linear in v, and its own gradient in the direction t is J t: so two nested
    tapes give the forward derivative without forward rules.

    Args:
        fun: takes as many tensors as there are `primals`, returns a tensor or a nest of them.
        primals: sequence of tensors, the point of differentiation.
        tangents: sequence of tensors of the same shapes, the direction.
        has_aux: `fun` returns a pair, whose second item is passed on as the third result.
    """
    if any(isinstance(x, KerasTensor) for x in tree.flatten((primals, tangents))):
        with no_history(), ShapeInference():
            outputs = fun(*primals)
        outputs, aux = outputs if has_aux else (outputs, None)
        return (outputs, outputs, aux) if has_aux else (outputs, outputs)
    primals = [convert_to_tensor(x) for x in primals]
    tangents = [convert_to_tensor(t, x.dtype) for x, t in zip(primals, tangents, strict=True)]
    with GradientTape(watch_accessed_variables=False) as outer:
        with GradientTape(watch_accessed_variables=False) as inner:
            inner.watch(primals)
            outputs = fun(*primals)
            outputs, aux = outputs if has_aux else (outputs, None)
        flat = tree.flatten(outputs)
        seeds = [Tensor(np.zeros(y.shape, y.dtype)) for y in flat]
        outer.watch(seeds)
        gradients = inner.gradient(flat, primals, seeds)
    pairs = [(g, t) for g, t in zip(gradients, tangents, strict=True) if g is not None]
    derivatives = outer.gradient([g for g, _ in pairs], seeds, [t for _, t in pairs]) if pairs else [None] * len(flat)
    derivatives = [
        Tensor(np.zeros(y.shape, y.dtype)) if d is None else d for d, y in zip(derivatives, flat, strict=True)
    ]
    tangents_out = tree.pack_sequence_as(outputs, derivatives)
    return (outputs, tangents_out, aux) if has_aux else (outputs, tangents_out)


def vectorize(pyfunc, *, excluded=None, signature=None):
    """A function of arrays: `pyfunc` of each combination of elements, after broadcasting.

    It is a Python loop: convenient, not fast. Keras on TensorFlow does not have it.

    Args:
        pyfunc: takes tensors without axes (or with those that `signature` names), returns one or a tuple of them.
        excluded: set of the positions and names of arguments that are passed on whole.
        signature: which last axes belong to one call, as "(n),(n)->()".

    Raises:
        ValueError: `pyfunc` is not callable.
    """
    if not callable(pyfunc):
        raise ValueError(f"Expected the argument `pyfunc` to be a callable. Received: pyfunc={pyfunc!r}")
    excluded = set(excluded or ())
    core_ranks = _core_ranks(signature)

    @wraps(pyfunc)
    def vectorized(*args, **kwargs):
        looped = [i for i in range(len(args)) if i not in excluded]
        tensors = {i: convert_to_tensor(args[i]) for i in looped}
        ranks = dict.fromkeys(looped, 0) if core_ranks is None else dict(zip(looped, core_ranks, strict=True))
        loops = {i: tensors[i].shape[: len(tensors[i].shape) - ranks[i]] for i in looped}
        shape = np.broadcast_shapes(*loops.values())
        full = {i: BroadcastTo((*shape, *tensors[i].shape[len(loops[i]) :]))(tensors[i]) for i in looped}
        results = [
            pyfunc(*[GetItem(place)(full[i]) if i in full else args[i] for i in range(len(args))], **kwargs)
            for place in np.ndindex(*shape)
        ]
        return tree.map_structure(lambda *ys: _in_shape(ys, shape), *results)

    return vectorized


def _core_ranks(signature):
    """The number of axes per argument that a signature such as "(n),(n,m)->()" names.

    Raises:
        ValueError: it has another form.
    """
    if signature is None:
        return None
    signature = signature.replace(" ", "")
    if not re.fullmatch(rf"{_CORE_AXES}(,{_CORE_AXES})*->{_CORE_AXES}(,{_CORE_AXES})*", signature):
        raise ValueError(f"`signature` must be like '(n),(n,m)->()'. Received: signature={signature!r}")
    arguments = signature.split("->")[0]
    groups = [group.strip("()") for group in arguments.split("),(")]
    return [len([name for name in group.split(",") if name]) for group in groups]


def _in_shape(results, shape):
    stacked = Stack(0)([convert_to_tensor(y) for y in results])
    return Reshape((*shape, *stacked.shape[1:]))(stacked)
