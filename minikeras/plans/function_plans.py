"""`FunctionPlans`: runs a user's function of tensors in Python, or as a plan of the ops that were traced.

This does for a `tf.function` what `Planner` does for the steps of a model. The user has declared that only the
operations on tensors matter, and that its Python runs only while it is traced. So it may contain anything, even layers;
a `Watch` reports what a replay could not skip, and a function that does such things keeps running in Python.
"""

from functools import partial

from minikeras import config, tree
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.collectives.share import current_share
from minikeras.kernels.locks import lock_of
from minikeras.optimizers.summing import gradients_summed
from minikeras.plans.allocate import Memory
from minikeras.plans.candidate import Candidate, Confirmed, make_plan, make_plans
from minikeras.plans.permission import function_plans_may_run
from minikeras.plans.plan import Plan
from minikeras.plans.planner import evict_oldest
from minikeras.plans.step import Replayed, Step
from minikeras.plans.trace import Recorder
from minikeras.plans.watch import Watch

_PLAIN = (type(None), bool, int, float, complex, str, bytes)


class FunctionPlans:
    """The plans of one function, one for each kind of arguments.

    Attributes:
        entries: key -> Plan, Candidate (traced, not yet confirmed), or the reason why there is none.
    """

    def __init__(self):
        self._entries = {}  # as `entries`, or Confirmed
        self._known_by_identity = {}  # key -> the objects whose ids are in it, kept alive so that the ids stay theirs
        self._lock = lock_of(self)  # the plans' memory is for one call at a time
        self._memory = Memory()
        self._running = False
        self._calls = 0

    @property
    def entries(self):
        with self._lock:
            make_plans(self._entries)
            return self._entries

    def next(self, kind, arguments):
        """The `Step` of one call: already run by a plan, or to be run in Python by the caller.

        Args:
            kind: hashable; calls of equal kinds do the same.
            arguments: nested. In calls of one kind only the values of the Tensors in it differ. The step returns nested
                Tensors.
        """
        leaves = tree.flatten(arguments)
        arrays = [x.array for x in leaves if type(x) is Tensor]
        if thread.tapes or len({*map(id, arrays)}) < len(arrays) or not function_plans_may_run():
            return Step(arguments)  # a tape records the ops inside, or one array is passed twice
        key = kind, config.convolution_algorithm(), config.threads()
        with self._lock:
            if self._running:  # a signal's handler calls the function while a plan runs
                return Step(arguments)
            if type(self._entries.get(key)) is Confirmed:
                make_plan(self._entries, key)
            entry = self._entries.get(key)
            if type(entry) is Plan and entry.is_current():
                return Replayed(self._run(entry, arrays))
            if type(entry) is str or not Watch.is_possible():
                return Step(arguments)
            self._known_by_identity[key] = [x for x in leaves if type(x) is not Tensor]
        recorder = Recorder(arrays, ())
        return Step(arguments, [self._lock, recorder, Watch(recorder)], partial(self._note_trace, key, recorder))

    def _run(self, plan, arrays):
        self._calls += 1
        plan.last_used = self._calls
        self._running = True
        try:
            if current_share() is None:
                return plan.run(arrays)
            with gradients_summed():  # by the sum over ranks that was traced before the optimizer's step
                return plan.run(arrays)
        finally:
            self._running = False

    def _note_trace(self, key, recorder, step):
        """A call was traced: it may confirm a plan."""
        with self._lock:
            template = recorder.template(step.result, bare=True)
            if not all(type(x) in (Tensor, *_PLAIN) for x in tree.flatten(step.result)):
                recorder.refuse("it returns something other than tensors")
            entry = self._entries.get(key)
            candidate = (
                entry if type(entry) is Candidate else Candidate(True, self._memory, tolerates_failed_trace=True)
            )
            self._entries[key] = candidate.with_trace(recorder, template)
            evict_oldest(self._entries, key)
            for forgotten in self._known_by_identity.keys() - self._entries.keys():
                del self._known_by_identity[forgotten]
