"""`Optimizer`: the base of all optimizers: everything around the update rule of a single variable.

One call of `apply` is one step:

    gradients ── None left out ── unscaled ── (accumulated) ── clipped ──┐
    variables ── weight decay ───────────────────────────────────────────┴── update_step, one variable after the other
              ── moving average (EMA) ── constraints ── iterations += 1

All of it is one effect of a training step (`autodiff/effects.py`), which plans repeat; it gets gradients that are
summed over ranks (`summing.py`). An override of `apply` or `apply_gradients` in a subclass is Python around it.

Each optimizer's own file holds its formula, the `rule` that `update_step` applies.
"""

import inspect
from itertools import repeat
from operator import is_

from minikeras.autodiff.effects import effect
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.quiet import quiet
from minikeras.autodiff.state import thread
from minikeras.autodiff.variable import Variable, constraints_of
from minikeras.base import extension_dtypes
from minikeras.base.limits import reads_config
from minikeras.base.messages import warn
from minikeras.base.naming import auto_name
from minikeras.base.suggestions import did_you_mean
from minikeras.collectives.share import state
from minikeras.optimizers.accumulation import Accumulation
from minikeras.optimizers.clipping import clip_by_global_norm, clip_by_norm, clip_by_value
from minikeras.optimizers.gradients import as_gradients, each, in_numpys_floats
from minikeras.optimizers.learning_rate import LearningRate
from minikeras.optimizers.moving_average import MovingAverage
from minikeras.optimizers.optimizer_variables import OptimizerVariables
from minikeras.optimizers.rule_updates import RuleUpdates
from minikeras.optimizers.stateless import StatelessUpdates
from minikeras.optimizers.summing import apply_summed
from minikeras.optimizers.weight_decay import WeightDecay
from minikeras.serialization import deserialize_keras_object, serialize_keras_object

_OLD_NAMES = {"lr": "learning_rate"}  # too short for `did_you_mean` to match


