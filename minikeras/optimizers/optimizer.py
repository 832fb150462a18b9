"""`Optimizer`: what all optimizers do around their own rule of updating one variable.

One call of `apply` is one step:

    gradients ── None left out ── unscaled ── (accumulated) ── clipped ──┐
    variables ── weight decay ───────────────────────────────────────────┴── update_step, one variable after the other
              ── moving average (EMA) ── constraints ── iterations += 1

Each optimizer's own file holds its formula, the `rule` that `update_step` applies.
"""

import inspect
import warnings
from itertools import compress, repeat
from operator import is_

import numpy as np

from minikeras.autodiff.effects import observed_effect
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.limits import reads_config
from minikeras.naming import auto_name
from minikeras.optimizers.accumulation import Accumulation
from minikeras.optimizers.clipping import clip_by_global_norm, clip_by_norm, clip_by_value
from minikeras.optimizers.fused_update import fusible, update_fused
from minikeras.optimizers.gradients import as_gradient, as_gradients, each, total
from minikeras.optimizers.learning_rate import LearningRate
from minikeras.optimizers.moving_average import MovingAverage
from minikeras.optimizers.optimizer_variables import OptimizerVariables
from minikeras.optimizers.weight_decay import WeightDecay
from minikeras.serialization import deserialize_keras_object, serialize_keras_object
from minikeras.suggestions import did_you_mean

_OLD_NAMES = {"lr": "learning_rate"}  # too short for "did you mean" to find


def takes_rows(update_step):
    """Decorator for an `update_step` that handles `IndexedSlices`; others get the rows summed into one Tensor."""
    update_step.takes_rows = True
    return update_step


