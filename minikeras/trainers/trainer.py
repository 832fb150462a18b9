"""`Trainer`: `compile`, `fit`, `evaluate`, `predict`, in the order in which a debugger sees them.

fit → _run_epoch → train_step → the model's call → the layers' → their ops → kernels
"""

from contextlib import nullcontext

import numpy as np

from minikeras import config, ops, tree
from minikeras.autodiff.state import thread, unobserved
from minikeras.autodiff.stateless_scope import temporary_values
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor
from minikeras.base.debuggers import attached_debugger
from minikeras.base.messages import warn
from minikeras.callbacks import CallbackList
from minikeras.callbacks.on_ranks import callback_list
from minikeras.callbacks.rich_bars import RichBars
from minikeras.data import ArrayAdapter, adapter_for, only_batch, train_validation_split, unpack_x_y_sample_weight
from minikeras.data.arrays import holds_numbers
from minikeras.data.batches import VALIDATION_PARTS
from minikeras.layers.call_signature import call_signature
from minikeras.optimizers.optimizer import take_step
from minikeras.trainers.adaptation import variables_before_adaptation
from minikeras.trainers.epochs import Epochs, number_of_epochs, validates
from minikeras.trainers.interruption import InterruptBetweenSteps
from minikeras.trainers.logs import as_numbers, in_metric_order, with_validation
from minikeras.trainers.nan_watch import NanWatch
from minikeras.trainers.outputs import as_output, copied_output, joined_batches
from minikeras.trainers.rank_reports import RankReports
from minikeras.trainers.ranks import ranks_of
from minikeras.trainers.steps import Steps
from minikeras.utils.on_demand import diagnosis

WHOLE = 2**62  # a batch size that puts all the data into one batch


