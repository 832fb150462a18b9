"""`Planner`: runs the steps of one model on the tape or as plans, and caches the plans."""

from functools import partial
from typing import NamedTuple

from minikeras import config, tree
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import trainable_flags
from minikeras.base.messages import warn
from minikeras.collectives.share import current_share, state
from minikeras.data.arrays import Run
from minikeras.kernels.locks import lock_of
from minikeras.kernels.registry import ALL, references
from minikeras.layers.tracking import changes, setting_changes
from minikeras.plans.allocate import Memory
from minikeras.plans.candidate import Candidate, Confirmed, make_plan, make_plans
from minikeras.plans.instructions import buffers_in
from minikeras.plans.micro_batches import MicroBatches, micro_batch_size
from minikeras.plans.permission import plans_may_run, python_in
from minikeras.plans.plan import Plan
from minikeras.plans.step import Replayed, Step
from minikeras.plans.thread_workspaces import workspaces_of
from minikeras.plans.trace import Recorder, same
from minikeras.plans.watch import Watch

KEPT_PLANS = 8
"""How many plans a model keeps. The least recently used one is evicted."""

MAX_TRACES = 64
"""How many steps are traced before replays must outnumber them."""


class Key(NamedTuple):
    """A kind of step: steps with equal keys do the same."""

    kind: str
    structure: object
    arrays: tuple  # (shape, dtype) of each array of the batch
    trainable: tuple
    loss_scale: float | None
    division: object  # if several processes divide the batch: the rows of this one, and the group of processes