class Optimizer(
    RuleUpdates, StatelessUpdates, Accumulation, LearningRate, WeightDecay, MovingAverage, OptimizerVariables
):
    """Base class of all optimizers; subclass it for your own:

        class SignDescent(keras.optimizers.Optimizer):
            def update_step(self, gradient, variable, learning_rate):
                self.assign_sub(variable, ops.sign(gradient) * learning_rate)

    Create slots in `build(variables)` with `add_optimizer_variables`, after `super().build(variables)`. To have the
    formula compiled, define it as a `rule` instead (see `minikeras/optimizers/__init__.py`).

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a function without arguments.
        weight_decay: w ← w − w·weight_decay·lr before each update. None: no decay.
        clipnorm, clipvalue, global_clipnorm: limits for the gradients (see `clipping.py`); at most one of them.
        use_ema: whether to keep a moving average of every variable, a ← ema_momentum·a + (1 − ema_momentum)·w.
        ema_momentum: between 0 and 1.
        ema_overwrite_frequency: the variables are set to their averages every n steps; if None, only at the end of
            `fit`, or by `finalize_variable_values`.
        loss_scale_factor: multiplies the loss and then divides the gradients, against underflow.
        gradient_accumulation_steps: variables change only at every n-th step, by the mean gradient since the last.
        name: derived from the class's name if None: "adam", "adam_1".

    Raises:
        ValueError: arguments out of range, unknown, or mutually exclusive.
    """

    hyperparameters = ()  # arguments of a subclass's own constructor, for `get_config`

    def __init__(
        self,
        learning_rate,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        **kwargs,
    ):
        self._variables = []
        self._check_arguments_known(kwargs)
        self.name = auto_name(type(self).__name__) if name is None else name
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self._check_arguments()
        self.built = False
        self._trainable_variables = []
        self._trainable_variables_indices = {}  # index of a variable -> its position among those of `build`
        self._excluded_from_weight_decay = (set(), None)
        self._per_step = {}
        with name_scope(self.name, caller=self):
            self._iterations = Variable(
                0, dtype="int64", trainable=False, aggregation="only_first_replica", name="iteration"
            )
            self._learning_rate = self._as_learning_rate(learning_rate)

    def _check_arguments_known(self, kwargs):
        if kwargs.pop("decay", None) is not None:
            warn("`decay` has no effect: Keras 3 has learning rate schedules in its place.")
        if kwargs:
            known = [
                name for name in inspect.signature(type(self).__init__).parameters if name not in ("self", "kwargs")
            ]
            wrong = next(iter(kwargs))
            hint = f" Did you mean {_OLD_NAMES[wrong]!r}?" if wrong in _OLD_NAMES else did_you_mean(wrong, known)
            raise ValueError(f"Argument(s) not recognized by {type(self).__name__}: {kwargs}.{hint}")

    def _check_arguments(self):
        steps = self.gradient_accumulation_steps
        if steps and not steps >= 2:
            raise ValueError(
                f"`gradient_accumulation_steps` must be 2 or more. Received: gradient_accumulation_steps={steps}"
            )
        self._check_ema_arguments()
        limits = {name: getattr(self, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")}
        if sum(limit is not None for limit in limits.values()) > 1:
            raise ValueError(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can limit gradients. Received: "
                + ", ".join(f"{name}={limit}" for name, limit in limits.items())
            )

    # --- step counter ---------------------------------------------------------------------------------------------

    @property
    def iterations(self):
        """The number of updates: a Variable (with gradient accumulation a Tensor, steps // accumulation steps)."""
        if self.gradient_accumulation_steps:
            return self._iterations // self.gradient_accumulation_steps
        return self._iterations

    # --- one step -------------------------------------------------------------------------------------------------

    def build(self, variables):
        """Create the optimizer's slots for these model variables. Subclasses extend it.

        Raises:
            TypeError: something other than Variables.
        """
        for variable in variables:
            if not isinstance(variable, Variable):
                raise TypeError(
                    f"Optimizers change Variables. Received: {str(variable)[:80]} of type {type(variable).__name__}. "
                    "Pass `model.trainable_variables`."
                )
        if self.use_ema:
            self._model_variables_moving_average = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulated_gradients = [
                self.add_variable_from_reference(variable, "gradient_accumulator") for variable in variables
            ]
        object.__setattr__(self, "_trainable_variables", list(variables))  # the model's, not part of the state
        self._trainable_variables_indices = {variable.index: i for i, variable in enumerate(variables)}
        self.built = True

    def apply_gradients(self, grads_and_vars):
        """One step, from pairs (gradient, variable) as in `zip(gradients, model.trainable_variables)`.

        Returns:
            The step counter.
        """
        pairs = list(grads_and_vars)
        if not pairs:
            raise ValueError("There are no gradients to apply. Received: an empty list of (gradient, variable)")
        gradients, variables = zip(*pairs, strict=True)
        self.apply(gradients, variables)
        return self._iterations

    def apply(self, grads, trainable_variables=None):
        """One step: update the variables with their gradients.

        Args:
            grads: Tensors, arrays or IndexedSlices, one per variable; None for variables that stay unchanged.
            trainable_variables: the variables; those of `build` if None. The first call builds the optimizer.

        Raises:
            ValueError: unknown variables, wrong number of gradients, wrong shapes, or no gradient at all.
        """
        if len(grads) == 0:
            return
        if state.gradients_are_summed:
            self._apply_as_effect(grads, trainable_variables)
        else:
            apply_summed(self._apply_as_effect, grads, trainable_variables)

    def _apply_as_effect(self, grads, trainable_variables):
        variables = self._trainable_variables if trainable_variables is None else list(trainable_variables)
        if len(grads) == len(variables):
            effect(self._apply_pairs, list(zip(grads, variables, strict=True)))
        else:
            self._variables_for(grads, trainable_variables)  # raises the error

    def _apply_pairs(self, pairs):  # repeated by plans, without a subclass's override of `apply`
        grads, variables = zip(*pairs, strict=True)
        variables = self._variables_for(grads, variables)
        for update_begins in thread.update_begins:
            update_begins(self, grads, variables)
        with quiet():
            gradients, changed = self._drop_missing(grads, variables)
            gradients, changed = self._overwrite_with_gradients(gradients, changed)
            if changed:
                gradients = as_gradients(gradients, changed)
                self._apply_to(gradients, changed)
        self._iterations.writable_array()[()] += 1  # in a tenth of the time of `[...]`
        for update_ended in thread.update_ended:
            update_ended(self, variables)

    def _apply_to(self, gradients, variables):
        scale = self.loss_scale_factor
        if scale is not None:
            gradients = [each(lambda g: g / scale, gradient) for gradient in gradients]
        if self.gradient_accumulation_steps:
            gradients = self._accumulate(gradients, variables)
        if gradients is not None:
            gradients = self._clip_gradients(gradients)
            self._update_variables(gradients, variables, self.learning_rate)
        if self.use_ema:
            self._update_moving_averages()
        for variable, constraint in zip(variables, constraints_of(variables), strict=True):
            if constraint is not None:
                variable.assign(constraint(variable))

    def _variables_for(self, grads, trainable_variables):
        if trainable_variables is not None:
            variables = list(trainable_variables)
            if not self.built:
                with name_scope(self.name, caller=self):
                    self.build(variables)
            self._check_variables_are_known(variables)
        elif self.built:
            variables = self._trainable_variables
        else:
            raise ValueError(
                "Gradients came without variables, and the optimizer is not built. "
                "Call `optimizer.build(trainable_variables)` first."
            )
        if len(grads) != len(variables):
            raise ValueError(
                f"Each variable needs its gradient (or None). Received: {len(grads)} gradients for {len(variables)} "
                "variables."
            )
        return variables

    def _drop_missing(self, gradients, variables):
        if not any(map(is_, gradients, repeat(None))):
            return gradients, variables
        missing = [variable.path for g, variable in zip(gradients, variables, strict=True) if g is None]
        if len(missing) == len(variables):
            raise ValueError(
                f"No gradients provided for any variable of {missing}. Does the loss depend on them, and was it "
                "computed inside the GradientTape's block?"
            )
        warn(
            f"Gradients do not exist for variables {missing}, so they stay unchanged. Does the loss depend on them? "
            "Pass it to `model.compile` as `loss`."
        )
        pairs = [(g, variable) for g, variable in zip(gradients, variables, strict=True) if g is not None]
        return zip(*pairs, strict=True)

    def _clip_gradients(self, gradients):
        if extension_dtypes.in_use:  # a sum of squares would stall in bfloat16
            gradients = [each(in_numpys_floats, gradient) for gradient in gradients]
        if self.clipnorm and self.clipnorm > 0:
            return [clip_by_norm(gradient, self.clipnorm) for gradient in gradients]
        if self.global_clipnorm and self.global_clipnorm > 0:
            return clip_by_global_norm(gradients, self.global_clipnorm)
        if self.clipvalue and self.clipvalue > 0:
            return [clip_by_value(gradient, self.clipvalue) for gradient in gradients]
        return gradients

    # --- around the step ------------------------------------------------------------------------------------------

    def scale_loss(self, loss):
        """The loss times `loss_scale_factor`, from which to compute gradients."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict."""
        learning_rate = self._learning_rate
        if isinstance(learning_rate, Variable):
            learning_rate = float(learning_rate)
        names = ("weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "ema_momentum")
        names += ("ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps", *self.hyperparameters)
        config = {"name": self.name, "learning_rate": serialize_keras_object(learning_rate)}
        return config | {name: getattr(self, name) for name in names}

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        """An optimizer from what `get_config` returned."""
        config = dict(config)
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = deserialize_keras_object(config["learning_rate"], custom_objects=custom_objects)
        return cls(**config)
