"""`StepWatcher`: counts the steps of training in this thread, and has those recorded that are wanted."""

from minikeras.autodiff.observers import Observer, open_layers, start, stop
from minikeras.autodiff.state import thread
from minikeras.tracing.budget import Budget
from minikeras.tracing.recorder import Recorder
from minikeras.tracing.rehearsal import rehearsal


class StepWatcher(Observer):
    """Watches `fit`, `train_on_batch` and loops with a GradientTape.

    A step of `fit` or `train_on_batch` is *rehearsed*: it runs op by op while it is recorded, then the state is put
    back, and it runs as it would without a recording, by a plan perhaps. So no number of the training changes. Models
    that are not built yet, or that run eagerly anyway, are recorded *live*, as are loops of the user's own. In these a
    step begins with the first call of a layer under a tape, and ends with the call after an optimizer's update.

    Args:
        steps: numbers of the steps to record, counted from 0 over the whole program.
        budget: bytes for the arrays of all of them.
        trace: a `Trace` to which steps are added.
    """

    uses_ops = False

    def __init__(self, steps, budget, trace):
        self.wanted = sorted(set(steps))
        if not self.wanted or any(type(n) is not int or n < 0 for n in self.wanted):
            raise ValueError(f"`steps` are numbers of steps, 0 or more. Received: steps={steps}")
        self.share = int(budget) // len(self.wanted)
        Budget(self.share)  # raises if it is no size
        self.trace = trace
        self.number = 0  # of the next step
        self._in_step = False
        self._recorder = None  # of the step that is recorded live
        self._is_updated = False  # whether an optimizer of a loop has changed weights since the step began

    def begin(self, eagerly=False):
        """Start watching this thread.

        Args:
            eagerly: whether all steps are to run in Python, so that those in a `tf.function` are seen too.
        """
        start(self, eagerly)

    def finish(self):
        """Stop watching; a step of a loop that is being recorded is complete."""
        stop(self)
        self._end_live(None)

    # --- fit and train_on_batch -----------------------------------------------------------------------------------

    def step_approaches(self, model, kind, batch):
        if kind != "train":
            return
        self._end_live(None)
        wanted = self.number in self.wanted
        self.number += 1
        self._in_step = True
        if not wanted:
            return
        if not model.built or model.run_eagerly:
            self._begin_live(batch, model)
            self._recorder.step.number = self.number - 1
        else:
            self.trace.add(*rehearse(model, batch, Budget(self.share), self.number - 1), model, batch)

    def step_ended(self, kind, result):
        if kind == "train":
            self._in_step = False
            self._end_live(result)

    def steps_replayed(self, kind, count):
        if kind == "train":
            self._in_step = False

    # --- loops ----------------------------------------------------------------------------------------------------

    def layer_begins(self, layer, args, kwargs):
        if self._in_step or open_layers() or not thread.tapes or thread.unfused:
            return
        if self._is_updated:
            self._is_updated = False
            self.number += 1
            self._end_live(None)
        if self._recorder is None and self.number in self.wanted:
            self._begin_live(None, layer if hasattr(layer, "optimizer") else None)
            self._recorder.layer_begins(layer, args, kwargs)  # it has come already

    def update_ended(self, optimizer, variables):
        if not self._in_step:
            self._is_updated = True

    # --- live steps -----------------------------------------------------------------------------------------------

    def _begin_live(self, batch, model):
        self._recorder = Recorder(Budget(self.share), self.number)
        self._model = model
        self._recorder.begin(batch, model)

    def _end_live(self, result):
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self.trace.add(recorder.finish(result), None, self._model, None)


def rehearse(model, batch, budget, number=0, change=None):
    """Record a training step of a model on a batch, and put everything back.

    Where the budget does not suffice, the step runs once more: then it is known how much there is to be kept.

    Args:
        model: a built, compiled model.
        batch: as `train_step` gets it.
        budget: a `Budget`.
        number: of the step.
        change: called without arguments before the step, to change the state.

    Returns:
        (the `StepRecord`, the `SavedState` before it).
    """
    found = _rehearse_once(model, batch, budget, number, change)
    if budget.is_exceeded:
        found = _rehearse_once(model, batch, Budget(budget.total, budget.asked), number, change)
    return found


def _rehearse_once(model, batch, budget, number, change):
    with rehearsal(model) as saved:
        if change is not None:
            change()
        reports, model._reports_each_step = model._reports_each_step, True  # `fit` may leave the metrics of steps out
        recorder = Recorder(budget, number, "rehearsed")
        recorder.begin(batch, model)
        result = None
        try:
            result = model.train_step(batch)
        finally:
            step = recorder.finish(result)
            model._reports_each_step = reports
    return step, saved
