"""`Trainer`: `compile`, `fit`, `evaluate`, `predict`, in the order in which a debugger sees them.

fit → train_step → the model's call → the layers' → their ops → kernels
"""

import warnings

import numpy as np

from minikeras import optimizers, tree
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor
from minikeras.callbacks import CallbackList
from minikeras.data import adapter_for, train_validation_split, unpack_x_y_sample_weight
from minikeras.metrics import Mean
from minikeras.trainers.compile_loss import CompileLoss
from minikeras.trainers.compile_metrics import CompileMetrics
from minikeras.trainers.interruption import InterruptBetweenSteps
from minikeras.trainers.nan_watch import NanWatch


class Trainer:
    """Mixin of `Model`: everything between data and trained weights."""

    def __init__(self):
        self.optimizer = None
        self.stop_training = False
        self.compiled = False
        self._compile_loss = None
        self._compile_metrics = None
        self._loss_tracker = None
        self._compile_arguments = None
        self.loss = None

    # --- compile --------------------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
    ):
        """Say how the model is to be trained.

        Args:
            optimizer: name or object.
            loss: name, function `(y_true, y_pred)`, object, or a list or dict of them, one per output.
            loss_weights: factors of the outputs' losses.
            metrics: list of names, functions or objects to report; lists or a dict of lists for several outputs.
            weighted_metrics: metrics that take the sample weights into account.
            run_eagerly: minikeras always runs step by step, so that a debugger can follow; both values do the same.
            steps_per_execution: how many batches pass between two calls of the batch callbacks.
            jit_compile: kept for Keras's signature: there is no graph compiler, every value runs the same kernels.
            auto_scale_loss: wrap the optimizer in a `LossScaleOptimizer` under mixed_float16.

        Raises:
            ValueError: an unknown name, told at once.
        """
        self.optimizer = optimizers.get(optimizer)
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16" and hasattr(optimizers, "LossScaleOptimizer"):
            if not isinstance(self.optimizer, optimizers.LossScaleOptimizer):
                self.optimizer = optimizers.LossScaleOptimizer(self.optimizer, name="loss_scale_optimizer")
        names = getattr(self, "output_names", None)
        self._compile_loss = None
        if loss is not None:
            self._compile_loss = (
                loss if isinstance(loss, CompileLoss) else CompileLoss(loss, loss_weights, output_names=names)
            )
        self.loss = loss
        self._loss_tracker = Mean(name="loss")
        self._compile_metrics = None
        if metrics is not None or weighted_metrics is not None:
            self._compile_metrics = CompileMetrics(metrics, weighted_metrics, output_names=names)
        if steps_per_execution < 1:
            raise ValueError(f"`steps_per_execution` must be at least 1. Received: {steps_per_execution}")
        self.run_eagerly = bool(run_eagerly)
        self.steps_per_execution = steps_per_execution
        self.jit_compile = jit_compile
        self.auto_scale_loss = auto_scale_loss
        self.stop_training = False
        self.compiled = True
        self._compile_arguments = {
            "optimizer": optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }

    # What `compile` makes is the trainer's, not state of the layer.
    _not_tracked = frozenset(
        {"optimizer", "loss", "_compile_loss", "_compile_metrics", "_loss_tracker", "_compile_arguments", "history"}
        | {"_own_weights", "_losses"}
    )

    def _require_compiled(self, method):
        if not self.compiled:
            raise ValueError(
                f"You must call `compile()` before using the model's `{method}`: "
                "for example `model.compile(optimizer='adam', loss='mse')`."
            )

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
    ):
        """Train the model for a number of epochs.

        Args:
            x: input data: an array, Tensor, nested Python list of numbers, pandas frame, a list or dict of them for
                several inputs, or anything that yields batches (x, y[, sample_weight]).
            y: labels, in the same forms; not with data that yields batches.
            batch_size: samples in a batch, 32 if None.
            epochs: number of the last epoch.
            verbose: 0 silent, 1 a progress bar, 2 a line per epoch; "auto" is 1.
            callbacks: list of `Callback`s.
            validation_split: share (0 to 1) of the samples, taken from the end, that validates instead of training.
            validation_data: (x, y[, sample_weight]), or anything that yields batches, evaluated after each epoch.
            shuffle: whether the samples come in a new order in each epoch (see `data/arrays.py` on seeds).
            class_weight: {class: weight of its samples}.
            sample_weight: weight of each sample (or of each time step), one array per output.
            initial_epoch: number of the first epoch, to go on with a training.
            steps_per_epoch: batches in an epoch; all the data if None.
            validation_steps: batches of validation; all if None.
            validation_batch_size: `batch_size` if None.
            validation_freq: validate after every so many epochs, or after the epochs of a list (counted from 1).

        Returns:
            A `History`: its `history` is {name: [value of each epoch]}.
        """
        self._require_compiled("fit")
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = train_validation_split((x, y, sample_weight), validation_split)
        data = adapter_for(x, y, sample_weight, batch_size, shuffle=shuffle, class_weight=class_weight)
        validation = None
        if validation_data is not None:
            val_x, val_y, val_weight = unpack_x_y_sample_weight(validation_data)
            validation = adapter_for(val_x, val_y, val_weight, validation_batch_size or batch_size)
        steps = steps_per_epoch or data.num_batches
        callbacks = self._callback_list(callbacks, verbose, epochs=epochs, steps=steps)
        nan_watch = NanWatch(self)
        batches = _EndlessBatches(data, steps_per_epoch)

        self.stop_training = False
        logs, training_logs = {}, {}
        callbacks.on_train_begin()
        with InterruptBetweenSteps() as interruption:
            for epoch in range(initial_epoch, epochs):
                self.reset_metrics()
                callbacks.on_epoch_begin(epoch)
                data.on_epoch_begin()
                logs = {}
                for first, last, batch_group in batches.epoch(self.steps_per_execution):
                    callbacks.on_train_batch_begin(first)
                    for batch in batch_group:
                        logs = self.train_step(batch)
                        interruption.check()
                    nan_watch.look(logs, batch)
                    callbacks.on_train_batch_end(last, _as_numbers(logs) if callbacks.wants_train_batch_logs else None)
                    if self.stop_training:
                        break
                epoch_logs = _as_numbers(self._final_logs(logs))
                data.on_epoch_end()
                if validation is not None and _validates(epoch, validation_freq):
                    epoch_logs.update(self._validate(validation, validation_steps, callbacks))
                callbacks.on_epoch_end(epoch, epoch_logs)
                training_logs = epoch_logs
                if self.stop_training:
                    break
        callbacks.on_train_end(training_logs)
        return self.history

    def _callback_list(self, callbacks, verbose, **params):
        if isinstance(callbacks, CallbackList):
            return callbacks
        verbose = 1 if verbose == "auto" else int(verbose)
        training = "epochs" in params
        return CallbackList(
            callbacks,
            add_history=training,
            add_progbar=verbose != 0,
            model=self,
            verbose=verbose,
            **{"epochs": 1, **params},
        )

    def _final_logs(self, logs):
        """The metrics at the end of an epoch: what the default step reports, or what a step of the user's returned."""
        if type(self).train_step is Trainer.train_step or not logs:
            return self.get_metrics_result()
        return logs

    def _validate(self, validation, steps, callbacks):
        logs = self._evaluate(validation, steps, callbacks)
        return {f"val_{name}": value for name, value in logs.items()}

    def train_step(self, data):
        """One step of training on one batch: forward, backward, update, metrics.

        Override it to train differently; return {name: value}.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=True)
            scaled = self.optimizer.scale_loss(loss)
        self._loss_tracker.update_state(loss, sample_weight=tree.flatten(x)[0].shape[0])
        trainable = self.trainable_variables
        if trainable:
            gradients = tape.gradient(scaled, trainable)
            self.optimizer.apply_gradients(zip(gradients, trainable, strict=True))
        else:
            warnings.warn("The model does not have any trainable weights.", stacklevel=2)
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss to minimise, a scalar Tensor: that of `compile`, plus what layers and regularizers add."""
        total = None
        if self._compile_loss is not None:
            total = self._compile_loss(y, y_pred, sample_weight)
        for loss in self.losses:
            total = loss if total is None else total + loss
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
        return self.get_metrics_result()

    def get_metrics_result(self):
        """{name: value} of all metrics."""
        results = {}
        for metric in self.metrics:
            value = metric.result()
            if isinstance(value, dict):
                results.update(value)
            else:
                results[metric.name] = value
        return results

    @property
    def metrics(self):
        """The loss, metrics of layers, metrics of `compile`."""
        own = [self._loss_tracker] if self._loss_tracker is not None else []
        own += super().metrics
        if self._compile_metrics is not None:
            own.append(self._compile_metrics)
        if self._compile_loss is not None:
            own += self._compile_loss.metrics
        return own

    @property
    def metrics_names(self):
        """Their names."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self):
        """Set all metrics back to their start."""
        for metric in self.metrics:
            metric.reset_state()

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
        self._require_compiled("evaluate")
        data = adapter_for(x, y, sample_weight, batch_size)
        callbacks = self._callback_list(callbacks, verbose, steps=steps or data.num_batches)
        logs = self._evaluate(data, steps, callbacks)
        if return_dict:
            return logs
        values = list(self._in_metric_order(logs).values())
        return values[0] if len(values) == 1 else values

    def _evaluate(self, data, steps, callbacks):
        self.reset_metrics()
        callbacks.on_test_begin()
        logs = {}
        self.stop_evaluating = False
        for first, last, batch_group in _EndlessBatches(data, steps).epoch(self.steps_per_execution):
            callbacks.on_test_batch_begin(first)
            for batch in batch_group:
                logs = self.test_step(batch)
            callbacks.on_test_batch_end(last, _as_numbers(logs) if callbacks.wants_test_batch_logs else None)
            if self.stop_evaluating:
                break
        if type(self).test_step is Trainer.test_step or not logs:
            logs = self.get_metrics_result()
        logs = _as_numbers(logs)
        callbacks.on_test_end(logs)
        return logs

    def test_step(self, data):
        """One step of evaluation on one batch. Override it to evaluate differently; return {name: value}."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=False)
        self._loss_tracker.update_state(loss, sample_weight=tree.flatten(x)[0].shape[0])
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def _in_metric_order(self, logs):
        """The logs in Keras's order: the losses, the metrics of `compile`, anything else."""
        single = [metric.name for metric in self.metrics if metric is not self._compile_metrics]
        compiled = list(self._compile_metrics.result()) if self._compile_metrics is not None else []
        ordered = {name: logs[name] for name in single + compiled if name in logs}
        return {**ordered, **{name: value for name, value in logs.items() if name not in ordered}}

    # --- predict --------------------------------------------------------------------------------------------------

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The outputs for all samples of `x`, as NumPy arrays nested like the model's outputs."""
        data = adapter_for(x, batch_size=batch_size)
        callbacks = self._callback_list(callbacks, verbose, steps=steps or data.num_batches)
        callbacks.on_predict_begin()
        collected, structure = [], None
        self.stop_predicting = False
        for step, _, (batch,) in _EndlessBatches(data, steps).epoch(1):
            callbacks.on_predict_batch_begin(step)
            structure = self.predict_step(batch)
            outputs = [np.asarray(y) for y in tree.flatten(structure)]
            collected.append(outputs)
            callbacks.on_predict_batch_end(step, {"outputs": tree.pack_sequence_as(structure, outputs)})
            if self.stop_predicting:
                break
        callbacks.on_predict_end()
        if not collected:
            raise ValueError("There is nothing to predict: the data has no samples.")
        joined = [
            parts[0].copy() if len(parts) == 1 else np.concatenate(parts) for parts in zip(*collected, strict=True)
        ]
        return tree.pack_sequence_as(structure, joined)

    def predict_step(self, data):
        """The outputs for one batch. Override it to predict differently."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self(x, training=False)

    # --- single batches -------------------------------------------------------------------------------------------

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One training step on one batch; returns the loss and metrics of this batch alone."""
        self._require_compiled("train_on_batch")
        return self._on_batch(self.train_step, x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """One evaluation step on one batch; returns the loss and metrics of this batch alone."""
        self._require_compiled("test_on_batch")
        return self._on_batch(self.test_step, x, y, sample_weight, None, return_dict)

    def _on_batch(self, step, x, y, sample_weight, class_weight, return_dict):
        data = adapter_for(x, y, sample_weight, batch_size=2**62, class_weight=class_weight)
        self.reset_metrics()
        logs = _as_numbers(step(next(iter(data.epoch()))))
        if return_dict:
            return logs
        values = list(self._in_metric_order(logs).values())
        return values[0] if len(values) == 1 else values

    def predict_on_batch(self, x):
        """The outputs for one batch, as NumPy arrays."""
        batch = next(iter(adapter_for(x, batch_size=2**62).epoch()))
        return tree.map_structure(lambda y: np.array(y), self.predict_step(batch))

    # --- configuration --------------------------------------------------------------------------------------------

    def get_compile_config(self):
        """The arguments of `compile` as a JSON-ready dict; None before."""
        if not self.compiled:
            return None
        from minikeras.serialization import serialize_keras_object

        return serialize_keras_object({**self._compile_arguments, "optimizer": self.optimizer})

    def compile_from_config(self, config):
        """Compile the model as `get_compile_config` says."""
        from minikeras.serialization import deserialize_keras_object

        self.compile(**deserialize_keras_object(config))
        if self.built and hasattr(self.optimizer, "build"):
            self.optimizer.build(self.trainable_variables)


class _EndlessBatches:
    """The batches of one epoch after the other, in groups of `steps_per_execution`.

    With `steps`, an epoch has that many batches: an iterator goes on where the last epoch ended, other data starts
    again when it runs out.
    """

    def __init__(self, data, steps):
        self.data = data
        self.steps = steps
        self.iterator = None

    def epoch(self, group_size):
        """(number of the first batch, number of the last, [batches])."""
        step, group = 0, []
        for batch in self._one_epoch():
            group.append(batch)
            if len(group) == group_size:
                yield step, step + len(group) - 1, group
                step += len(group)
                group = []
        if group:
            yield step, step + len(group) - 1, group

    def _one_epoch(self):
        if self.steps is None:
            yield from self.data.epoch()
            return
        for i in range(self.steps):
            batch = self._next()
            if batch is None:
                warnings.warn(
                    f"The data ran out after {i} batches of an epoch of {self.steps}. Training stops here: make sure that "
                    "your data can give at least `steps_per_epoch * epochs` batches.",
                    stacklevel=4,
                )
                return
            yield batch

    def _next(self):
        for _ in range(2):
            if self.iterator is None:
                self.iterator = iter(self.data.epoch())
            batch = next(self.iterator, None)
            if batch is not None:
                return batch
            self.iterator = None
        return None


def _as_numbers(logs):
    """{name: float} of metric values, sorted by name as Keras reports them; nested dicts are flattened."""
    numbers = {}
    for name, value in logs.items():
        if isinstance(value, dict):
            numbers.update(_as_numbers(value))
            continue
        try:
            numbers[name] = float(value)
        except (TypeError, ValueError):
            numbers[name] = value.numpy() if isinstance(value, Tensor) else value
    return dict(sorted(numbers.items()))


def _validates(epoch, validation_freq):
    if isinstance(validation_freq, int):
        return (epoch + 1) % validation_freq == 0
    return epoch + 1 in validation_freq


def _refuse(kwargs, method):
    if kwargs:
        raise ValueError(f"Arguments not recognized by `{method}`: {sorted(kwargs)}")
