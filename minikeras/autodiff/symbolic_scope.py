"""`SymbolicScope`: says that what runs inside only infers shapes and dtypes."""

from minikeras.autodiff.state import thread
from minikeras.autodiff.stateless_scope import ShapeInference


class SymbolicScope:
    """Within it, `in_symbolic_scope()` is true: code may ask whether it has symbolic tensors in place of data.

    Opened around code such as a custom `compute_output_spec`. It changes no computation.
    """

    def __enter__(self):
        self._outer = thread.symbolic_scope
        thread.symbolic_scope = self
        return self

    def __exit__(self, *error):
        thread.symbolic_scope = self._outer


def in_symbolic_scope():
    """Whether a SymbolicScope is open, or a layer's `call` runs only to infer the shape of its outputs."""
    return thread.symbolic_scope is not None or isinstance(thread.stateless_scope, ShapeInference)
