"""Observers: watch the ops, layers, losses, metrics and updates of a step, forward and backward.

Derive a class from `Observer`, define the events that matter, and observe:

    import numpy as np
    from minikeras.autodiff.observers import Observer, observing, open_layers

    class FirstNaN(Observer):
        "Finds the first op with NaN in its result."

        found = None

        def op_called(self, op, inputs, outputs):
            if self.found is None and any(np.isnan(y.array).any() for y in outputs):
                self.found = type(op).__name__, "/".join(layer.name for layer in open_layers())

    with observing(FirstNaN(), eagerly=True) as first_nan:
        model.fit(x, y, verbose=0)
    print(first_nan.found)  # ('Log', 'model/logarithm')

**Which event comes when**, in one step of `fit` that runs in Python (`before_step` comes before all others):

    step_begins
        layer_begins                         the model; its layers inside, nested
            op_called, variable_read …       each op, each read of a weight
            effect_begins … effect_ended     what is not an op: a dropout mask, a moving average, an assignment
        layer_ended
        loss_computed                        each loss, then their total
        gradient_begins, gradient_ended      each op, from the loss back to the weights
        array_computed                       sums of gradients between them
        update_begins, update_ended          the optimizer
        metric_updated                       each metric
    step_ended

`open_layers()` returns the layers in which an op runs. The gradient of an op belongs to a `call`, whose `output_ids`
are the indices (`Tensor.index`) of the outputs that `op_called` showed. So an observer that needs the layer of a
gradient records indices in the forward pass, as `tools/cli/compare/observer/detail_by_observing.py` does.

**What an observer may do.** Any number may observe at once. Each observes one thread, and gets each event in the
order in which they were started. It sees the step's own arrays: copy what you keep, since optimizers and plans write in
place, and change nothing. Nothing that an observer computes is observed or recorded by a tape. An error that it raises
ends the step; `tf.debugging.enable_check_numerics` works that way. Symbolic calls are not events, nor are trial runs
that infer shapes.

**Observing changes nothing**, neither a value nor how it is computed. Steps that run as a plan have no ops to show: of
them, observers see `steps_replayed` and effects that stay in Python; of the two steps that are traced to make the plan,
the single ops. To see everything in every step, use `observing(observer, eagerly=True)`: it runs every step of this
thread in Python, as `compile(run_eagerly=True)` does.

**Without observers** an event costs a test of an empty tuple, 0.03 µs; there is one for each op.

Clients: `GradientTape`, which records what to differentiate; `plans/trace.py`, which records a step to replay it;
the detailed run of `compare`; `tf.debugging.enable_check_numerics`.
"""

from functools import cache

from minikeras.autodiff.state import EVENTS, thread, unobserved

STEP_EVENTS = {"before_step", "step_begins", "step_ended", "steps_replayed"}


class Observer:
    """Base class of observers: methods that do nothing. Only those that a subclass defines are ever called.

    Class attributes:
        uses_ops: whether the methods use ops or call other code that may. They are called unobserved then, which takes
            2 µs. False for minikeras's own.
    """

    uses_ops = True

    # --- ops ------------------------------------------------------------------------------------------------------

    def op_called(self, op, inputs, outputs):
        """An `Op` has computed: `inputs` are Tensors and Python numbers, `outputs` is a tuple of Tensors."""

    def variable_read(self, variable):
        """A `Variable` is read; its value is `variable.array`."""

    def gradient_begins(self, call, dys):
        """The rule of `call.op` is about to run.

        Args:
            call: the tape's `Call`: op, shapes, the inputs and outputs that the op keeps, indices of all.
            dys: for each output d target / d output: an array, or a Tensor under an outer tape; None for an output that
                the target does not need.
        """

    def gradient_ended(self, call, dys, dxs):
        """The rule has run.

        Args:
            call, dys: as before.
            dxs: for each input its part of d target / d input: like `dys`, or `IndexedSlices` for a table that was read
                by rows; None where it is not wanted. None in place of them all if the rule raised an error.
        """

    def array_computed(self, function, arrays, result):
        """A pure function other than an op has computed an array: gradients were added, cast or made dense."""

    # --- other than ops ----------------------------------------------------------------------------------------------

    def effect_begins(self, function, args, kwargs):
        """`function(*args, **kwargs)` is about to run, which changes or reads something besides its arguments."""

    def effect_ended(self, function, result, error):
        """It has returned `result`, or raised `error` (else None)."""

    # --- layers, losses, metrics, optimizers ------------------------------------------------------------------------

    def layer_begins(self, layer, args, kwargs):
        """A layer (or model) is called, with Tensors of its dtype."""

    def layer_ended(self, layer, outputs):
        """It has returned these outputs, nested. Does not come where it raised an error."""

    def loss_computed(self, loss, y_true, y_pred, sample_weight, value):
        """A `Loss` has computed `value`, or a model the total of its losses (None if it has none)."""

    def metric_updated(self, metric, args, kwargs):
        """`metric.update_state(*args, **kwargs)` has run; `metric.result()` may be called."""

    def update_begins(self, optimizer, gradients, variables):
        """An optimizer is about to change these Variables; the gradients are unprocessed, and some may be None."""

    def update_ended(self, optimizer, variables):
        """It has changed them."""

    # --- steps of fit, evaluate and predict -------------------------------------------------------------------------

    def before_step(self, model, kind, batch):
        """A step is about to run, as a plan or in Python; nothing of it has happened yet. Steps come one by one, even
        where a plan could run several in one call. `kind`: "train", "test" or "predict"."""

    def step_begins(self, kind, batch):
        """A step that runs in Python begins. `kind`: "train", "test" or "predict"."""

    def step_ended(self, kind, result):
        """It has returned: logs, or predictions. Does not come where it raised an error."""

    def steps_replayed(self, kind, count):
        """A plan ran `count` steps."""