class Planner:
    """The plans of one model.

    The first two steps with a new kind of batch are traced while they run on the tape; if the traces agree, the plan is
    made at the beginning of the third, which is the first replay (`candidate.py`). A *key* identifies a kind of batch:
    the method (train, test, predict), structure, shapes and dtypes of the data, which variables are trainable.

    Traced training steps use the NumPy references where arrays are small: the first step starts at once, and the plan's
    kernels are compiled later on all cores. Larger networks run compiled from their first op on: ResNet50's first two
    steps on 8 images of 96×96 take a tenth less that way. Steps whose results a user sees, those of `predict` and
    `evaluate`, are traced on the plan's kernels, so that calling them twice gives the same bits.

    A `Watch` finds breakpoints in the traced Python and user Python that a replay could not skip; such steps stay on
    the tape. While a debugger is attached, no step reaches the planner (`permission.py`).

    Args:
        model: the model, as a `PlannedModel` (`trainers/planned_model.py`).
        compiled: False for plans that run in NumPy alone.
        warns_on_fallback: whether to warn if there will be no plan.

    Attributes:
        entries: {key: Plan, MicroBatches, Candidate, or the reason why there is none}.
        python: a description of the user's Python in the model's steps; None if there is none.
    """

    def __init__(self, model, compiled=True, warns_on_fallback=False):
        self.model = model
        self.compiled = compiled
        self.warns_on_fallback = warns_on_fallback
        self._entries = {}  # key -> Plan, MicroBatches, Candidate, Confirmed or the reason why there is none
        self._lock = lock_of(self)  # the plans' memory is for one step at a time
        self._running = False
        self._traces = self._replays = 0
        self._memory = Memory()
        self._checked_state = None  # `_state()` when `_revalidate` ran last
        self._model_of_plans = None  # `_model_state()` when the plans were made
        self._variables = ()
        self.python = None

    def __deepcopy__(self, memo):
        return None  # a copy of the model makes its own plans

    def __reduce__(self):
        return type(None), ()

    @property
    def entries(self):
        with self._lock:
            make_plans(self._entries, self._warn_on_fallback)
            return self._entries

    def next(self, kind, batches, first):
        """The `Step` on batch number `first`, or on as many following ones as a plan can do in one call.

        Args:
            kind: "train", "test" or "predict".
            batches: a sequence of batches; many of a `Run` may be done together.
            first: number of the next one.
        """
        with self._lock:
            if self._running:  # a metric or a signal's handler may predict while a step runs
                return Step(batches[first])
            if self._checked_state != self._state():
                self._revalidate()
            if isinstance(batches, Run):
                together = self._repeat(kind, batches, first)
                if together is not None:
                    return together
            return self._next(kind, batches[first])

    def _next(self, kind, data):
        """The `Step` on one batch."""
        leaves = _arrays(data)
        key = self._key(kind, data, leaves)
        entry = self._entries.get(key)
        if type(entry) is Confirmed:
            entry = self._entry(key)
        if type(entry) is Plan and not entry.is_current():
            del self._entries[key]
            entry = None
        if type(entry) is Plan:
            self._replays += 1
            entry.last_used = self._replays
            result = self._exclusively(entry.run, leaves)
            return Replayed(self.model.step_logs() if result is None else result)
        if type(entry) is MicroBatches:
            return Replayed(self._run_micro_batches(entry, kind, data, leaves)[0])
        if leaves is None or type(entry) is str or self._traces_too_often() or not self._can_trace():
            return Step(data, [self._lock])
        return self._traced(kind, data, key, leaves)

    def _entry(self, key):
        """The entry of a kind of step that is about to run: if it is `Confirmed`, its plan is made now."""
        if type(self._entries.get(key)) is Confirmed:
            make_plan(self._entries, key, self._warn_on_fallback)
        return self._entries.get(key)

    def _repeat(self, kind, run, first):
        """The next batches of a `Run`, as many as a plan can do in one call; None if it can do none."""
        batch = run[first]
        plan = self._entry(self._key(kind, batch, _arrays(batch)))
        if kind == "predict":
            return self._predict_together(plan, run, first)
        if type(plan) is not Plan or plan.repeat is None or not plan.is_current():
            return None
        count = self._exclusively(plan.repeat.run, run, first)
        self._replays += count
        plan.last_used = self._replays
        return Replayed(self.model.step_logs(), count) if count else None

    def _predict_together(self, entry, run, first):
        """Predictions for all further batches of a `Run`, or for those before a debugger is attached; None if none."""
        if run.shuffled:
            return None
        data = run.rest(first)
        arrays = _arrays(data)
        if type(entry) is MicroBatches:
            outputs, done = self._run_micro_batches(entry, "predict", data, arrays, plans_may_run)
        else:
            workspaces = workspaces_of(entry) if type(entry) is Plan and len(run) - first >= config.threads() else None
            if workspaces is None:
                return None
            entry.last_used = self._replays
            outputs, done = self._exclusively(workspaces.run, arrays)
        count = done // run.batch_size
        if done < len(arrays[0]):
            outputs = tree.map_structure(lambda y: Tensor(y.array[: count * run.batch_size]), outputs)
        return Replayed(outputs, count) if count else None

    def _exclusively(self, run, *arguments):
        """Call a function that uses the plans' memory: a step in it, such as a signal handler's, is eager."""
        running, self._running = self._running, True
        try:
            return run(*arguments)
        finally:
            self._running = running

    def _run_micro_batches(self, micro_batches, kind, data, leaves, may_continue=None):
        first = micro_batches.first(data)
        plan = self._entry(self._key(kind, first, _arrays(first)))
        workspaces = None
        if type(plan) is Plan:
            plan.last_used, workspaces = self._replays, workspaces_of(plan)
        micro_batches.last_used = self._replays
        predict = partial(self._predict_micro_batch, kind)
        return self._exclusively(micro_batches.run, predict, workspaces, data, leaves, may_continue)

    def _predict_micro_batch(self, kind, data):
        step = self._next(kind, data)
        if not step.done:
            with step:
                step.result = self.model.predict_step(data)
        return step.result

    def _revalidate(self):
        """After any change in any model: drop all plans if it affects this model."""
        self._checked_state = self._state()
        model_state = self._model_state()
        if same(model_state, self._model_of_plans):
            return
        self._model_of_plans = model_state
        self._entries.clear()
        self._memory = Memory()
        self._variables = self.model.variables
        self.python = python_in(self.model)

    def _warn_on_fallback(self, reason):
        if self.warns_on_fallback:
            warn(f"jit_compile=True has no effect: {reason}. Such steps run by the tape.")

    def _state(self):
        """The state compared before each step, cheaply: counts of changes in all models, and settings."""
        return changes.count, changes.settings, getattr(self.model, "optimizer", None), config.job_settings()

    def _model_state(self):
        """The state that plans depend on: the layers of this model, their Variables and settings."""
        layers = self.model.layers
        changed = list(map(setting_changes, layers))
        optimizer = getattr(self.model, "optimizer", None)
        return [*map(id, layers), *map(id, self.model.variables), changed, optimizer, config.job_settings()]

    def _can_trace(self):
        return self.python is None or Watch.is_possible()

    def _traces_too_often(self):
        """Whether batches keep coming in new shapes, so that more steps are traced than replayed."""
        return self._traces > MAX_TRACES and self._traces > self._replays

    def _key(self, kind, data, leaves):
        if leaves is None:
            return None
        structure, arrays = _structure(data), tuple([(array.shape, array.dtype) for array in leaves])
        if kind != "train":
            return Key(kind, structure, arrays, (), None, _division() if kind == "test" else None)
        trainable, optimizer = trainable_flags(self._variables), getattr(self.model, "optimizer", None)
        scale = None if optimizer is None else optimizer.loss_scale_factor
        return Key(kind, structure, arrays, trainable, scale, _division())

    def _traced(self, kind, data, key, leaves):
        """A `Step` that may become a plan."""
        self._traces += 1
        recorder = Recorder(leaves, self.model.variables)
        scopes = [self._lock, recorder]
        # In the step that confirms a plan only breakpoints are searched for: 5 ms of a CNN's first 16.
        if self.python is not None or key in self._entries:
            scopes.append(Watch(recorder, only_breakpoints=self.python is None))
        if kind == "train" and self.compiled and self._is_small(leaves):
            scopes.append(references())
        return Step(data, scopes, partial(self._note_trace, kind, key, leaves, recorder))

    def _is_small(self, leaves):
        """Whether the references may do all of a forward pass."""
        rows = len(leaves[0]) if leaves and leaves[0].ndim else 1
        return self.model.forward_elements(rows) <= ALL

    def _note_trace(self, kind, key, leaves, recorder, step):
        """A step was traced: it may confirm a plan."""
        if self._checked_state != self._state():  # the step built something
            return
        with self._lock:
            candidate = self._entries.get(key)
            if type(candidate) is not Candidate:
                candidate = Candidate(self.compiled, self._memory, self.python is not None)
            wanted = kind == "predict" or self.model.returns_other_logs(kind)
            returned = recorder.template(step.result, bare=True) if wanted else None
            entry = _micro_batches(kind, returned, recorder, leaves) or candidate.with_trace(recorder, returned)
            self._entries[key] = entry
            if type(entry) is str:
                self._warn_on_fallback(entry)
            evict_oldest(self._entries, key)
            if type(entry) is MicroBatches:
                # They may use another algorithm than the whole batch: compute again, for the same bits as later calls.
                step.result = self._predict_micro_batch(kind, step.batch)


