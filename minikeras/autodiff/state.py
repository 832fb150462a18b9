"""The state of autodiff per thread: the active tapes, the observers, whether symbolic calls record nodes."""

import itertools
import threading
from contextlib import contextmanager

EVENTS = (
    "op_called",
    "variable_read",
    "gradient_begins",
    "gradient_ended",
    "array_computed",
    "effect_begins",
    "effect_ended",
    "layer_begins",
    "layer_ended",
    "loss_computed",
    "metric_updated",
    "update_begins",
    "update_ended",
    "before_step",
    "step_begins",
    "step_ended",
    "steps_replayed",
)
"""The methods of an `Observer`, see `observers.py`. For each, `thread` has a tuple of those to call, usually empty."""


class _ThreadState(threading.local):
    def __init__(self):
        vars(self).update(dict.fromkeys(EVENTS, ()))
        self.tapes = ()  # the active gradient tapes, innermost last
        self.observers = ()  # those that were started and use ops, or that are notified of steps
        self.eager_observers = ()  # those of them that require every step to run in Python
        self.function_observers = ()  # and those that require it of every `tf.function`
        self.has_examples = False  # whether inputs are made up, so that no unknown token in them is an error
        self.exports = False  # whether a model is recorded for an export: functions remember no such calls
        self.is_quiet = False  # whether NumPy's warnings are off, see `quiet.py`
        self.unfused = False  # True while a plan is traced: layers and tapes leave fusion and other shortcuts to it
        self.nodes = None  # the list to which new nodes are added while a function is traced (`node.py`)
        self.records_history = True  # False while a layer's `call` runs only to infer shapes
        self.compares_elements = False  # whether == of symbolic tensors is always the elementwise op
        self.autocast_dtype = None  # the dtype in which Variables are read, or None for their own
        self.name_scopes = []
        self.stateless_scope = None  # is notified of assignments to Variables and of losses, see `stateless_scope.py`
        self.symbolic_scope = None  # the innermost open one, see `stateless_scope.py`
        self.remat_scopes = []  # how layers made now save memory, see `rematerialization.py`
        self.call_depth = 0  # how many layer calls are open
        self.call_number = 0  # counts the outermost ones
        self.training = None  # the argument of the outermost call
        self.context_arguments = 0, {}  # the number of an outermost call, values of arguments that layers registered


thread = _ThreadState()

# Tensors are identified by a serial number, never by id(): Python reuses freed ids.
next_index = itertools.count().__next__


class stop_recording:  # noqa: N801  a class takes a quarter of the time of a `contextmanager`
    """No tape of this thread records what happens inside. Other observers see it."""

    def __enter__(self):
        state = vars(thread)
        self.before = state["tapes"], state["op_called"], state["variable_read"]
        tapes = state["tapes"]
        if tapes:
            for event in ("op_called", "variable_read"):
                state[event] = tuple([method for method in state[event] if method.__self__ not in tapes])
            state["tapes"] = ()

    def __exit__(self, *error):
        state = vars(thread)
        state["tapes"], state["op_called"], state["variable_read"] = self.before


class unobserved:  # noqa: N801
    """Neither tapes nor other observers of this thread see what happens inside."""

    def __enter__(self):
        state = vars(thread)
        self.before = {event: state[event] for event in ("tapes", *EVENTS)}
        state.update(dict.fromkeys(self.before, ()))

    def __exit__(self, *error):
        vars(thread).update(self.before)


@contextmanager
def _changed(**values):
    """Set attributes of `thread` to these values inside."""
    before = {name: getattr(thread, name) for name in values}
    vars(thread).update(values)
    try:
        yield
    finally:
        vars(thread).update(before)


def no_history():
    """Symbolic calls inside infer shapes only: they record no node in the functional graph."""
    return _changed(records_history=False)


def history():
    """Symbolic calls inside record nodes again: a `build` may make a functional model while shapes are inferred."""
    return _changed(records_history=True)


def builds_graph():
    """Whether symbolic tensors are Keras's, from which functional models are built, and do not stand for tensors."""
    return thread.records_history and not thread.compares_elements


def rules_on_symbols():
    """Let symbolic tensors stand for tensors inside, for rules of ops and traced functions: == is elementwise, and
    their calls record nodes."""
    return _changed(compares_elements=True, records_history=True)


def examples():
    """Inputs inside are made up, for their shapes: unknown tokens in them are no error."""
    return _changed(has_examples=True)


def exporting():
    """Calls inside are recorded for an export, on inputs that are made up."""
    return _changed(has_examples=True, exports=True)


def autocast(dtype):
    """Float Variables are read as `dtype` inside (mixed precision)."""
    return _changed(autocast_dtype=dtype)
