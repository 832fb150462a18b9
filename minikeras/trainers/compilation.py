"""`Compilation`: `compile`, the metrics, and the compile config of files."""

from minikeras import optimizers
from minikeras.base.limits import reads_config
from minikeras.base.messages import warn
from minikeras.collectives.share import state
from minikeras.metrics import Mean
from minikeras.serialization import deserialize_keras_object, serialize_keras_object
from minikeras.trainers.compile_loss import CompileLoss
from minikeras.trainers.compile_metrics import CompileMetrics
from minikeras.trainers.shared_steps import values_of


class Compilation:
    """Mixin of `Trainer`: the optimizer, losses and metrics."""

    # The objects that `compile` makes belong to the trainer and are no state of the layer.
    _not_tracked = frozenset(
        {"optimizer", "loss", "_compile_loss", "_compile_metrics", "_loss_tracker", "_compile_arguments", "history"}
        | {"_own_weights", "_losses", "train_function", "test_function", "predict_function", "_planner"}
        | {"stop_training", "stop_evaluating", "stop_predicting"}
    )

    def __init__(self):
        self.loss = None  # `compile` creates the attribute `optimizer`, as in Keras
        self.stop_training = False
        self.compiled = False
        self._compile_loss = None
        self._compile_metrics = None
        self._loss_tracker = None
        self._compile_arguments = None
        self._run_eagerly = False
        self._jit_compile = "auto"
        self._planner = None
        self.steps_per_execution = 1
        self.train_function = self.test_function = self.predict_function = None

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
        """Set how the model is trained.

        Args:
            optimizer: name or object.
            loss: name, function `(y_true, y_pred)`, object, or a list or dict of them, one per output.
            loss_weights: factors of the outputs' losses.
            metrics: list of names, functions or objects to report; lists or a dict of lists for several outputs.
            weighted_metrics: metrics that take the sample weights into account.
            run_eagerly: True to run every step through `train_step` and the layers' `call`, without plans (see
                `jit_compile`).
            steps_per_execution: how many batches pass between two calls of the batch callbacks.
            jit_compile: whether steps run as a plan (see `plans/`), which computes the same faster. "auto": where that
                is possible; True: the same, and a warning gives the reason where it is not; False: never. As in Keras,
                your own Python inside a step (a layer's `call`, a loss, a `train_step`) then runs only while it is
                traced, in the first two steps. Where it looks at values, has a breakpoint or does more than compute, it
                runs in every step. So does every line of every model while a debugger is attached, unless
                `config.set_plans_under_debugger(True)` was called. `explain_plan()` shows the result.
            auto_scale_loss: wrap the optimizer in a `LossScaleOptimizer` under mixed_float16.

        Raises:
            ValueError: an unknown name.
        """
        if steps_per_execution < 1:
            raise ValueError(f"`steps_per_execution` must be at least 1. Received: {steps_per_execution}")
        self.optimizer = optimizers.get(optimizer)
        scaled = isinstance(self.optimizer, optimizers.LossScaleOptimizer)
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16" and not scaled:
            self.optimizer = optimizers.LossScaleOptimizer(self.optimizer, name="loss_scale_optimizer")
        names = getattr(self, "output_names", None)
        if loss is not None:  # else those of an earlier `compile` stay, as in Keras; metrics too
            own = isinstance(loss, CompileLoss)
            self._compile_loss = loss if own else CompileLoss(loss, loss_weights, output_names=names)
            self.loss = loss  # hides the old method of that name, as in Keras
        self._loss_tracker = Mean(name="loss")
        if metrics is not None or weighted_metrics is not None:
            self._compile_metrics = CompileMetrics(metrics, weighted_metrics, output_names=names)
        self.run_eagerly = run_eagerly
        self.steps_per_execution = steps_per_execution
        self.jit_compile = jit_compile
        self._planner = None
        self.auto_scale_loss = auto_scale_loss
        self.stop_training = False
        self.train_function = self.test_function = self.predict_function = None
        self.compiled = True
        self._compile_arguments = {
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
        }

    def _require_compiled(self, method):
        if not self.compiled:
            raise ValueError(
                f"You must call `compile()` before using the model's `{method}`: "
                "for example `model.compile(optimizer='adam', loss='mse')`."
            )

    @property
    def run_eagerly(self):
        """Whether every step runs op by op, without plans."""
        return self._run_eagerly

    @run_eagerly.setter
    def run_eagerly(self, value):
        self._run_eagerly = bool(value)

    @property
    def jit_compile(self):
        """Whether `compile` requires plans; False for "auto", which makes them where it can."""
        return self._jit_compile is True

    @jit_compile.setter
    def jit_compile(self, value):
        self._jit_compile = "auto" if value == "auto" else bool(value)

    # --- metrics --------------------------------------------------------------------------------------------------

    @property
    def metrics(self):
        """The loss, metrics of `compile`, the losses of single outputs, metrics of the model and its layers."""
        compiled = [metric for metric in (self._loss_tracker, self._compile_metrics) if metric is not None]
        if self._compile_loss is not None:
            compiled += self._compile_loss.metrics
        return compiled + super().metrics

    @property
    def metrics_names(self):
        """Their names. Those of `compile` are one entry, "compile_metrics", as in Keras."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self):
        """Reset the state of all metrics."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self):
        """{name: value} of all metrics; where several ranks report together, over the data of all."""
        if self._reporting_group is None and state.group is None:
            return self._own_metrics_result()
        with self._metrics_of_all_ranks():
            return values_of(self._own_metrics_result())

    def _own_metrics_result(self):
        results = {}
        for metric in self.metrics:
            value = metric.result()
            if isinstance(value, dict):
                results.update(value)
            else:
                results[metric.name] = value
        return results

    def _metrics_of_results(self):
        """`metrics` with those of `compile` one by one."""
        return [
            single
            for metric in self.metrics
            for single in (metric.metrics if isinstance(metric, CompileMetrics) else [metric])
        ]

    # --- configuration --------------------------------------------------------------------------------------------

    def get_compile_config(self):
        """The arguments of `compile` as a JSON-ready dict; empty before."""
        if not self.compiled:
            return {}
        arguments = {"optimizer": self.optimizer, **self._compile_arguments, "jit_compile": self.jit_compile}
        return serialize_keras_object(arguments)

    @reads_config
    def compile_from_config(self, config):
        """Compile the model with a config of `get_compile_config`, and make the optimizer's variables if the model is
        built.

        A class that overrides `compile` with other arguments must override this too; otherwise a warning reports that
        the model was left uncompiled.
        """
        if (
            type(self).compile is not Compilation.compile
            and type(self).get_compile_config is Compilation.get_compile_config
        ):
            warn(
                "`compile()` was not called as part of loading: the class defines `compile`, but not "
                "`get_compile_config` and `compile_from_config(config)`. Define these, or call `compile` after loading."
            )
            return
        arguments = deserialize_keras_object(config)
        if arguments.get("jit_compile") is False:
            arguments["jit_compile"] = "auto"  # Keras writes what "auto" came to: False on a CPU
        self.compile(**arguments)
        if self.built and self.optimizer is not None:
            self.optimizer.build(self.trainable_variables)

    # --- methods of older custom steps ------------------------------------------------------------------------------

    def compiled_loss(self, y, y_pred, sample_weight=None, regularization_losses=None):
        """The older name of `compute_loss`, for custom steps written for Keras 2.

        Args:
            regularization_losses: `self.losses` in such steps, which are added anyway.
        """
        _warn_of_old_name("compiled_loss()", "compute_loss(x, y, y_pred, sample_weight, training)")
        return self.compute_loss(x=None, y=y, y_pred=y_pred, sample_weight=sample_weight)

    def loss(self, y, y_pred, sample_weight=None):
        """The same. As in Keras only the class has it: a model's `loss` is the argument of `compile`."""
        _warn_of_old_name("loss()", "compute_loss(x, y, y_pred, sample_weight, training)")
        return self.compute_loss(x=None, y=y, y_pred=y_pred, sample_weight=sample_weight)

    @property
    def compiled_metrics(self):
        """Its `update_state(y, y_pred, sample_weight)` updates the metrics: for custom steps of Keras 2."""
        return _CompiledMetrics(self)


class _CompiledMetrics:
    def __init__(self, model):
        self.model = model

    def update_state(self, y, y_pred, sample_weight=None):
        """Add one batch to the metrics of `compile`, and return {name: value} of all."""
        _warn_of_old_name("compiled_metrics.update_state()", "compute_metrics(x, y, y_pred, sample_weight)")
        return self.model.compute_metrics(None, y, y_pred, sample_weight)


def _warn_of_old_name(old, new):
    warn(f"`model.{old}` is deprecated. Instead, use `model.{new}`.")
