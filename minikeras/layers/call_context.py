"""`CallContext`: what a thread knows while one layer runs."""

from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.state import thread


class CallContext:
    """The state of the thread while one layer runs: name scope, training mode, autocast, depth."""

    __slots__ = ("autocast_dtype", "layer", "scopes", "training", "training_before")

    def __init__(self, layer, training):
        self.layer = layer
        self.training = training

    def __enter__(self):
        layer = self.layer
        self.scopes, self.training_before, self.autocast_dtype = (
            thread.name_scopes,
            thread.training,
            thread.autocast_dtype,
        )
        if thread.call_depth == 0:
            thread.call_number += 1
            object.__setattr__(layer, "_last_call", thread.call_number)
        thread.call_depth += 1
        thread.training = self.training
        scope = layer.__dict__.get("_scope")
        if scope is None:
            scope = name_scope(layer.name, caller=layer)
            object.__setattr__(layer, "_scope", scope)
        thread.name_scopes = [*self.scopes, scope]
        policy = layer._dtype_policy
        mixed = policy.compute_dtype != policy.variable_dtype and layer.autocast
        thread.autocast_dtype = policy.compute_dtype if mixed else None

    def __exit__(self, *error):
        thread.call_depth -= 1
        thread.name_scopes, thread.training, thread.autocast_dtype = (
            self.scopes,
            self.training_before,
            self.autocast_dtype,
        )
