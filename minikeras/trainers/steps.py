"""`Steps`: decides whether the next step of `fit`, `evaluate` or `predict` runs in Python or as a plan."""

from contextlib import ExitStack

from minikeras.autodiff.state import thread
from minikeras.optimizers.summing import gradients_summed
from minikeras.plans.explain import explain
from minikeras.plans.permission import plans_may_run
from minikeras.plans.planner import Planner
from minikeras.plans.step import Replayed, Step
from minikeras.trainers.compilation import Compilation
from minikeras.trainers.planned_model import PlannedModel
from minikeras.trainers.shared_steps import scopes_of

_METHODS = {"train": "make_train_function", "test": "make_test_function", "predict": "make_predict_function"}


class Steps(Compilation):
    """Mixin of `Trainer`, whose `train_step`, `test_step` and `predict_step` run the steps that are no plans."""

    def _steps(self, kind, batches, own_function, ranks):
        """The steps on a group of batches, in order: `Step`s for the caller to run, or that have run already.

        Before each step this checks whether a debugger is attached.

        Args:
            kind: "train", "test" or "predict".
            own_function: the user's function, which runs all steps of the group (see `_own_function`), or None.
            ranks: see `ranks_of`.
        """
        if own_function is not None:
            yield Replayed(ranks.call(own_function, batches))
            return
        first = 0
        while first < len(batches):
            step = self._next_step(kind, batches, first)
            yield step
            first += step.count

    def _next_step(self, kind, batches, first=0):
        """The `Step` on batch number `first` of a group; a plan may also run some of the batches after it."""
        shares = getattr(batches, "shares", None)  # of several ranks that divide each batch
        share = None if shares is None else shares[first]
        if thread.before_step:
            batches, first = (batches[first],), 0
            for before_step in thread.before_step:
                before_step(self, kind, batches[0])
        if share is not None:
            return self._next_shared_step(kind, batches, first, share)
        return self._planned_step(kind, batches, first)

    def _planned_step(self, kind, batches, first):
        """The `Step` for the caller to run, or one that a plan has run, if plans may run now."""
        if self._run_eagerly or self._jit_compile is False or not plans_may_run():
            step = Step(batches[first])
        else:
            step = (self._planner or self._plans()).next(kind, batches, first)
        if thread.observers:
            _notify(kind, step)
        return step

    def _next_shared_step(self, kind, batches, first, share):
        """The same for the rows that one of several ranks has of a batch."""
        scopes = scopes_of(self, share)
        with ExitStack() as stack:  # for a plan, whose update reads sums of gradients that were traced before it
            for scope in [*scopes, gradients_summed()]:
                stack.enter_context(scope)
            step = self._planned_step(kind, batches, first)
        if not step.done:
            step.scopes = [*scopes, *step.scopes]
        return step

    def _plans(self):
        if self._planner is None:
            self._planner = Planner(PlannedModel(self), warns_on_fallback=self._jit_compile is True)
        return self._planner

    def explain_plan(self):
        """Print how steps of this model run: which operations were fused, which are compiled, what memory they share.

        If there is no plan, print why every step runs on the tape (see `jit_compile` of `compile`).
        """
        if self._run_eagerly or self._jit_compile is False:
            print(
                "Every step runs by the tape, because `compile` was called with run_eagerly=True or jit_compile=False."
            )
        elif not plans_may_run():
            print("Every step runs line by line now: a debugger is attached, or an observer wants to see every op.")
        else:
            print(explain(self._plans()))

    # --- functions of several steps ---------------------------------------------------------------------------------

    def make_train_function(self, force=False):
        """Make `self.train_function(iterator)`, which takes `steps_per_execution` batches and returns the logs.

        Override it to run steps differently: `fit` then calls the function you put there. Otherwise `fit` calls
        `train_step` itself, so that no frame is between the two.
        """
        if self.train_function is None or force:
            self.train_function = self._several_steps(self.train_step)
        return self.train_function

    def make_test_function(self, force=False):
        """The same for `evaluate`: `self.test_function(iterator)`."""
        if self.test_function is None or force:
            self.test_function = self._several_steps(self.test_step)
        return self.test_function

    def make_predict_function(self, force=False):
        """The same for `predict`: `self.predict_function(iterator)`, which returns the outputs of one batch."""
        if self.predict_function is None or force:

            def one_step(iterator):
                return self.predict_step(next(iterator))

            self.predict_function = one_step
        return self.predict_function

    def _several_steps(self, step):
        def several_steps(iterator):
            logs = {}
            for _ in range(self.steps_per_execution):
                batch = next(iterator, None)
                if batch is None:
                    break
                logs = step(batch)
            return logs

        return several_steps

    def _own_function(self, kind):
        """The function that a user's `make_train_function` (or test, predict) made; None if the user has none."""
        method = _METHODS[kind]
        if getattr(type(self), method) is getattr(Steps, method):
            return None
        getattr(self, method)()
        return getattr(self, f"{kind}_function")


def _notify(kind, step):
    """Notify observers that a step was replayed, or of its beginning and end."""
    if step.done:
        for steps_replayed in thread.steps_replayed:
            steps_replayed(kind, step.count)
    else:
        step.scopes = [_Observed(kind, step), *step.scopes]


class _Observed:
    """A context around a step that notifies observers of its beginning and end."""

    def __init__(self, kind, step):
        self.kind = kind
        self.step = step

    def __enter__(self):
        for step_begins in thread.step_begins:
            step_begins(self.kind, self.step.batch)

    def __exit__(self, *error):
        if error[0] is None:
            for step_ended in thread.step_ended:
                step_ended(self.kind, self.step.result)
