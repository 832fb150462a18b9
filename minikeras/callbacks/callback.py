"""`Callback`: the base class of all callbacks, code that `fit`, `evaluate` and `predict` call at certain moments."""


class Callback:
    """Base class of callbacks: override the hooks you need and pass an instance in `fit(callbacks=[...])`.

        class PrintLoss(Callback):
            def on_epoch_end(self, epoch, logs=None):
                print(epoch, logs["loss"])

    In a hook, `self.model` is the model and `self.params` the settings of the call: {"verbose", "epochs", "steps"}.
    Setting `self.model.stop_training = True` ends `fit` after the current batch or epoch.

    The order within `fit`:

        on_train_begin
          on_epoch_begin
            on_train_batch_begin, on_train_batch_end            once for each batch
            on_test_begin, on_test_batch_begin, on_test_batch_end, on_test_end      validation, if there is any
          on_epoch_end
        on_train_end
    """

    params = None
    _model = None

    def __init__(self):
        self.params = None
        self._model = None

    def set_params(self, params):
        """Set the settings of the call; `params` has the keys "verbose", "epochs" and "steps" (None: unknown)."""
        self.params = params

    def set_model(self, model):
        """Set the model that calls the hooks."""
        self._model = model

    @property
    def model(self):
        """The model that calls the hooks; None before `set_model`."""
        return self._model

    def on_train_begin(self, logs=None):
        """Before the first epoch. `logs` is empty."""

    def on_train_end(self, logs=None):
        """After the last epoch. `logs` are those of its end."""

    def _release(self):
        """Free resources after an error or Ctrl-C has ended `fit`, since `on_train_end` is not called."""

    def on_epoch_begin(self, epoch, logs=None):
        """Before an epoch; the first has number 0. `logs` is empty."""

    def on_epoch_end(self, epoch, logs=None):
        """After an epoch and its validation. `logs`: its loss and metrics; those of validation begin with `val_`."""

    def on_train_batch_begin(self, batch, logs=None):
        """Before a batch of training; the first of each epoch has number 0. By default calls `on_batch_begin`."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """After a batch. `logs` holds loss and metrics of the epoch so far. By default calls `on_batch_end`."""
        self.on_batch_end(batch, logs=logs)

    def on_batch_begin(self, batch, logs=None):
        """Another name for `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None):
        """Another name for `on_train_batch_end`."""

    def on_test_begin(self, logs=None):
        """Before `evaluate`, or before the validation in `fit`. `logs` is empty."""

    def on_test_end(self, logs=None):
        """After `evaluate` or the validation. `logs` holds loss and metrics."""

    def on_test_batch_begin(self, batch, logs=None):
        """Before a batch of evaluation. `logs` is empty."""

    def on_test_batch_end(self, batch, logs=None):
        """After a batch of evaluation. `logs` holds loss and metrics so far."""

    def on_predict_begin(self, logs=None):
        """Before `predict`. `logs` is empty."""

    def on_predict_end(self, logs=None):
        """After `predict`. `logs` is empty."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Before a batch of `predict`. `logs` is empty."""

    def on_predict_batch_end(self, batch, logs=None):
        """After a batch of `predict`. `logs` is {"outputs": the predictions for the batch}."""