class Optimizer(Accumulation, LearningRate, WeightDecay, MovingAverage, OptimizerVariables):
    """Base of all optimizers, and of your own:

        class SignDescent(keras.optimizers.Optimizer):
            def update_step(self, gradient, variable, learning_rate):
                self.assign_sub(variable, ops.sign(gradient) * learning_rate)

    Create slots in `build(variables)` with `add_optimizer_variables`, after `super().build(variables)`. A formula that
    is given as a `rule` instead is compiled too (see `minikeras/optimizers/__init__.py`).

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a function without arguments.
        weight_decay: w ← w − w·weight_decay·lr before each update. None: no decay.
        clipnorm, clipvalue, global_clipnorm: limits for the gradients (see `clipping.py`); at most one of them.
        use_ema: keep a moving average of every variable, a ← ema_momentum·a + (1 − ema_momentum)·w.
        ema_momentum: 0…1.
        ema_overwrite_frequency: every n steps the variables are set to their averages. None: only at the end of
            `fit`, or by `finalize_variable_values`.
        loss_scale_factor: the loss is multiplied by it and the gradients are divided by it again, against underflow.
        gradient_accumulation_steps: variables change only at every n-th step, by the mean gradient since the last.
        name: made of the class's name if None: "adam", "adam_1".

    Raises:
        ValueError: arguments out of range, unknown, or excluding each other.
    """

    hyperparameters = ()  # arguments of a subclass's own constructor, for `get_config`
    rule = None  # the formula: an `UpdateRule`, or what is used like one
    _waiting = None  # in a step: gradients and variables to update together

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
        self._trainable_variables_indices = {}  # index of a variable -> its place among those of `build`
        self._excluded_from_weight_decay = (set(), None)
        self._per_step = {}
        with name_scope(self.name, caller=self):
            self._iterations = Variable(0, dtype="int64", trainable=False, name="iteration")
            self._learning_rate = self._as_learning_rate(learning_rate)

    def _check_arguments_known(self, kwargs):
        if kwargs.pop("decay", None) is not None:
            warnings.warn("Argument `decay` is no longer supported and will be ignored.", stacklevel=4)
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
                f"`gradient_accumulation_steps` must be an integer >= 2. Received: gradient_accumulation_steps={steps}"
            )
        self._check_ema_arguments()
        limits = {name: getattr(self, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")}
        if sum(limit is not None for limit in limits.values()) > 1:
            raise ValueError(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: "
                + ", ".join(f"{name}={limit}" for name, limit in limits.items())
            )

    # --- step counter ---------------------------------------------------------------------------------------------

    @property
    def iterations(self):
        """How many updates were made: a Variable (with gradient accumulation a Tensor, steps // accumulation steps)."""
        if self.gradient_accumulation_steps:
            return self._iterations // self.gradient_accumulation_steps
        return self._iterations

    def once_per_step(self, compute, learning_rate, variable):
        """`compute(learning_rate, step)`, step = 1, 2, …: computed once for all variables of one dtype in one step.

        Both arguments are NumPy scalars of the variable's dtype, so that the result has the rounding that Keras's
        tensors have.
        """
        real = variable.array.dtype.type
        key = (compute.__name__, real, float(learning_rate), self._iterations.array.item())
        if key not in self._per_step:
            self._per_step.clear()
            self._per_step[key] = compute(real(learning_rate), real(int(self.iterations) + 1))
        return self._per_step[key]

    # --- one step -------------------------------------------------------------------------------------------------

    def build(self, variables):
        """Create the optimizer's slots for these model variables. Subclasses extend it.

        Raises:
            TypeError: something else than Variables.
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

    @takes_rows
    def update_step(self, gradient, variable, learning_rate):
        """Change one variable by the optimizer's formula: w, *slots ← rule(w, gradient, *slots, *scalars).

        An optimizer of your own defines this, or has a `rule`. In a step of `apply` the variables that can are changed
        together, in one compiled pass after the last of them; under a debugger each is changed here.

        Args:
            gradient: Tensor of the variable's shape and dtype.
            variable: the model's Variable, changed by `self.assign…(variable, …)`.
            learning_rate: scalar Variable or Tensor.
        """
        if self._waiting is not None:
            gradients, variables = self._waiting
            gradients.append(gradient)
            variables.append(variable)
            return
        if self.rule is None:
            raise NotImplementedError(f"{type(self).__name__} must implement `update_step`, or have a `rule`.")
        i = self._get_variable_index(variable)
        slots = [kind[i] for kind in self.rule_slots()]
        scalars = self.once_per_step(self.rule_scalars, learning_rate, variable)
        self.apply_rule(self.rule, gradient, variable, slots, scalars)

    def rule_slots(self):
        """The lists of slots that `rule` takes, in its order; each holds one Variable per model variable."""
        return ()

    def rule_scalars(self, learning_rate, step):
        """The scalars that `rule` takes. The arguments are NumPy scalars of the variable's dtype; step = 1, 2, …"""
        return ()

    def rule_scalars_now(self, learning_rate):
        """`rule_scalars` for the step to come and this learning rate, a NumPy scalar of the variables' dtype."""
        return self.rule_scalars(learning_rate, type(learning_rate)(int(self.iterations) + 1))

    def apply_rule(self, rule, gradient, variable, slots, scalars):
        """Change one variable and its slots by a rule, given its gradient: a Tensor, an array, or rows."""
        gradient = as_gradient(gradient, variable)
        w, *slots = [own.writable_array() for own in (variable, *slots)]
        if isinstance(gradient, IndexedSlices):
            rule.update_rows(gradient.indices, gradient.values, (w, *slots), scalars)
        else:
            rule(w, gradient, *slots, *scalars)

    def apply_gradients(self, grads_and_vars):
        """One step, from pairs (gradient, variable) as in `zip(gradients, model.trainable_variables)`.

        Returns:
            The step counter.
        """
        pairs = list(grads_and_vars)
        if thread.effect_begins:
            observed_effect(self.apply_gradients, self._apply_pairs, (pairs,), {})
        else:
            self._apply_pairs(pairs)
        return self._iterations

    def _apply_pairs(self, pairs):
        gradients, variables = zip(*pairs, strict=True)
        self.apply(gradients, variables)

    def apply(self, grads, trainable_variables=None):
        """One step: update the variables with their gradients.

        Args:
            grads: Tensors, arrays or IndexedSlices, one per variable; None for variables that stay as they are.
            trainable_variables: the variables, those of `build` if None. The first call builds the optimizer.

        Raises:
            ValueError: unknown variables, wrong number of gradients, wrong shapes, or no gradient at all.
        """
        if len(grads) == 0:
            return
        if thread.effect_begins and trainable_variables is not None:
            pairs = list(zip(grads, trainable_variables, strict=True))
            observed_effect(
                self.apply_gradients, lambda pairs: self._apply_now(*zip(*pairs, strict=True)), (pairs,), {}
            )
        else:
            self._apply_now(grads, trainable_variables)

    def _apply_now(self, grads, trainable_variables):
        variables = self._variables_for(grads, trainable_variables)
        for update_begins in thread.update_begins:
            update_begins(self, grads, variables)
        with np.errstate(all="ignore"):  # as in Keras, infinite and NaN gradients pass silently
            gradients, changed = self._drop_missing(grads, variables)
            gradients, changed = self._overwrite_with_gradients(gradients, changed)
            if changed:
                gradients = as_gradients(gradients, changed)
                self._apply_to(gradients, changed)
        self._iterations.writable_array()[...] += 1  # a third of the time of assign_add
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
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable))

    def _update_variables(self, gradients, variables, learning_rate):
        self._per_step.clear()
        self._begin_step()
        together = fusible(self, gradients) if follows_rule(self) else None
        if together is None:
            self._update_one_by_one(gradients, variables, learning_rate)
        elif all(together):
            self._update_together(gradients, variables, learning_rate)
        else:
            alone = [not fits for fits in together]
            self._update_together(*_chosen(together, gradients, variables), learning_rate)
            self._update_one_by_one(*_chosen(alone, gradients, variables), learning_rate)

    def _update_together(self, gradients, variables, learning_rate):
        update_step = self.update_step
        self.__dict__["_waiting"] = waiting = [], []  # `__setattr__` would look for Variables in it
        try:
            for gradient, variable in zip(gradients, variables, strict=True):
                update_step(gradient, variable, learning_rate)
        finally:
            del self.__dict__["_waiting"]
        if not update_fused(self, *waiting, learning_rate):
            self._update_one_by_one(gradients, variables, learning_rate)

    def _update_one_by_one(self, gradients, variables, learning_rate):
        self._apply_weight_decay(variables)
        takes_rows = getattr(self.update_step, "takes_rows", False)
        for gradient, variable in zip(gradients, variables, strict=True):
            self.update_step(gradient if takes_rows else Tensor(total(gradient)), variable, learning_rate)

    def _begin_step(self):
        """What changes once in a step, before the variables do."""

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
                "When passing `grads` without `variables`, the optimizer must already be built on a list of variables. "
                "Call `optimizer.build(trainable_variables)` first."
            )
        if len(grads) != len(variables):
            raise ValueError(
                f"Gradients and variables must match one-to-one. Received {len(grads)} gradients, but the optimizer is "
                f"tracking {len(variables)} trainable variables."
            )
        return variables

    def _drop_missing(self, gradients, variables):
        if not any(map(is_, gradients, repeat(None))):
            return gradients, variables
        missing = [variable.path for g, variable in zip(gradients, variables, strict=True) if g is None]
        if len(missing) == len(variables):
            raise ValueError(
                f"No gradients provided for any variable: {missing}. Does the loss depend on the variables, and was it "
                "computed inside the GradientTape's block?"
            )
        warnings.warn(
            f"Gradients do not exist for variables {missing} when minimizing the loss. If using `model.compile()`, did "
            "you forget to provide a `loss` argument?",
            stacklevel=4,
        )
        pairs = [(g, variable) for g, variable in zip(gradients, variables, strict=True) if g is not None]
        return zip(*pairs, strict=True)

    def _clip_gradients(self, gradients):
        if self.clipnorm and self.clipnorm > 0:
            return [clip_by_norm(gradient, self.clipnorm) for gradient in gradients]
        if self.global_clipnorm and self.global_clipnorm > 0:
            return clip_by_global_norm(gradients, self.global_clipnorm)
        if self.clipvalue and self.clipvalue > 0:
            return [clip_by_value(gradient, self.clipvalue) for gradient in gradients]
        return gradients

    # --- around the step ------------------------------------------------------------------------------------------

    def scale_loss(self, loss):
        """The loss times `loss_scale_factor`, for computing gradients."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        """One step on values instead of on the Variables, which stay as they are.

        Args:
            optimizer_variables: values for `optimizer.variables`.
            grads: gradients.
            trainable_variables: values of the variables that the optimizer was built with.

        Returns:
            (new values of the trainable variables, new values of the optimizer's variables): two lists of Tensors.
            (Keras on TensorFlow refuses this method; here it does what Keras does on JAX.)
        """
        if not self.built:
            raise ValueError(
                f"To call `stateless_apply`, {type(self).__name__} must be built (i.e. its variables must have been "
                "created). You can build it via `optimizer.build(trainable_variables)`."
            )
        state = [*self._trainable_variables, *self.variables]
        values = [*trainable_variables, *optimizer_variables]
        count = len(self._trainable_variables)
        if len(trainable_variables) != count or len(values) != len(state):
            raise ValueError(
                f"`stateless_apply` needs one value per variable: {count} trainable and {len(state) - count} optimizer "
                f"variables. Received: {len(trainable_variables)} and {len(optimizer_variables)}."
            )
        before = [variable.value for variable in state]
        try:
            for variable, value in zip(state, values, strict=True):
                variable.assign(value)
            self.apply(grads)
            after = [variable.value for variable in state]
        finally:
            for variable, value in zip(state, before, strict=True):
                variable.assign(value)
        return after[:count], after[count:]

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


def _chosen(chosen, *lists):
    """Of each list the items for which `chosen` is true."""
    return [list(compress(items, chosen)) for items in lists]


_update_step = Optimizer.update_step


def follows_rule(optimizer):
    """Whether an optimizer changes its variables by its `rule` alone: neither it nor its class has an `update_step`.

    One that a subclass or a patch defines is called for each variable, on every path.
    """
    return optimizer.rule is not None and getattr(optimizer.update_step, "__func__", None) is _update_step
