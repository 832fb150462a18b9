"""`StepWatcher`: counts the training steps in this thread, and records those that are wanted."""

from contextlib import nullcontext
from weakref import WeakSet

from minikeras import tree
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.observers import Observer, observing, open_layers, start, stop
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.tools.tracing.budget import Budget
from minikeras.tools.tracing.dry_run import recorded_step
from minikeras.tools.tracing.recorder import Recorder


class StepWatcher(Observer):
    """Watches `fit`, `train_on_batch` and loops with a GradientTape.

    A step of `fit` or `train_on_batch` is a *dry run*: it runs op by op while it is recorded, then the state is
    restored, and it runs as it would without a recording, perhaps as a plan. So no value of the training changes.
    Models that are not built yet, or that run eagerly anyway, are recorded *live*, as are a user's own loops. There, a
    step begins with the first call of a layer, or read of a Variable, under a tape, and ends with the next such event
    after an optimizer's update or, without an optimizer, after the gradients.

    Args:
        steps: numbers of the steps to record, counted from 0 over the whole program.
        budget: bytes for the arrays of all of them.
        trace: a `Trace` to which steps are added.
        input_gradients: whether d loss / d input is computed too, in dry runs.
        when_done: called once, without arguments, when the last of them has been recorded.
    """

    uses_ops = False

    def __init__(self, steps, budget, trace, input_gradients=False, when_done=lambda: None):
        self.wanted = sorted(set(steps))
        if not self.wanted or any(type(n) is not int or n < 0 for n in self.wanted):
            raise ValueError(f"`steps` are numbers of steps, 0 or more. Received: steps={steps}")
        self.share = Budget(budget).total // len(self.wanted)
        self.trace, self.input_gradients, self.when_done = trace, input_gradients, when_done
        self.number = 0  # of the next step
        self._in_step = False
        self._warm = WeakSet()  # models whose kernels are compiled
        self._recorder = None  # of the step that is recorded live
        self._is_updated = False  # whether a loop has changed its weights since the step began
        self._has_optimizer = False  # whether an optimizer was seen; loops without one update by hand

    def begin(self, eagerly=False):
        """Start watching this thread.

        Args:
            eagerly: whether all steps run in Python. Those in a `tf.function` do so anyway until the last wanted step,
            since they could not be observed as a plan.
        """
        start(self, eagerly or "functions")

    def finish(self):
        """Stop watching; a step of a loop that is being recorded is complete."""
        stop(self)
        self.when_done = lambda: None
        self._end_live(None)

    # --- fit and train_on_batch -----------------------------------------------------------------------------------

    def before_step(self, model, kind, batch):
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
            warm_up = model not in self._warm
            self._warm.add(model)
            with observing(WatchInputs()) if self.input_gradients else nullcontext():
                found = recorded_step(model, batch, Budget(self.share), self.number - 1, warm_up=warm_up)
            found[0].has_input_gradients = self.input_gradients
            self.trace.add(*found, model, batch)
            self._stop_after_the_last()

    def step_ended(self, kind, result):
        if kind == "train":
            self._in_step = False
            self._end_live(result)

    def steps_replayed(self, kind, count):
        if kind == "train":
            self._in_step = False

    # --- loops ----------------------------------------------------------------------------------------------------

    def layer_begins(self, layer, args, kwargs):
        if self._step_of_a_loop_begins(layer if hasattr(layer, "optimizer") else None):
            self._recorder.layer_begins(layer, args, kwargs)  # it has come already

    def variable_read(self, variable):
        if self._step_of_a_loop_begins(None):
            self._recorder.variable_read(variable)

    def _step_of_a_loop_begins(self, model):
        """Called where a layer is called or a Variable read; return whether a wanted step begins there."""
        if self._in_step or not thread.tapes or thread.unfused or open_layers():
            return False
        if self._is_updated:
            self._is_updated = False
            self.number += 1
            self._end_live(None)
        if self._recorder is not None or self.number not in self.wanted:
            return False
        self._begin_live(None, model)
        return True

    def gradient_ended(self, call, dys, dxs):
        if not (self._has_optimizer or self._in_step or thread.tapes or thread.unfused):
            self._is_updated = True  # an update by hand follows, unless an optimizer is seen

    def update_ended(self, optimizer, variables):
        self._has_optimizer = True
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
            self._stop_after_the_last()

    def _stop_after_the_last(self):
        if self.number > self.wanted[-1]:
            stop(self)
            self.when_done()


class WatchInputs(Observer):
    """Lets every tape watch the inputs of the outermost layer, so that d loss / d input is computed too."""

    uses_ops = False

    def layer_begins(self, layer, args, kwargs):
        if not open_layers():
            for tape in thread.tapes:
                tape.watch([x for x in tree.flatten((args, kwargs)) if isinstance(x, Tensor) and is_float(x.dtype)])
