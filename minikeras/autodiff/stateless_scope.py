"""`StatelessScope`: compute with other values for Variables, without changing any permanently."""

from contextlib import contextmanager

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable


class StatelessScope:
    """A context in which Variables hold given values, and assignments to them are undone at its end.

        with StatelessScope([(kernel, value)]) as scope:
            outputs = layer(inputs)
        new_mean = scope.get_current_value(layer.moving_mean)

    Gradients flow to the given values as if the computation had been written with them. Scopes may be nested: an inner
    one starts from the Variables' own values, not from those of the outer one.

    Args:
        state_mapping: pairs (Variable, value).
        collect_losses: keep what layers `add_loss` in `losses` of this scope. The layers themselves never keep it.
        initialize_variables: in Keras, whether Variables made with an initializer inside get their values at the end.
            Here they have them at once, so both settings do the same.

    Raises:
        ValueError: something other than a Variable is mapped, or a value has another shape.
    """

    def __init__(self, state_mapping=None, collect_losses=False, initialize_variables=True):
        self.collect_losses = collect_losses
        self.initialize_variables = initialize_variables
        self._losses = []  # (layer or None, loss)
        self._values = {}  # id -> (Variable, the Tensor it holds inside), while the scope is not active
        self._own = {}  # id -> (Variable, its own Tensor), while the scope is active
        for variable, value in state_mapping or ():
            self._values[id(variable)] = (variable, _as_value(variable, value))

    def __enter__(self):
        self._outer = thread.stateless_scope
        if self._outer is not None:
            self._outer.deactivate()
        thread.stateless_scope = self
        self.activate()
        return self

    def __exit__(self, *error):
        self.deactivate()
        thread.stateless_scope = self._outer
        if self._outer is not None:
            self._outer.activate()

    def activate(self):
        """Give the Variables the values of this scope."""
        for key, (variable, tensor) in self._values.items():
            self._own[key] = (variable, variable._tensor)
            variable._tensor = tensor
        self._values = {}

    def deactivate(self):
        """Give the Variables their own values, and keep those of this scope."""
        for key, (variable, tensor) in self._own.items():
            self._values[key] = (variable, variable._tensor)
            variable._tensor = tensor
        self._own = {}

    def note_change(self, variable):
        """A Variable is about to be assigned to: remember its own value."""
        self._own.setdefault(id(variable), (variable, variable._tensor))

    def add_update(self, update):
        """Set the value that a Variable has in this scope: a pair (Variable, value)."""
        variable, value = update
        if thread.stateless_scope is self:
            self.note_change(variable)
            variable._tensor = _as_value(variable, value)
        else:
            self._values[id(variable)] = (variable, _as_value(variable, value))

    def get_current_value(self, variable):
        """The value in this scope, during or after it; None for a Variable that it neither maps nor changed."""
        if id(variable) in self._own:
            return variable._tensor
        return self._values.get(id(variable), (None, None))[1]

    @property
    def losses(self):
        """The losses that layers added, if they are collected."""
        return [loss for _, loss in self._losses]

    def add_loss(self, loss, layer=None):
        """Keep a loss in place of the layer that adds it, if losses are collected."""
        if self.collect_losses or layer is None:
            self._losses.append((layer, loss))

    def losses_of(self, layers):
        """The losses that these layers added here."""
        return [loss for layer, loss in self._losses if any(layer is one for one in layers)]


class ShapeInference(StatelessScope):
    """The scope in which a layer's `call` runs on symbolic tensors: there is no data, so its assignments are undone."""


@contextmanager
def temporary_values(variables, values):
    """Inside, Variables hold copies of other values (Tensors or arrays); unlike in a scope, these are assignments."""
    before = [variable.handle for variable in variables]
    try:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)


@contextmanager
def lasting_assignments():
    """Assignments inside stay, though shapes are being inferred around it: a layer's `build` needs this."""
    scope = thread.stateless_scope
    if not isinstance(scope, ShapeInference):
        yield
        return
    scope.deactivate()
    thread.stateless_scope = None
    try:
        yield
    finally:
        thread.stateless_scope = scope
        scope.activate()


def _as_value(variable, value):
    """A value for a Variable as a Tensor of its dtype; a Tensor that has it is kept, so that the tape knows it."""
    if not isinstance(variable, Variable):
        raise ValueError(
            "Invalid reference variable in StatelessScope: all keys of `mapping` must be Variables. "
            f"Received: {str(variable)[:200]}"
        )
    value = value.read() if isinstance(value, Variable) else value
    if not isinstance(value, Tensor):
        value = Tensor(as_array(value, variable._tensor.dtype))
    elif value.dtype != variable._tensor.dtype:
        value = Cast(variable._tensor.dtype)(value)
    if value.shape != variable.shape:
        raise ValueError(
            f"Invalid variable value in StatelessScope: it must have the Variable's shape. Received: a value of shape "
            f"{value.shape} for {variable.path!r} of shape {variable.shape}"
        )
    return value


class SymbolicScope:
    """A context in which `in_symbolic_scope()` is true: code may ask whether it has symbolic tensors in place of data.

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
