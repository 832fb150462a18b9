"""Rematerialization: keep no intermediate values for backward, recompute them instead.

A tape holds what each op needs for its gradient. `remat(f)` records the whole call of `f` as one op that holds only its
inputs; its gradient runs `f` again, on a separate tape. This trades time for memory: storing only every k-th
activation of n layers takes about n/k + k of them instead of n, for one more forward pass. (Chen et al., "Training
Deep Nets with Sublinear Memory Cost", 2016)

The second run starts from the same Variables as the first, so it draws the same dropout mask, and its assignments (to a
moving average) are undone, since they happened already. While a step is traced for a plan, `remat` has no effect.
"""

import math
from contextlib import contextmanager
from functools import wraps
from typing import NamedTuple

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.observers import Observer, record_call, start, stop
from minikeras.autodiff.operation import Op, any_symbolic
from minikeras.autodiff.state import next_index, stop_recording, thread
from minikeras.autodiff.stateless_scope import StatelessScope
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor

MODES = ("full", "activations", "larger_than", "list_of_layers", None)


class RematMode(NamedTuple):
    """The settings of a `RematScope`."""

    mode: str
    output_size_threshold: int
    layer_names: list

    def rematerialized(self, operation, fn, args, kwargs):
        """`fn`, the `call` of an operation made in the scope, or `remat(fn)`, as the settings require."""
        if self.mode == "activations":
            return _with_rematerialized_activation(operation, fn) if getattr(operation, "activation", None) else fn
        wanted = (
            self.mode == "full"
            or (self.mode == "list_of_layers" and operation.name in self.layer_names)
            or (self.mode == "larger_than" and _output_size(operation, args, kwargs) > self.output_size_threshold)
        )
        return remat(fn) if wanted else fn


class RematScope:
    """Layers made within it are rematerialized whenever they are called.

        with RematScope("list_of_layers", layer_names=["block_1", "block_2"]):
            model = make_model()

    Args:
        mode: "full" for all layers; "activations" for the activation functions of layers that have one; "larger_than"
            for layers with large outputs; "list_of_layers" for those named; None for none, within another scope.
        output_size_threshold: for "larger_than": the number of elements that an output must exceed.
        layer_names: for "list_of_layers".

    Raises:
        ValueError: an unknown mode.
    """

    def __init__(self, mode="full", output_size_threshold=1024, layer_names=None):
        if mode not in MODES:
            raise ValueError(f"Invalid mode {mode!r}. Supported modes are: {MODES}.")
        self.output_size_threshold = output_size_threshold
        self.layer_names = list(layer_names or ())
        self.mode = mode
        self.settings = None if mode is None else RematMode(mode, output_size_threshold, self.layer_names)

    def __enter__(self):
        thread.remat_scopes = [*thread.remat_scopes, self]
        return self

    def __exit__(self, *error):
        thread.remat_scopes = thread.remat_scopes[:-1]


def remat(f):
    """A function like `f` that keeps only its inputs for its gradient, which calls `f` again.

    `f` takes and returns tensors, nested as you like, and may use Variables, layers and other tensors.
    """

    @wraps(f)
    def wrapper(*args, **kwargs):
        args, kwargs = tree.map_structure(lambda x: Tensor(x) if isinstance(x, np.ndarray) else x, (args, kwargs))
        # A plan would do both runs in each replay, and has its buffers in any case.
        if not thread.tapes or thread.unfused or any_symbolic(args, kwargs):
            return f(*args, **kwargs)
        first_new = next_index()
        watcher = _Watcher(first_new)
        context = _CallContext()
        with watcher:
            outputs = f(*args, **kwargs)
        results = new_tensors((outputs, [loss for _, loss in watcher.losses]), first_new)
        copies = {y.index: Tensor(y.array) for y in results}
        sources = list(watcher.sources.values())
        op = Rematerialized(f, args, kwargs, sources, watcher.state(), context)
        record_call(op, sources, tuple(copies.values()), watcher.variables)
        for layer, loss in watcher.losses:
            layer.add_loss(copies.get(loss.index, loss))
        return tree.map_structure(lambda y: _replaced(y, copies), outputs)

    return wrapper


def _with_rematerialized_activation(layer, fn):
    @wraps(fn)
    def wrapper(*args, **kwargs):
        activation = layer.activation
        object.__setattr__(layer, "activation", remat(activation))  # untracked: the layer keeps its own
        try:
            return fn(*args, **kwargs)
        finally:
            object.__setattr__(layer, "activation", activation)

    return wrapper


def _output_size(operation, args, kwargs):
    """The number of elements in the outputs for these inputs."""
    args, kwargs = tree.map_structure(
        lambda x: KerasTensor(x.shape, dtype=x.dtype) if isinstance(x, Tensor) else x, (args, kwargs)
    )
    return sum(math.prod(y.shape) for y in tree.flatten(operation.compute_output_spec(*args, **kwargs)))


