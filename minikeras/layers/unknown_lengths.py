"""Shape inference for a `call` that computes with the lengths of its inputs, some of which are unknown."""

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor

STAND_INS = 83, 89  # primes, which hardly ever are lengths or divisors of one


def by_two_lengths(call, args, kwargs):
    """KerasTensors like the results of `call`, from two runs in which unknown lengths have two different values.

    So `height * 2` can be computed for `height = ops.shape(x)[1]`, which is None otherwise. Lengths of the results that
    differ between the runs are unknown.
    """
    runs = []
    for length in STAND_INS:

        def known(x, length=length):
            if not isinstance(x, KerasTensor):
                return x
            return _like(x, [length if n is None else n for n in x.shape], length)

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
    if not isinstance(y, KerasTensor):
        return y
    return KerasTensor([a if a == b else None for a, b in zip(y.shape, other.shape, strict=True)], dtype=y.dtype)