class observing:  # noqa: N801  a class takes a quarter of the time of a `contextmanager`
    """A context in which the observer gets the events of this thread. `with observing(…) as observer` returns it.

    Args:
        observer: an `Observer`.
        eagerly: see `start`.
    """

    def __init__(self, observer, eagerly=False):
        self.observer = observer
        self.eagerly = eagerly

    def __enter__(self):
        start(self.observer, self.eagerly)
        return self.observer

    def __exit__(self, *error):
        stop(self.observer)


def open_layers():
    """The layers whose `call` is running in this thread, the outermost first."""
    return [scope.caller for scope in thread.name_scopes if hasattr(scope.caller, "call")]


def start(observer, eagerly=False):
    """Send the observer the events of this thread from now on, until `stop`.

    Args:
        observer: an `Observer`.
        eagerly: whether every step of `fit`, `evaluate`, `predict`, the `…_on_batch` methods and every call of a
            `tf.function` runs in Python, op by op, so that nothing is left to plans. "functions": only every call of
            a `tf.function`.
    """
    state = vars(thread)
    if observer.uses_ops or sees_steps(type(observer)):
        state["observers"] = (*state["observers"], observer)
    if eagerly:
        group = "function_observers" if eagerly == "functions" else "eager_observers"
        state[group] = (*state[group], observer)
    for event in events_of(type(observer)):
        method = getattr(observer, event)
        state[event] = (*state[event], Unobserved(method) if observer.uses_ops else method)


def stop(observer):
    """Send the observer no more events. Its own methods may call this, too."""
    state = vars(thread)
    for event in events_of(type(observer)):
        methods = state[event]
        if methods and methods[-1].__self__ is observer:  # the usual case: the last one added
            state[event] = methods[:-1]
        else:
            state[event] = tuple([method for method in methods if method.__self__ is not observer])
    for group in ("observers", "eager_observers", "function_observers"):
        if state[group]:
            state[group] = tuple([other for other in state[group] if other is not observer])


def record_call(op, inputs, outputs, variables):
    """Notify observers of a whole function's call as one op that has read these Variables."""
    for variable_read in thread.variable_read:
        for variable in variables:
            variable_read(variable)
    for op_called in thread.op_called:
        op_called(op, inputs, outputs)


@cache
def events_of(cls):
    """The names of the events that a class of observers defines a method for."""
    return tuple([event for event in EVENTS if getattr(cls, event) is not getattr(Observer, event)])


@cache
def sees_steps(cls):
    """Whether a class of observers defines a method for events of whole steps."""
    return not STEP_EVENTS.isdisjoint(events_of(cls))


class Unobserved:
    """A method of an observer, which is called unobserved."""

    __slots__ = ("__self__", "method")

    def __init__(self, method):
        self.method = method
        self.__self__ = method.__self__

    def __call__(self, *event):
        if self._is_on():
            with unobserved():
                self.method(*event)
        if not self._is_on():  # stopped within an event, while the tuples of `thread` were hidden
            stop(self.__self__)

    def _is_on(self):
        return any(observer is self.__self__ for observer in thread.observers)
