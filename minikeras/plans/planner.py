"""`Planner`: runs the steps of one model, by the tape or by a plan, and remembers the plans."""

import warnings
from contextlib import nullcontext
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from minikeras import config, tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data.arrays import Run
from minikeras.kernels.locks import lock_of
from minikeras.kernels.registry import references
from minikeras.layers.tracking import changes
from minikeras.plans.allocate import Memory
from minikeras.plans.eligible import python_in
from minikeras.plans.instructions import slots_in
from minikeras.plans.lanes import lanes_of
from minikeras.plans.pieces import Pieces, piece_size
from minikeras.plans.plan import Plan
from minikeras.plans.trace import Recorder, Untraceable, difference, same
from minikeras.plans.watch import Watch, debugger_follows

KEPT_PLANS = 8
"""How many plans a model keeps. The one that was not used for the longest time goes."""

TRACES = 4
"""How many steps of one kind are traced before the planner gives up finding two alike."""

MOST_TRACES = 64
"""How many steps are traced before replays must have outnumbered them."""

_trainable_of = attrgetter("_trainable")


class Key(NamedTuple):
    """A kind of step: two steps with equal keys do the same."""

    kind: str
    structure: object
    arrays: tuple  # (shape, dtype) of each array of the batch
    trainable: tuple
    loss_scale: float | None


class Planner:
    """The plans of one model.

    The first two steps with a new kind of batch are traced while they run on the tape; if the traces agree, the third
    is a replay. A *key* tells kinds of batches apart: what is done (train, test, predict), structure, shapes and dtypes
    of the data, which variables are trainable.

    Traced steps of training use NumPy's references where arrays are small: the first step comes at once, and what the
    plan needs is compiled on all cores when it is known. Steps whose results a user sees, those of `predict` and
    `evaluate`, are traced on the plan's own kernels, so that calling them twice gives the same bits.

    If there is Python of the user's in the steps, a `Watch` tells what of it a replay could not leave out; such steps
    stay on the tape. So do all steps of these models while a debugger follows.

    Args:
        model: the model, a `Trainer`.
        compiled: False for plans that run by NumPy alone.
        insists: whether to warn where there will be no plan.

    Attributes:
        python: the user's Python in the model's steps, in words; None if there is none.
    """

    def __init__(self, model, compiled=True, insists=False):
        self.model = model
        self.compiled = compiled
        self.insists = insists
        self.entries = {}  # key -> Plan, Pieces, Candidate or the reason why there is none
        self._lock = lock_of(self)  # the plans' memory is for one step at a time
        self._running = False
        self._traces = self._replays = 0
        self._memory = Memory()
        self._seen = self._parts = None
        self._variables = ()
        self.python = None

    def __deepcopy__(self, memo):
        return None  # a copy of the model makes plans of its own

    def __reduce__(self):
        return type(None), ()

    def step(self, kind, data):
        """Run one step: `train_step(data)`, `test_step(data)` or `predict_step(data)`, and return what it returns."""
        with self._lock:
            if self._running or not self._is_ready():  # a metric may predict while a step runs
                return self._eager(kind, data)
            leaves = _arrays(data)
            key = self._key(kind, data, leaves)
            entry = self.entries.get(key)
            if type(entry) is Plan and not entry.is_current():
                entry = self.entries.pop(key) and None
            if type(entry) is Plan:
                result = self._run(entry, leaves)
                return self.model._step_logs() if result is None else result
            if type(entry) is Pieces:
                return self._run_pieces(entry, kind, data, leaves)
            if leaves is None or type(entry) is str or self._wastes_traces() or not self._can_trace():
                return self._eager(kind, data)
            return self._traced(kind, data, key, leaves)

    def steps(self, kind, batches):
        """Run a step on each of several batches, many in one call where a plan can: yields what each call returns."""
        done, together = 0, type(batches) is Run
        while done < len(batches):
            count, result = self._repeat(kind, batches, done) if together else (0, None)
            yield self.step(kind, batches[done]) if count == 0 else result
            done += count or 1

    def _repeat(self, kind, run, first):
        """As many steps as a plan can do in one call on the batches of a `Run` from number `first` on.

        Returns:
            (how many; what the last of them returned, or all if they were predictions).
        """
        with self._lock:
            if self._running or not self._is_ready():
                return 0, None
            batch = run[first]
            plan = self.entries.get(self._key(kind, batch, _arrays(batch)))
            if kind == "predict":
                return self._predict_rest(plan, run, first)
            if type(plan) is not Plan or plan.repeat is None or not plan.is_current():
                return 0, None
            self._running = True
            try:
                count = plan.repeat.run(run, first)
            finally:
                self._running = False
            self._replays += count
            plan.last_used = self._replays
            return count, self.model._step_logs() if count else None

    def _predict_rest(self, entry, run, first):
        """Predict all batches of a `Run` from number `first` on, if they can be done together."""
        count, data = len(run) - first, run.rest(first)
        if run.shuffled:
            return 0, None
        if type(entry) is Pieces:
            return count, self._run_pieces(entry, "predict", data, _arrays(data))
        lanes = lanes_of(entry) if type(entry) is Plan and count >= config.threads() else None
        if lanes is None:
            return 0, None
        entry.last_used = self._replays
        return count, lanes.run(_arrays(data))[0]

    def _run(self, plan, leaves):
        self._replays += 1
        plan.last_used = self._replays
        self._running = True
        try:
            return plan.run(leaves)
        finally:
            self._running = False

    def _run_pieces(self, pieces, kind, data, leaves):
        first = pieces.first(data)
        plan = self.entries.get(self._key(kind, first, _arrays(first)))
        lanes = None
        if type(plan) is Plan:
            plan.last_used, lanes = self._replays, lanes_of(plan)
        pieces.last_used = self._replays
        return pieces.run(partial(self.step, kind), lanes, data, leaves)

    def has_python(self):
        """Whether there is Python of the user's in the model's steps."""
        if self._seen != self._state():
            self._look_again()
        return self.python is not None

    def _is_ready(self):
        """Whether plans may run: not while a debugger follows the user's Python."""
        return not self.has_python() or not debugger_follows()

    def _eager(self, kind, data):
        return getattr(self.model, f"{kind}_step")(data)

    def _look_again(self):
        """Something has changed somewhere. If it concerns this model, all plans are void."""
        self._seen = self._state()
        parts = self._state_of_parts()
        if same(parts, self._parts):
            return
        self._parts = parts
        self.entries.clear()
        self._memory = Memory()
        self._variables = self.model.variables
        self.python = python_in(self.model)

    def _warn_if_insisted(self, reason):
        if self.insists:
            warnings.warn(f"jit_compile=True has no effect: {reason}. Such steps run by the tape.", stacklevel=6)

    def _state(self):
        """What is looked at before each step: counts of changes in all models, and settings."""
        return changes.count, changes.settings, self.model.optimizer, config.convolution_algorithm(), config.threads()

    def _state_of_parts(self):
        """What tells whether this model is still the same: its layers, their Variables and settings."""
        layers = self.model._flatten_layers()
        counts = [layer._setting_changes for layer in layers]
        return [*map(id, layers), *map(id, self.model.variables), counts, *self._state()[2:]]

    def _can_trace(self):
        return self.python is None or Watch.is_possible()

    def _wastes_traces(self):
        """Whether batches come in ever new shapes, so that more steps are traced than replayed."""
        return self._traces > MOST_TRACES and self._traces > self._replays

    def _key(self, kind, data, leaves):
        if leaves is None:
            return None
        optimizer = self.model.optimizer if kind == "train" else None
        return Key(
            kind,
            _structure(data),
            tuple([(array.shape, array.dtype) for array in leaves]),
            tuple(map(_trainable_of, self._variables)) if kind == "train" else (),
            getattr(optimizer, "loss_scale_factor", None),
        )

    def _traced(self, kind, data, key, leaves):
        self._traces += 1
        recorder = Recorder(leaves, self.model.variables)
        watch = nullcontext() if self.python is None else Watch(recorder)
        with recorder, watch, references() if kind == "train" and self.compiled else nullcontext():
            result = self._eager(kind, data)
        if self._seen != self._state():  # the step built something
            return result
        candidate = self.entries.get(key) or Candidate(self.compiled, self._memory, self.python is not None)
        wanted = kind == "predict" or self.model._steps_are_own(kind)
        returned = recorder.template(result, bare=True) if wanted else None
        self.entries[key] = entry = _pieces(kind, returned, recorder, leaves) or candidate.with_trace(
            recorder, returned
        )
        if type(entry) is str:
            self._warn_if_insisted(entry)
        forget_one_of(self.entries, key)
        # Pieces may take another algorithm than the whole batch did: once again, for the same bits as later.
        return self.step(kind, data) if type(entry) is Pieces else result


