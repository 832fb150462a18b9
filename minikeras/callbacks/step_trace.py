"""`StepTrace`: records steps of `fit`, with all their values, and writes them as an HTML page."""

from collections.abc import Iterable

from minikeras.base.messages import warn
from minikeras.callbacks.callback import Callback


class StepTrace(Callback):
    """Records steps of training: every layer, op, gradient and update with its values (only in minikeras).

    Training is the same bit for bit: a recorded step runs again, op by op, from the same state, which is then restored.
    Side effects of your own Python code outside of the model happen twice in such a step, and four times in the first
    one, which runs twice beforehand so that its times do not include compiling kernels and preparing jobs.

        trace = keras.callbacks.StepTrace(steps=(0, 100), path="steps.html")
        model.fit(x, y, callbacks=[trace])
        trace.trace.layers["dense"].gradient

    Args:
        steps: numbers of the steps to record, counted from 0 over all epochs of a `fit`.
        path: where to write the page at the end of training; None writes no page.
        budget: bytes of arrays to keep, for all steps together.

    Attributes:
        trace: the `Trace`, also during training.
    """

    def __init__(self, steps=(0,), path=None, budget=50_000_000):
        super().__init__()
        if not isinstance(steps, Iterable):
            raise ValueError(f"`steps` are several numbers, such as (0, 100). Received: steps={steps}")
        self.steps = tuple(steps)
        self.path = path
        self.budget = budget
        self.trace = None
        self._watcher = None

    def on_train_begin(self, logs=None):
        from minikeras.tools import tracing  # imported on demand, to keep `import minikeras` fast

        self._stop()  # in case an error ended an earlier `fit`
        if self.path is not None:
            tracing.require_writable(self.path, "path")
        self.trace = tracing.Trace()
        self._watcher = tracing.StepWatcher(self.steps, self.budget, self.trace)
        self._watcher.begin()

    def on_train_end(self, logs=None):
        made = self._watcher.number
        self._stop()
        unseen = sorted({*self.steps} - {step.number for step in self.trace.steps})
        if unseen:
            warn(f"`StepTrace` did not reach steps {unseen}: training took {made} steps.")
        if self.path is not None and self.trace.steps:
            self.trace.save_html(self.path)

    def _release(self):
        self._stop()

    def _stop(self):
        if self._watcher is not None:
            self._watcher.finish()
            self._watcher = None