def evict_oldest(entries, key):
    """Evict the least recently used plan, other than that of `key`, if there are too many."""
    if len(entries) > KEPT_PLANS:
        others = [other for other in entries if other != key]
        del entries[min(others, key=lambda other: getattr(entries[other], "last_used", 0))]


def _micro_batches(kind, returned, recorder, leaves):
    """`MicroBatches` for a prediction that is faster in micro-batches; else None."""
    if kind != "predict" or recorder.reason is not None or not leaves or not leaves[0].ndim:
        return None
    size = micro_batch_size(recorder.buffers, recorder.instructions, buffers_in(returned), len(leaves[0]))
    return None if size is None else MicroBatches(size)


def _division():
    share = current_share()
    return None if share is None else (share, state.group)


def _arrays(data):
    """The arrays of a batch in flat order; None if it has elements of another kind."""
    arrays = []
    for part in data if type(data) is tuple else (data,):
        if type(part) is Tensor:
            arrays.append(part.array)
        else:
            for leaf in tree.flatten(part):
                if leaf is not None:
                    if type(leaf) is not Tensor:
                        return None
                    arrays.append(leaf.array)
    return arrays


def _structure(data):
    """A hashable form of a batch's nesting."""
    kind = type(data)
    if kind is Tensor:
        return 0
    if kind is tuple or kind is list:
        return (kind, *[_structure(part) for part in data])
    if kind is dict:
        return (kind, *[(key, _structure(part)) for key, part in data.items()])
    return None if data is None else kind
