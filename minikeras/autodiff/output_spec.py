"""Output shapes and dtypes of functions without a shape rule, found by trial runs.

Unknown lengths of the inputs have different values in two runs. Lengths of the outputs that differ then are unknown.
"""

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import examples, unobserved
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import use_elements

LENGTHS = 12, 18  # any two would do; small ones with many divisors suit most functions


def probe_output_spec(op, inputs):
    """KerasTensors like the outputs of an op, from two runs on zeros, or one if all input lengths are known."""
    symbolic = [x for x in tree.flatten(inputs) if isinstance(x, KerasTensor)]
    lengths = LENGTHS if any(None in x.shape for x in symbolic) else LENGTHS[:1]
    for length in lengths:
        use_elements(*[known_shape(x, length) for x in symbolic])
    with np.errstate(all="ignore"), unobserved(), examples():
        return output_spec_of_runs(op, inputs, {}, _zeros, lengths)


def by_dummy_inputs(function, args, kwargs, lengths=LENGTHS, dummy_input=None):
    """KerasTensors like the results of a function that needs values, from one run on zeros and one on ones.

    So lengths that depend on values, such as the number of distinct classes, are unknown too.
    """
    with unobserved(), examples(), np.errstate(all="ignore"):
        return output_spec_of_runs(function, args, kwargs, dummy_input or zeros_or_ones, lengths)


def by_dummy_inputs_after(error, function, args, kwargs, **options):
    """The same for a function that raised `error` with symbolic tensors; `error` is raised if it fails again."""
    try:
        return by_dummy_inputs(function, args, kwargs, **options)
    except Exception:  # any code may fail on values that its user has never seen
        raise error from None


def output_spec_of_runs(function, args, kwargs, dummy_input, lengths):
    """KerasTensors like the results of `function`, from one run for each of one or two lengths.

    Args:
        dummy_input: function(x, length, run) that gives what takes the place of a symbolic tensor in run 0 or 1.
    """
    results = []
    for run, length in enumerate(lengths):

        def known(x, length=length, run=run):
            return dummy_input(x, length, run) if isinstance(x, KerasTensor) else x

        args_now, kwargs_now = tree.map_structure(known, (tuple(args), dict(kwargs)), none_is_leaf=False)
        results.append(function(*args_now, **kwargs_now))
    return tree.map_structure(_common, results[0], results[-1])


def zeros_or_ones(x, length, run):
    """A Tensor like x: of zeros in run 0, of ones in run 1. One integer is most likely a length."""
    is_length = not x.shape and x.dtype in ("int32", "int64")
    return _filled(x, length, length if is_length else run)


def known_shape(x, length):
    """The shape of x with `length` in place of unknown ones."""
    return tuple(length if n is None else n for n in x.shape)


def _zeros(x, length, run):
    return _filled(x, length, 0)


def _filled(x, length, value):
    """A Tensor like x with one value everywhere, which takes no memory."""
    element = np.array(b"", object) if x.dtype == "string" else np.asarray(value, x.dtype)
    return Tensor(np.broadcast_to(element, known_shape(x, length)))


def _common(y, other):
    if not isinstance(y, (KerasTensor, Tensor)):
        return y
    # 0 in two runs: nothing was selected, or both lengths were too short
    shape = [a if a == b and (a != 0 or y is other) else None for a, b in zip(y.shape, other.shape, strict=True)]
    return KerasTensor(shape, dtype=y.dtype)
