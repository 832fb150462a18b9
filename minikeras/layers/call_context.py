"""`CallContext`: the state of a thread while one layer runs."""

from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.state import thread


class CallContext:
    """The state of the thread while one layer runs: name scope, training mode, autocast, depth.

    As in Keras, one call of the outermost layer has one training mode: if an inner layer is passed another (or has
    another default), that holds for the layers that run after it too, unless they are passed their own.

    `vars(thread)` is the dict of this thread's attributes. Access to its items saves 1.1 of 1.6 µs per layer call over
    access to attributes.
    """

    __slots__ = ("before", "layer", "training")

    def __init__(self, layer, training):
        self.layer = layer
        self.training = training

    def __enter__(self):
        layer, state = self.layer, vars(thread)
        self.before = scopes, _, outer_dtype = state["name_scopes"], state["training"], state["autocast_dtype"]
        if state["call_depth"] == 0:
            state["call_number"] += 1
            object.__setattr__(layer, "_last_call", state["call_number"])
        state["call_depth"] += 1
        scope = layer.__dict__.get("_scope")
        if scope is None:
            scope = name_scope(layer.name, caller=layer)
            object.__setattr__(layer, "_scope", scope)
        state["name_scopes"] = [*scopes, scope]
        state["training"] = self.training
        if outer_dtype is None:
            state["autocast_dtype"] = layer._compute_dtype if layer._is_mixed else None
        else:  # inside a mixed-precision layer; as in Keras, only here does `autocast` matter
            casts = layer.autocast and is_float(layer._compute_dtype)
            state["autocast_dtype"] = layer._compute_dtype if casts else None

    def __exit__(self, *error):
        state = vars(thread)
        state["call_depth"] -= 1
        state["name_scopes"], training, state["autocast_dtype"] = self.before
        if state["call_depth"] == 0:
            state["training"] = training
