"""Inputs passed to a functional model: finding each in the nest, and converting it to its `Input`'s dtype and rank."""

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.array_dtypes import UnsupportedDtypeError, is_text
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.shapes import Reshape
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.replay import safe_to_replay
from minikeras.tree.nodes import node_kind

MISSING = object()


def key_paths(structure, path=()):
    """The keys that lead to each symbolic tensor of a nested structure, in flat order."""
    kind = node_kind(structure)
    if kind is None:
        yield path
        return
    for key, part in zip(kind.keys(structure), kind.children(structure), strict=True):
        yield from key_paths(part, (*path, key))


def value_at(values, path):
    """The value at a path of keys in nested values, or `MISSING`. Instead of a list of one, that item may be passed."""
    for key in path:
        if isinstance(values, dict):
            values = values.get(key, MISSING)
        elif isinstance(values, (list, tuple)):
            values = values[key] if isinstance(key, int) and key < len(values) else MISSING
        elif key != 0:
            return MISSING
    return values


def same_nesting(own, inputs, names):
    """Whether inputs are nested like the model's (lists and tuples are alike), or are a dict of several by name."""
    if isinstance(own, dict):
        return isinstance(inputs, dict) and len(own) == len(inputs) and all(
            key in inputs and same_nesting(value, inputs[key], ()) for key, value in own.items()
        )  # fmt: skip
    if isinstance(own, (list, tuple)):
        if isinstance(inputs, dict):
            return set(names) <= set(inputs)
        return isinstance(inputs, (list, tuple)) and len(own) == len(inputs) and all(
            same_nesting(a, b, ()) for a, b in zip(own, inputs, strict=True)
        )  # fmt: skip
    return not isinstance(inputs, (list, tuple, dict))


@safe_to_replay("it looks at the dtype and the shape only")
def standardized(x, own, model, any_length=False):
    """One input in the dtype and rank of the model's symbolic input."""
    if type(x) is Tensor and x.dtype == own.dtype and _matches(x.shape, own.shape):  # the usual case
        return x
    if x is None:
        return None
    if hasattr(type(x), "apply_op"):  # a SparseTensor or RaggedTensor
        if own.sparse or own.ragged or x.kind == "ragged":  # ragged rows stay ragged, as in Keras
            return x if x.dtype == own.dtype else Cast(own.dtype)(x)
        x = x.as_dense()
    if not isinstance(x, (Tensor, KerasTensor)):
        x = Tensor(as_array(x, None, _description(own, model)))
    fitting = _with_rank_of(own, _with_dtype_of(own, x, model))
    lengths = [None] * len(own.shape) if any_length else [None, *own.shape[1:]][: len(own.shape)]
    if not _matches(fitting.shape, lengths):
        raise ValueError(
            f"The {_description(own, model)} is incompatible with the layer: expected shape={own.shape}, found "
            f"shape={tuple(x.shape)}"
        )
    return fitting


@safe_to_replay("it looks at the dtype only")
def _with_dtype_of(own, x, model):
    """x cast to the dtype of the model's symbolic input; its mask stays."""
    if x.dtype == own.dtype:
        return x
    if isinstance(x, Tensor) and is_text(x.array.dtype) and own.dtype != "string":
        raise UnsupportedDtypeError(x.array, _description(own, model))
    mask = getattr(x, "_keras_mask", None)
    x = Cast(own.dtype)(x) if isinstance(x, Tensor) else KerasTensor(x.shape, dtype=own.dtype)
    if mask is not None:
        x._keras_mask = mask
    return x


def _with_rank_of(own, x):
    """x with a last axis of length 1 added or removed, if that gives it the rank of the model's symbolic input."""
    shape = tuple(x.shape)
    if len(shape) == len(own.shape) - 1 and own.shape[-1] == 1:
        shape = (*shape, 1)
    elif len(shape) == len(own.shape) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    else:
        return x
    return Reshape(shape)(x) if isinstance(x, Tensor) else KerasTensor(shape, dtype=x.dtype)


def _description(own, model):
    """How error messages refer to an input of the model."""
    if len(model._inputs) == 1:
        return f"input of model '{model._name_in_errors}' (the `x` of `fit` and `predict`)"
    return f"input '{own.name}' of model '{model._name_in_errors}'"


def _matches(shape, own):
    """Whether a shape matches that of a symbolic input, `own`, where None matches any length."""
    if len(shape) != len(own):
        return False
    for n, m in zip(shape, own, strict=True):  # noqa: SIM110 - `all` of a generator takes three times as long
        if n != m and n is not None and m is not None:
            return False
    return True