class Trainer(RankReports, Steps):
    """Mixin of `Model`: everything between data and trained weights."""

    # False while no callback of `fit` reads the metrics of a single step. Set in `vars`, since it is no change of the
    # model.
    _reports_each_step = True

    # --- fit ------------------------------------------------------------------------------------------------------

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
        *,
        detect_anomaly=False,
    ):
        """Train the model for a number of epochs.

        Args:
            x: input data: an array, Tensor, pandas frame, a list or dict of them for
                several inputs, or anything that yields batches (x, y[, sample_weight]).
            y: labels, in the same forms; not with data that yields batches.
            batch_size: samples in a batch; if None 32, or what makes `steps_per_epoch` batches of the arrays.
            epochs: number of the last epoch.
            verbose: 0 silent, 1 a progress bar, 2 a line per epoch; "auto" is 1; "rich" live bars with the curve of the
                loss, throughput and time left, where there is a terminal.
            callbacks: list of `Callback`s.
            validation_split: share (0 to 1) of the samples, taken from the end, that validates instead of training.
            validation_data: (x, y[, sample_weight]), or anything that yields batches, evaluated after each epoch.
            shuffle: whether to reorder the samples in each epoch (see `data/arrays.py` on seeds).
            class_weight: {class: weight of its samples}.
            sample_weight: weight of each sample (or of each time step), one array per output.
            initial_epoch: number of the first epoch, to continue with a training.
            steps_per_epoch: batches in an epoch; all the data if None.
            validation_steps: batches of validation; all if None.
            validation_batch_size: `batch_size` if None.
            validation_freq: validate after every n epochs, or after the epochs of a list (counted from 1).
            detect_anomaly: run op by op, and end with an `AnomalyError` at the first NaN or infinity in the loss, a
                gradient or a weight, which says what made it (`tools/diagnosis/anomaly_detection.py`).

        Returns:
            A `History`: its `history` is {name: [value of each epoch]}.
        """
        self._require_compiled("fit")
        ranks = ranks_of(self)  # the processes that train this model; if it is only one, the methods do nothing
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = train_validation_split((x, y, sample_weight), validation_split)
        data = adapter_for(x, y, sample_weight, batch_size, shuffle, class_weight, steps=steps_per_epoch)
        data = ranks.divided(data, "The data of `fit`")
        validation = None
        if validation_data is not None:
            size = validation_batch_size or batch_size
            validation = self._validation_epochs(validation_data, y, size, validation_steps, ranks)
        epochs = number_of_epochs(epochs)
        batches = Epochs(data, steps_per_epoch, self.steps_per_execution)
        callbacks = self._callback_list(callbacks, verbose, epochs=epochs, steps=batches.steps or data.num_batches)
        nan_watch = NanWatch(self)
        ranks.begin_training(epochs=epochs, steps_per_epoch=batches.steps)
        own_function = self._own_function("train")

        self.stop_training = False
        batches.restart()
        training_logs = {}
        self._initial_epoch, self._initial_batch = None, 0  # set by a callback that resumes an interrupted training
        callbacks.on_train_begin()
        batches.begin_at(self._initial_batch)
        release_after_errors = callbacks.releasing_after_errors()
        parts = getattr(data, "parts", None)
        anomalies = diagnosis().detect_anomaly(parts) if detect_anomaly else nullcontext()
        with release_after_errors, InterruptBetweenSteps() as interruption, anomalies:
            for epoch in range(self._initial_epoch or initial_epoch, epochs):
                self.reset_metrics()
                callbacks.on_epoch_begin(epoch)
                epoch_logs = self._run_epoch("train", batches, callbacks, ranks, own_function, interruption, nan_watch)
                ranks.end_epoch()
                if validation is not None and validates(epoch, validation_freq):
                    val_logs = self._validate(validation, callbacks, ranks, interruption)
                    epoch_logs = with_validation(epoch_logs, val_logs)
                callbacks.on_epoch_end(epoch, epoch_logs)
                training_logs = epoch_logs
                if self.stop_training:
                    break
        if getattr(self.optimizer, "built", False):
            self.optimizer.finalize_variable_values(self.trainable_variables)
        callbacks.on_train_end(training_logs)
        ranks.end_training()
        return self.history

    def _validation_epochs(self, data, labels, batch_size, steps, ranks):
        """The `Epochs` over the validation data of `fit`. `labels` are those of the training."""
        if self._compile_loss is not None and labels is not None:
            _check_labels(data)
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        data = adapter_for(x, y, sample_weight, batch_size, names=VALIDATION_PARTS, steps=steps)
        return Epochs(ranks.divided(data, "The validation data of `fit`"), steps, self.steps_per_execution)

    def _validate(self, batches, callbacks, ranks, interruption):
        """The metrics of the validation data after an epoch of `fit`, {name: number}."""
        own_function = self._begin_evaluation(batches, callbacks)
        logs = self._run_epoch("test", batches, callbacks, ranks, own_function, interruption)
        callbacks.on_test_end(logs)
        return logs

    def _run_epoch(self, kind, batches, callbacks, ranks, own_function, interruption, nan_watch=None):
        """Run the steps on all batches, with callbacks before and after each; `kind` is "train" or "test".

        Returns:
            The metrics after all of them, {name: number}.
        """
        batch_begins, batch_ends = (getattr(callbacks, f"on_{kind}_batch_{event}") for event in ("begin", "end"))
        stop = {"train": "stop_training", "test": "stop_evaluating"}[kind]
        own_steps = self._steps_are_own(kind)
        batches.in_runs = not (own_steps or callbacks.wants_batches(kind))
        logs = {}
        for first, last, batch_group in batches:
            batch_begins(first)
            wants_logs = callbacks.wants_logs(kind)
            # Otherwise the metrics' results, which only a debugger's breakpoint could see, are computed at the end.
            vars(self)["_reports_each_step"] = own_steps or wants_logs or attached_debugger() is not None
            try:
                for step in self._steps(kind, batch_group, own_function, ranks):
                    if not step.done:
                        with step:
                            step.result = self.train_step(step.batch) if kind == "train" else self.test_step(step.batch)
                    logs = step.result
                    interruption.check()
                    if getattr(self, stop):
                        break
            finally:
                vars(self)["_reports_each_step"] = True
            if nan_watch is not None:
                nan_watch.check(logs, batch_group)
            batch_ends(last, as_numbers(logs) if wants_logs else None)
            if getattr(self, stop):
                break
        return as_numbers(self._final_logs(logs, own_steps, ranks))

    def _steps_are_own(self, kind):
        """Whether the user's class changes the result of a "train" or "test" step."""
        names = (f"{kind}_step", f"make_{kind}_function", "compute_metrics", "get_metrics_result")
        return any(getattr(type(self), name) is not getattr(Trainer, name) for name in names)

    def _callback_list(self, callbacks, verbose, **params):
        if isinstance(callbacks, CallbackList):
            return callback_list(callbacks, model=self)
        if verbose == "rich":
            callbacks, verbose = [*tree.flatten(callbacks or []), RichBars()], 1
        if isinstance(verbose, str) and verbose != "auto":
            raise ValueError(f"`verbose` must be 'auto', 'rich', 0, 1 or 2. Received: verbose={verbose!r}")
        training = "epochs" in params
        return callback_list(
            callbacks,
            add_history=training,
            add_progbar=verbose != 0,
            model=self,
            verbose=verbose,
            **{"epochs": 1, **params},
        )

    def _final_logs(self, logs, own_steps, ranks):
        """The results of the metrics after all batches, or of the last step if the user's class returns others."""
        results = ranks.results(self.get_metrics_result)
        return ranks.mean(logs) if own_steps and logs and logs.keys() != results.keys() else results

    def train_step(self, data):
        """One step of training on one batch: forward, backward, update, metrics.

        Override it to train differently; return {name: value}.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        earlier = [] if self._run_eagerly else variables_before_adaptation(self)
        with GradientTape() as tape:
            tape.watches_frozen = False
            if earlier:  # frozen by `enable_lora` since then, and trained nevertheless
                tape.watch(earlier)
            y_pred = self(x, **self._mode(True))
            loss = self._compute_loss(x, y, y_pred, sample_weight, training=True)
            scaled = self.optimizer.scale_loss(loss)
        self._loss_tracker.update_state(loss, sample_weight=_batch_size(x))
        trainable = earlier or self.trainable_variables
        if trainable:
            gradients = tape.gradient(scaled, trainable)
            take_step(self.optimizer, gradients, trainable)
        else:
            warn("No weight of the model is trainable, so training changes nothing.")
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def _mode(self, training):
        """{"training": training} if the model's `call` takes it; else {}, and layers use their default, as in Keras."""
        return {"training": training} if call_signature(type(self).call).takes_training else {}

    def _compute_loss(self, x, y, y_pred, sample_weight, training):
        """Call `compute_loss`, which an older subclass may have defined without `training`."""
        signature = call_signature(type(self).compute_loss)
        mode = {"training": training} if signature.takes_training or signature.takes_kwargs else {}
        return self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, **mode)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss to minimise, a scalar Tensor: that of `compile`, plus what layers and regularizers add."""
        total = None
        if self._compile_loss is not None:
            total = self._compile_loss(y, y_pred, sample_weight, counts_samples=self._run_eagerly)
        for loss in self.losses:
            loss = ops.sum(loss) if loss.shape else loss  # of samples: as in Keras they are added up
            total = loss if total is None else total + loss
        for loss_computed in thread.loss_computed:
            loss_computed(self, y, y_pred, sample_weight, total)
        if total is None:
            raise ValueError(
                "There is no loss to minimise. Pass `loss=` to `compile()`, or call `self.add_loss(...)` in a layer, "
                "or override `compute_loss` or `train_step`."
            )
        return total

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Add one batch to the metrics of `compile`, and return {name: value} of all metrics."""
        if self._compile_metrics is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)
        if not thread.op_called or self._steps_are_own("train") or self._steps_are_own("test"):
            return self._step_logs()
        with unobserved():  # a plan asks for the logs again after each replay
            return self._step_logs()

    def _step_logs(self):
        if self._reports_each_step:
            return self.get_metrics_result()
        return {"loss": self._loss_tracker.total}  # enough to notice a NaN

    def stateless_compute_loss(
        self,
        trainable_variables,
        non_trainable_variables,
        metrics_variables,
        x=None,
        y=None,
        y_pred=None,
        sample_weight=None,
        training=True,
    ):
        """`compute_loss` with other values for the model's variables and metrics, changing none.

        Returns:
            (loss, (trainable_variables, non_trainable_variables, metrics_variables)) with the values afterwards.
        """
        own = (self.trainable_variables, self.non_trainable_variables, self.metrics_variables)
        given = (trainable_variables, non_trainable_variables, metrics_variables)
        with temporary_values([v for group in own for v in group], [value for group in given for value in group]):
            loss = self._compute_loss(x, y, y_pred, sample_weight, training=training)
            after = tuple([variable.handle for variable in group] for group in own)
        return loss, after

    # --- evaluate -------------------------------------------------------------------------------------------------

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        **kwargs,
    ):
        """Loss and metrics on data; the arguments are those of `fit`.

        Returns:
            The loss alone, a list [loss, metric, …], or with `return_dict` {name: value}.
        """
        _refuse(kwargs, "evaluate")
        steps = steps or None  # as in Keras, 0 is not a limit
        self._require_compiled("evaluate")
        ranks = ranks_of(self)
        data = ranks.divided(adapter_for(x, y, sample_weight, batch_size, steps=steps), "The data of `evaluate`")
        batches = Epochs(data, steps, self.steps_per_execution)
        callbacks = self._callback_list(callbacks, verbose, steps=batches.steps or data.num_batches)
        at_once = InterruptBetweenSteps()  # not entered, so Ctrl-C interrupts at once
        own_function = self._begin_evaluation(batches, callbacks)
        logs = self._run_epoch("test", batches, callbacks, ranks, own_function, at_once)
        callbacks.on_test_end(logs)
        return logs if return_dict else self._as_list(logs)

    def _as_list(self, logs):
        values = in_metric_order(logs, self._metrics_of_results())
        return values[0] if len(values) == 1 else values

    def _begin_evaluation(self, batches, callbacks):
        """Prepare for the steps, and return the `_own_function`."""
        self.reset_metrics()
        batches.restart()
        callbacks.on_test_begin()
        self.stop_evaluating = False
        return self._own_function("test")

    def test_step(self, data):
        """One step of evaluation on one batch. Override it to evaluate differently; return {name: value}."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, **self._mode(False))
        loss = self._compute_loss(x, y, y_pred, sample_weight, training=False)
        self._loss_tracker.update_state(loss, sample_weight=_batch_size(x))
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    # --- predict --------------------------------------------------------------------------------------------------

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The outputs for all samples of `x`, as NumPy arrays nested like the model's outputs."""
        ranks = ranks_of(self)
        own_function = self._own_function("predict")
        # Without callbacks or concatenation, one batch goes straight to its step: 20 of 35 µs for a small network.
        quiet = own_function is None and not (verbose or callbacks or steps or config.max_steps_per_epoch())
        batch = only_batch(x, batch_size) if quiet else None
        if batch is not None:
            return self._predict_batch(batch)
        data = adapter_for(x, batch_size=batch_size, steps=steps)
        if quiet and type(data) is ArrayAdapter and data.num_batches == 1:  # of several inputs, or a list of numbers
            return self._predict_batch(next(iter(data.epoch())))
        data = ranks.divided(data, "The data of `predict`")
        batches = Epochs(data, steps, self.steps_per_execution if callbacks else 1)
        callbacks = self._callback_list(callbacks, verbose, steps=batches.steps or data.num_batches)
        callbacks.on_predict_begin()
        batches.in_runs = own_function is None and data.num_batches != 1 and not callbacks.wants_batches("predict")
        collected, structure = self._outputs_of(batches, callbacks, own_function, ranks)
        callbacks.on_predict_end()
        if not collected:
            raise ValueError("There is nothing to predict: the data has no samples.")
        joined = [joined_batches(parts) for parts in zip(*ranks.joined(collected), strict=True)]
        return joined[0] if type(structure) is Tensor else tree.pack_sequence_as(structure, joined)

    def _outputs_of(self, batches, callbacks, own_function, ranks):
        """(for each batch the list of its output arrays, the structure that the outputs are nested in)."""
        collected, structure = [], None
        self.stop_predicting = False
        for first, last, batch_group in batches:
            callbacks.on_predict_batch_begin(first)
            begin = len(collected)
            for step in self._steps("predict", batch_group, own_function, ranks):  # one, unless batches come in runs
                if not step.done:
                    with step:
                        step.result = self.predict_step(step.batch)
                structure = step.result
                outputs = [y.array if type(y) is Tensor else as_output(y) for y in tree.flatten(structure)]
                collected.append(outputs)
                ranks.note_predicted(step.count)
                if self.stop_predicting:
                    break
            if callbacks.wants_logs("predict"):
                joined = [joined_batches(parts) for parts in zip(*collected[begin:], strict=True)]
                callbacks.on_predict_batch_end(last, {"outputs": tree.pack_sequence_as(structure, joined)})
            if self.stop_predicting:
                break
        return collected, structure

    def predict_step(self, data):
        """The outputs for one batch. Override it to predict differently."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self(x, **self._mode(False))

    # --- one batch ------------------------------------------------------------------------------------------------

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One training step on one batch; returns the loss and metrics of this batch alone."""
        self._require_compiled("train_on_batch")
        return self._on_batch("train", x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """One evaluation step on one batch; returns the loss and metrics of this batch alone."""
        self._require_compiled("test_on_batch")
        return self._on_batch("test", x, y, sample_weight, None, return_dict)

    def _on_batch(self, kind, x, y, sample_weight, class_weight, return_dict):
        if holds_numbers(sample_weight):
            sample_weight = np.asarray(sample_weight)  # the one argument that Keras takes as a list, here alone
        data = adapter_for(x, y, sample_weight, batch_size=WHOLE, class_weight=class_weight)
        data = ranks_of(self).divided(data, "The data of `train_on_batch` and `test_on_batch`")
        self.reset_metrics()
        batches = data.new_group()
        batches.append(next(iter(data.epoch())))
        step = self._next_step(kind, batches)
        if not step.done:
            with step:
                step.result = self.train_step(step.batch) if kind == "train" else self.test_step(step.batch)
        logs = as_numbers(step.result)
        return logs if return_dict else self._as_list(logs)

    def predict_on_batch(self, x):
        """The outputs for one batch, as NumPy arrays."""
        batch = only_batch(x, WHOLE)
        return self._predict_batch(next(iter(adapter_for(x, batch_size=WHOLE).epoch())) if batch is None else batch)

    def _predict_batch(self, batch):
        step = self._next_step("predict", (batch,))
        if not step.done:
            with step:
                step.result = self.predict_step(step.batch)
        outputs = step.result
        return np.array(outputs.array) if type(outputs) is Tensor else tree.map_structure(copied_output, outputs)


def _batch_size(x):
    return (x if type(x) is Tensor else next(y for y in tree.flatten(x) if y is not None)).shape[0]


def _check_labels(data):
    """Raise a ValueError for one array, without labels, as `validation_data`."""
    if hasattr(data, "shape"):
        raise ValueError(
            "`validation_data` is a tuple (x, y) or (x, y, sample_weight), as the training has labels. Received: "
            f"validation_data = {type(data).__name__} of shape {tuple(data.shape)}"
        )


def _refuse(kwargs, method):
    if kwargs:
        raise ValueError(f"Arguments not recognized by `{method}`: {sorted(kwargs)}")
