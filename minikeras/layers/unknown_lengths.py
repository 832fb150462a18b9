"""Shape inference for a `call` that computes with the lengths of its inputs, some of which are unknown."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import examples, unobserved
from minikeras.autodiff.tensor import Tensor
from minikeras.random.operation_seeds import Frame, inside

STAND_INS = 83, 89  # primes, which hardly ever are lengths or divisors of one


def by_two_lengths(call, args, kwargs):
    """KerasTensors like the results of `call`, from two runs in which unknown lengths have two different values.

    So `height * 2` can be computed for `height = ops.shape(x)[1]`, which is None otherwise. Lengths of the results that
    differ between the runs are unknown.
    """
    return _of_two_runs(_like, call, args, kwargs)


def by_stand_ins(call, args, kwargs):
    """The same from runs on tensors of zeros and ones, for a `call` that needs values: it may select or count them."""
    with unobserved(), examples(), inside(Frame()), np.errstate(all="ignore"):
        return _of_two_runs(_stand_in, call, args, kwargs)


def _stand_in(x, shape, length):
    return Tensor(np.full(shape, length == STAND_INS[1], x.dtype))


def _of_two_runs(known_tensor, call, args, kwargs):
    runs = []
    for length in STAND_INS:

        def known(x, length=length):
            if not isinstance(x, KerasTensor):
                return x
            return known_tensor(x, [length if n is None else n for n in x.shape], length)

        args_now, kwargs_now = tree.map_structure(known, (tuple(args), dict(kwargs)), none_is_leaf=False)
        runs.append(call(*args_now, **kwargs_now))
    return tree.map_structure(_common, *runs)


def has_unknown_lengths(args, kwargs):
    """Whether a symbolic tensor among the arguments has an axis of unknown length."""
    tensors = [x for x in tree.flatten((tuple(args), dict(kwargs))) if isinstance(x, KerasTensor)]
    return any(None in x.shape for x in tensors)


def _like(x, shape, length):
    y = KerasTensor(shape, dtype=x.dtype)
    mask = getattr(x, "_keras_mask", None)
    if isinstance(mask, KerasTensor):
        y._keras_mask = KerasTensor([length if n is None else n for n in mask.shape], dtype=mask.dtype)
    return y


def _common(y, other):
    if not isinstance(y, (KerasTensor, Tensor)) or y is other:
        return y
    shape = [a if a == b != 0 else None for a, b in zip(y.shape, other.shape, strict=True)]  # 0: nothing was selected
    return KerasTensor(shape, dtype=y.dtype)
