"""Steps that may become plans: traced once (`Candidate`), and confirmed by another trace (`Confirmed`)."""

from typing import NamedTuple

from minikeras.base.messages import warn
from minikeras.plans.plan import Plan
from minikeras.plans.trace import Untraceable, difference

TRACES = 4
"""How many steps of one kind are traced without two equal traces before the planner gives up."""


class Candidate:
    """A step with one trace, to be confirmed by another.

    Args:
        compiled, memory: for the `Plan`.
        tolerates_failed_trace: whether the first trace may contain Python that a replay could not skip: user code may
            build layers and load modules when it first runs.
    """

    def __init__(self, compiled, memory, tolerates_failed_trace):
        self.compiled = compiled
        self.memory = memory
        self.tolerates_failed_trace = tolerates_failed_trace
        self.trace = None
        self.count = 0

    def with_trace(self, recorder, result):
        """Compare with another trace; return `Confirmed`, this candidate, or the reason why there will be no plan."""
        try:
            trace = recorder.trace(result)
        except Untraceable as reason:
            tolerates_failed_trace, self.tolerates_failed_trace = self.tolerates_failed_trace, False
            return self if tolerates_failed_trace else str(reason)
        self.tolerates_failed_trace = False
        self.count += 1
        reason = difference(self.trace, trace) if self.trace is not None else "only one step was traced yet"
        if reason is None:
            return Confirmed(trace, self.compiled, self.memory)
        self.trace = trace
        return self if self.count < TRACES else reason


class Confirmed(NamedTuple):
    """A step that two traces have confirmed, whose plan is made when the next such step needs it.

    Planning a ResNet50 takes 0.7 s, as long as three of its steps. A `fit` of two steps does without.
    """

    trace: object
    compiled: bool
    memory: object

    def plan_or_reason(self):
        """Make the `Plan`. An error in planning must not stop a training that the tape can continue."""
        try:
            return Plan(*self)
        except Untraceable as reason:
            return str(reason)
        except Exception as error:  # any error becomes a reason
            reason = f"making a plan failed with {error!r}"
            warn(
                f"{reason}, a bug in minikeras or in your `lowering`. Such steps run by the tape, several times slower."
            )
            return reason


def make_plan(entries, key, note_reason=None):
    """Replace a `Confirmed` entry by its plan, or by the reason why there is none.

    Args:
        entries: {key: entry}.
        note_reason: called with that reason.
    """
    entries[key] = entries[key].plan_or_reason()
    if note_reason is not None and type(entries[key]) is str:
        note_reason(entries[key])


def make_plans(entries, note_reason=None):
    """The same for all entries that are `Confirmed`."""
    for key in [key for key, entry in entries.items() if type(entry) is Confirmed]:
        make_plan(entries, key, note_reason)
