"""Shapes and dtypes of the outputs of a function that has no rule for them: by a trial run on zeros."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import unobserved
from minikeras.autodiff.tensor import Tensor
from minikeras.limits import use_elements

# Stand-ins for unknown lengths in a trial run. Axes of the output that differ between the two runs are unknown too.
_TRIAL_LENGTHS = (12, 18)


def probe_output_spec(function, inputs):
    """Infer output shapes and dtypes by running `function` on zeros, once or (with unknown lengths) twice.

    The inputs are broadcast from one zero, so they take no memory.
    """
    symbolic = [x for x in tree.flatten(inputs) if isinstance(x, KerasTensor)]

    def trial(length):
        def placeholder(x):
            if not isinstance(x, KerasTensor):
                return x
            zero = np.array(b"", object) if x.dtype == "string" else np.zeros((), x.dtype)
            return Tensor(np.broadcast_to(zero, [length if n is None else n for n in x.shape]))

        use_elements(*[tuple(length if n is None else n for n in x.shape) for x in symbolic])
        args = tree.map_structure(placeholder, tuple(inputs), none_is_leaf=False)
        with np.errstate(all="ignore"), unobserved():
            return function(*args)

    def merge(y, other):
        shape = [a if a == b else None for a, b in zip(y.shape, other.shape, strict=True)]
        return KerasTensor(shape, dtype=y.dtype)

    first = trial(_TRIAL_LENGTHS[0])
    second = trial(_TRIAL_LENGTHS[1]) if any(None in x.shape for x in symbolic) else first
    return tree.map_structure(merge, first, second)
