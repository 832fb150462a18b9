"""`ProgbarLogger`: the progress bar of `fit`, `evaluate` and `predict`."""

from minikeras.base.messages import print_message
from minikeras.callbacks.callback import Callback
from minikeras.utils.progbar import Progbar


class ProgbarLogger(Callback):
    """Shows the progress of an epoch, with its metrics so far.

    Models add it automatically if `verbose` is 1 (a bar that is redrawn) or 2 (a line at the end of each epoch; with
    any other number only "Epoch 1/3" is printed). The logs already are means over the batches so far, so the bar shows
    them unchanged.
    """

    def __init__(self):
        super().__init__()
        self.seen = 0
        self.progbar = None
        self.target = None
        self.verbose = 1
        self.epochs = 1
        self._called_in_fit = False

    def set_params(self, params):
        super().set_params(params)
        self.verbose = 1 if params.get("verbose", "auto") == "auto" else params["verbose"]
        self.epochs = params.get("epochs", 1)
        self.target = params.get("steps")

    @property
    def _watches_batches(self):
        """Whether it must be called at batches: not if it shows only a line at the end of each epoch."""
        return self.verbose == 1 or self.target is None

    def on_train_begin(self, logs=None):
        self._called_in_fit = True

    def on_epoch_begin(self, epoch, logs=None):
        self._start()
        if self.verbose and self.epochs > 1:
            print_message(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch, logs=None):
        self._move_to(batch + 1, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._finish(logs)

    def on_test_begin(self, logs=None):
        if not self._called_in_fit:
            self._start()

    def on_test_batch_end(self, batch, logs=None):
        if not self._called_in_fit:
            self._move_to(batch + 1, logs)

    def on_test_end(self, logs=None):
        if not self._called_in_fit:
            self._finish(logs)

    def on_predict_begin(self, logs=None):
        self._start()

    def on_predict_batch_end(self, batch, logs=None):
        self._move_to(batch + 1, None)  # the logs are the predictions themselves

    def on_predict_end(self, logs=None):
        self._finish(logs)

    def _start(self):
        self.seen = 0
        self.progbar = Progbar(target=self.target, verbose=self.verbose, stateless_metrics=[], unit_name="step")

    def _move_to(self, step, logs):
        self.seen = step
        if self.verbose == 1:
            self.progbar.update(step, list((logs or {}).items()), finalize=False)

    def _finish(self, logs):
        if self.target is None:  # after the first epoch, the number of batches is known
            self.target = self.progbar.target = self.seen
        self.progbar.update(self.target, list((logs or {}).items()), finalize=True)
