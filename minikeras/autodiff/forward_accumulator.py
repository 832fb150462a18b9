"""`ForwardAccumulator`: directional derivatives, computed by two backward passes."""

__replay__ = "computes"

from contextlib import ExitStack

import numpy as np

from minikeras import tree
from minikeras.autodiff.state import thread
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable


class ForwardAccumulator:
    """Records what its block computes from `primals`; `jvp(y)` is the derivative of y in the direction `tangents`.

    A backward pass gives v ↦ Jᵀ v. That is linear in v, and its own gradient in the direction t is J t.

    Args:
        primals: Tensors or Variables, nested as you like.
        tangents: the direction, Tensors nested alike.

    Raises:
        ValueError: the shapes of a tangent and its primal differ.
    """

    def __init__(self, primals, tangents):
        self._primals = tree.flatten(primals)
        self._tangents = tree.flatten(tangents)
        for x, t in zip(self._primals, self._tangents, strict=True):
            if tuple(x.shape) != tuple(t.shape):
                raise ValueError(f"Shapes {tuple(x.shape)} and {tuple(t.shape)} of primal and tangent must be the same")
        self._tape = GradientTape(persistent=True, watch_accessed_variables=False)

    def __enter__(self):
        self._around = thread.tapes
        self._tape.__enter__()
        for x in self._primals:
            self._tape.watch(x)
        return self

    def __exit__(self, *error):
        self._tape.__exit__(*error)

    def jvp(self, primals, unconnected_gradients="none"):
        """The derivative of each of `primals`, results of the block; None, or zeros, if it depends on no input."""
        with ExitStack() as stack:
            for tape in self._around:  # TensorFlow computes derivatives in the block, so that these record them
                if tape not in thread.tapes and tape.calls is not None:
                    stack.enter_context(tape)
            return tree.map_structure(lambda y: self._derivative(y, unconnected_gradients == "zero"), primals)

    def _derivative(self, y, zero):
        y = y.read() if isinstance(y, Variable) else y
        seed = Tensor(np.zeros(y.shape, y.array.dtype))
        with self._tape.stop_recording(), GradientTape(watch_accessed_variables=False) as outer:
            outer.watch(seed)
            gradients = self._tape.gradient(y, self._primals, seed)
        pairs = [(g, t) for g, t in zip(gradients, self._tangents, strict=True) if g is not None]
        if not pairs:
            return Tensor(np.zeros(y.shape, y.array.dtype)) if zero else None
        return outer.gradient([g for g, _ in pairs], seed, [t for _, t in pairs])