def forget_one_of(entries, key):
    """Let go of the plan that was not used for the longest time, other than that of `key`, if there are too many."""
    if len(entries) > KEPT_PLANS:
        others = [other for other in entries if other != key]
        del entries[min(others, key=lambda other: getattr(entries[other], "last_used", 0))]


def _pieces(kind, returned, recorder, leaves):
    """`Pieces` for a prediction that is better done in some; else None."""
    if kind != "predict" or recorder.reason is not None or not leaves or not leaves[0].ndim:
        return None
    size = piece_size(recorder.slots, recorder.instructions, slots_in(returned), len(leaves[0]))
    return None if size is None else Pieces(size)


class Candidate:
    """A step of which one trace is known, waiting for another that confirms it.

    Args:
        compiled, memory: for the `Plan`.
        forgives: whether the first trace may hold what a replay could not leave out: Python of the user's that builds
            layers and loads modules when it first runs.
    """

    def __init__(self, compiled, memory, forgives):
        self.compiled = compiled
        self.memory = memory
        self.forgives = forgives
        self.trace = None
        self.count = 0

    def with_trace(self, recorder, result):
        """What becomes of it with another trace: a Plan, itself, or the reason why there will be no plan."""
        try:
            trace = recorder.trace(result)
        except Untraceable as reason:
            forgives, self.forgives = self.forgives, False
            return self if forgives else str(reason)
        self.forgives = False
        self.count += 1
        reason = difference(self.trace, trace) if self.trace is not None else "only one step was traced yet"
        if reason is None:
            return _plan_or_reason(trace, self.compiled, self.memory)
        self.trace = trace
        return self if self.count < TRACES else reason


def _plan_or_reason(trace, compiled, memory):
    """The `Plan`. A mistake of ours in making one must not end a training that the tape can go on with."""
    try:
        return Plan(trace, compiled, memory)
    except Exception as error:  # whatever it is, it is told
        reason = f"making a plan failed with {error!r}"
        warnings.warn(
            f"{reason}, a mistake in minikeras. Such steps run by the tape, several times slower.", stacklevel=8
        )
        return reason


def _arrays(data):
    """The arrays of a batch in flat order; None if there is something else in it."""
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
    """Something hashable that tells how a batch is nested."""
    kind = type(data)
    if kind is Tensor:
        return 0
    if kind is tuple or kind is list:
        return (kind, *[_structure(part) for part in data])
    if kind is dict:
        return (kind, *[(key, _structure(part)) for key, part in data.items()])
    return None if data is None else kind