class Rematerialized(Op):
    """One call of a function, as an op whose inputs are all the outside tensors that the function used.

    Args:
        function, args, kwargs: the call.
        sources: its inputs.
        state: [(Variable, the Tensor it held at the start)], of those that the function read or changed.
        context: the `_CallContext` of the call.
    """

    takes_functions = True
    keeps = ()
    takes_none = True

    def __init__(self, function, args, kwargs, sources, state, context):
        self.function, self.args, self.kwargs = function, args, kwargs
        self.sources = sources  # the Tensors themselves: the function refers to them, so the second tape must
        self.state = state
        self.context = context

    def backward(self, call, *dys):
        first_new = next_index()
        tape = GradientTape(watch_accessed_variables=False)
        with self.context.restored(), StatelessScope(self.state, collect_losses=True) as scope, tape:
            tape.watch([x for x, wanted in zip(self.sources, call.needs_gradient, strict=True) if wanted])
            outputs = self.function(*self.args, **self.kwargs)
        results = new_tensors((outputs, scope.losses), first_new)
        used = [(y, dy) for y, dy in zip(results, dys, strict=True) if dy is not None]
        return tape.gradient([y for y, _ in used], self.sources, [dy for _, dy in used])


class _Watcher(Observer):
    """Records a function's outside inputs: in place of the tapes, and as the scope notified of assignments."""

    uses_ops = False

    def __init__(self, first_new):
        self.first_new = first_new  # tensors with a smaller index existed before
        self.sources = {}  # index -> Tensor
        self.variables = []  # those read
        self.losses = []  # (layer, loss)
        self._before = {}  # id -> (Variable, its Tensor at the start)

    def __enter__(self):
        self._outer, thread.stateless_scope = thread.stateless_scope, self
        self._paused = stop_recording()
        self._paused.__enter__()
        start(self)

    def __exit__(self, *error):
        stop(self)
        self._paused.__exit__()
        thread.stateless_scope = self._outer

    def state(self):
        """[(Variable, the Tensor it held at the start)]."""
        return list(self._before.values())

    # as an observer

    def variable_read(self, variable):
        """A Variable was read."""
        if id(variable) not in self._before:
            self._before[id(variable)] = (variable, variable._tensor)
        if all(variable is not known for known in self.variables):
            self.variables.append(variable)

    def op_called(self, op, inputs, outputs):
        """An op was used: inputs of it that existed before are inputs of the whole call."""
        for x in inputs:
            if type(x) is Tensor and x.index < self.first_new:
                self.sources[x.index] = x

    # as a stateless scope

    def note_change(self, variable):
        """A Variable is about to be assigned to."""
        self._before.setdefault(id(variable), (variable, variable._tensor))
        if self._outer is not None:
            self._outer.note_change(variable)

    def add_loss(self, loss, layer):
        """A layer adds a loss, which becomes an output of the whole call."""
        self.losses.append((layer, loss))

    def losses_of(self, layers):
        """The losses that these layers added so far."""
        return [loss for layer, loss in self.losses if any(layer is one for one in layers)]

    def deactivate(self):
        """A scope inside begins: it starts from the Variables' own values, so the outer scope restores them."""
        if self._outer is not None:
            self._outer.deactivate()

    def activate(self):
        """A scope inside has ended."""
        if self._outer is not None:
            self._outer.activate()


class _CallContext:
    """A thread's state when a call began: training mode, dtype, names, how deep in which layer call."""

    WORDS = ("training", "autocast_dtype", "name_scopes", "call_depth", "call_number")

    def __init__(self):
        self.values = {word: getattr(thread, word) for word in self.WORDS}

    @contextmanager
    def restored(self):
        """Restore this state inside."""
        now = _CallContext()
        thread.__dict__.update(self.values)
        try:
            yield
        finally:
            thread.__dict__.update(now.values)


def new_tensors(outputs, first_new):
    """The Tensors in a nested structure that are new, each once, and the logits attached to them."""
    found = {}
    for y in tree.flatten(outputs):
        for tensor in (y, getattr(y, "_keras_logits", None)):
            if type(tensor) is Tensor and tensor.index >= first_new:
                found[tensor.index] = tensor
    return list(found.values())


def _replaced(y, copies):
    """The Tensor that the outer tapes know in place of `y`, with the mask and logits attached to it."""
    if type(y) is not Tensor or y.index not in copies:
        return y
    copy = copies[y.index]
    if (mask := getattr(y, "_keras_mask", None)) is not None:
        copy._keras_mask = mask
    if (logits := getattr(y, "_keras_logits", None)) is not None:
        copy._keras_logits = copies.get(logits.index, logits)
    return copy
