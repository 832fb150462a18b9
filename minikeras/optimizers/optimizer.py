"""`Optimizer`: the base of all optimizers: everything around the update rule of a single variable.

One call of `apply` is one step:

    gradients ── None left out ── unscaled ── (accumulated) ── clipped ──┐
    variables ── weight decay ───────────────────────────────────────────┴── update_step, one variable after the other
              ── moving average (EMA) ── constraints ── iterations += 1

All of it is one effect of a training step (`autodiff/effects.py`), which plans repeat; it gets gradients that are
summed over ranks (`summing.py`). An override of `apply` or `apply_gradients` in a subclass is Python around it.

Each optimizer's own file holds its formula, the `rule` that `update_step` applies.
"""

import re
from functools import partial
from itertools import repeat
from operator import attrgetter, is_

import numpy as np

from minikeras.autodiff.effects import effect
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.quiet import quiet
from minikeras.autodiff.state import thread
from minikeras.autodiff.stateless_scope import temporary_values
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable, constraints_of
from minikeras.base import extension_dtypes
from minikeras.base.debuggers import attached_debugger
from minikeras.base.limits import reads_config
from minikeras.base.naming import auto_name
from minikeras.collectives.share import state
from minikeras.optimizers.accumulation import accumulate, overwrite_with_gradients
from minikeras.optimizers.arguments import check_arguments, check_arguments_known
from minikeras.optimizers.clipping import clip_by_global_norm, clip_by_norm, clip_by_value
from minikeras.optimizers.fused_update import update_fused
from minikeras.optimizers.gradients import as_gradient, each, in_numpys_floats, total, without_missing
from minikeras.optimizers.moving_average import overwrite_with_averages, update_moving_averages
from minikeras.optimizers.optimizer_variables import OptimizerVariables
from minikeras.optimizers.rule_updates import apply_rule, takes_rows
from minikeras.optimizers.summing import apply_summed, summed_over_ranks
from minikeras.serialization import deserialize_keras_object, serialize_keras_object

_overwrites = attrgetter("_overwrite_with_gradient")


class Optimizer(OptimizerVariables):
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
        check_arguments_known(type(self), kwargs)
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
        check_arguments(self)
        self.built = False
        self._trainable_variables = []
        self._trainable_variables_indices = {}  # index of a variable -> its position among those of `build`
        self._excluded_from_weight_decay = (set(), None)
        self._create_own_variables(learning_rate)

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
        pairs = self._pairs_of(grads, trainable_variables)
        if not state.gradients_are_summed:
            gradients, variables = zip(*pairs, strict=True)
            pairs = list(zip(summed_over_ranks(gradients), variables, strict=True))
        if thread.effect_begins:
            effect(self._apply_pairs, pairs)
        else:
            self._apply_pairs(pairs)

    def _pairs_of(self, grads, variables):
        """[(gradient, variable)], with the variables of `build` if None are given."""
        if variables is None and not self.built:
            raise ValueError(
                "Gradients came without variables, and the optimizer is not built. "
                "Call `optimizer.build(trainable_variables)` first."
            )
        variables = self._trainable_variables if variables is None else list(variables)
        if len(grads) != len(variables):
            raise ValueError(
                f"Each variable needs its gradient (or None). Received: {len(grads)} gradients for {len(variables)} "
                "variables."
            )
        return list(zip(grads, variables, strict=True))

    def _apply_pairs(self, pairs):
        """The step itself, which plans repeat, without a subclass's override of `apply`."""
        all_gradients, all_variables = gradients, variables = list(zip(*pairs, strict=True))
        if not self.built:
            with name_scope(self.name, caller=self):
                self.build(list(all_variables))
        self._check_variables_are_known(all_variables)
        for update_begins in thread.update_begins:
            update_begins(self, all_gradients, all_variables)
        with quiet():
            if any(map(is_, gradients, repeat(None))):
                gradients, variables = without_missing(gradients, variables)
            if any(map(_overwrites, variables)):
                gradients, variables = overwrite_with_gradients(self, gradients, variables)
            gradients = list(map(as_gradient, gradients, variables))
            if self.loss_scale_factor is not None:
                gradients = [each(lambda g: g / self.loss_scale_factor, gradient) for gradient in gradients]
            if self.gradient_accumulation_steps:
                gradients = accumulate(self, gradients, variables)
            if gradients:
                gradients = self._clip_gradients(gradients)
                if extension_dtypes.in_use:  # clipping and scaling make float32 of bfloat16
                    gradients = list(map(as_gradient, gradients, variables))
                self._begin_step()
                learning_rate, others = self.learning_rate, variables
                if not attached_debugger() and follows_rule(self):  # a debugger should stop at each variable
                    gradients, others = update_fused(self, gradients, variables, learning_rate)
                self._apply_weight_decay(others)
                takes_rows = getattr(self.update_step, "takes_rows", False)
                for gradient, variable in zip(gradients, others, strict=True):
                    self.update_step(gradient if takes_rows else Tensor(total(gradient)), variable, learning_rate)
            if self.use_ema and variables:
                update_moving_averages(self)
            for variable, constraint in zip(variables, constraints_of(variables), strict=True):
                if constraint is not None:
                    variable.assign(constraint(variable))
        self._iterations.writable_array()[()] += 1  # in a tenth of the time of `[...]`
        for update_ended in thread.update_ended:
            update_ended(self, all_variables)

    def _clip_gradients(self, grads):  # Keras's name, which subclasses may override
        if extension_dtypes.in_use:  # a sum of squares would stall in bfloat16
            grads = [each(in_numpys_floats, gradient) for gradient in grads]
        if self.clipnorm and self.clipnorm > 0:
            return [clip_by_norm(gradient, self.clipnorm) for gradient in grads]
        if self.global_clipnorm and self.global_clipnorm > 0:
            return clip_by_global_norm(grads, self.global_clipnorm)
        if self.clipvalue and self.clipvalue > 0:
            return [clip_by_value(gradient, self.clipvalue) for gradient in grads]
        return grads

    def _begin_step(self):
        """Hook that runs once per step, before the variables change."""

    @takes_rows
    def update_step(self, gradient, variable, learning_rate):
        """Change one variable by the optimizer's formula: w, *slots ← rule(w, gradient, *slots, *scalars).

        A custom optimizer overrides this, or defines a `rule`. Except under a debugger, a step of `apply` changes the
        variables that allow it in one compiled pass in place of this.

        Args:
            gradient: Tensor of the variable's shape and dtype.
            variable: the model's Variable, changed by `self.assign…(variable, …)`.
            learning_rate: scalar Variable or Tensor.
        """
        if self.rule is None:
            raise NotImplementedError(f"{type(self).__name__} must implement `update_step`, or have a `rule`.")
        gradient = as_gradient(gradient, variable)
        i = self._get_variable_index(variable)
        w, *slots = [own.writable_array() for own in (variable, *[kind[i] for kind in self.rule_slots()])]
        scalars = self.rule_scalars_now(w.dtype.type(float(learning_rate)))
        if type(gradient) is np.ndarray and not (extension_dtypes.in_use and extension_dtypes.is_extension(w.dtype)):
            self.rule(w, gradient, *slots, *scalars)
        else:
            apply_rule(self.rule, gradient, (w, *slots), scalars)

    # --- the formula ----------------------------------------------------------------------------------------------

    rule = None  # an `UpdateRule`, or an object with the same interface

    def rule_slots(self):
        """The lists of slots that `rule` takes, in its order; each holds one Variable per model variable."""
        return ()

    def rule_scalars(self, learning_rate, step):
        """The scalars that `rule` takes. The arguments are NumPy scalars of the variable's dtype; step = 1, 2, …"""
        return ()

    def rule_scalars_now(self, learning_rate):
        """`rule_scalars` for the coming step and this learning rate, a NumPy scalar of the variables' dtype.

        In that dtype they are rounded like Keras's tensors.
        """
        updates = self._iterations.array.item() // (self.gradient_accumulation_steps or 1)
        return self.rule_scalars(learning_rate, type(learning_rate)(updates + 1))

    # --- weight decay ---------------------------------------------------------------------------------------------

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Exclude variables from weight decay.

        Args:
            var_list: Variables.
            var_names: strings (regular expressions); a variable whose name contains one of them does not decay.
                ["bias"] excludes all biases.
        """
        pattern = re.compile("|".join(set(var_names))) if var_names else None
        self._excluded_from_weight_decay = ({variable.index for variable in var_list or ()}, pattern)

    def _use_weight_decay(self, variable):
        ids, pattern = self._excluded_from_weight_decay
        return variable.index not in ids and (pattern is None or pattern.search(variable.path) is None)

    def _apply_weight_decay(self, variables):
        """w ← w − w·weight_decay·lr before each update (Loshchilov and Hutter, 2019)."""
        if self.weight_decay is None:
            return
        learning_rate = float(self.learning_rate)
        for variable in variables:
            if self._use_weight_decay(variable):
                decay_weights(variable, self.weight_decay, learning_rate)

    # --- around the step ------------------------------------------------------------------------------------------

    def scale_loss(self, loss):
        """The loss times `loss_scale_factor`, from which to compute gradients."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def finalize_variable_values(self, var_list):
        """Set the variables to their moving averages, if there are any. `fit` calls it at its end."""
        if self.use_ema:
            overwrite_with_averages(self, var_list)

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        """One step on given values instead of on the Variables, which do not change.

        Args:
            optimizer_variables: values for `optimizer.variables`.
            grads: gradients.
            trainable_variables: values of the variables that the optimizer was built with.

        Returns:
            (new values of the trainable variables, new values of the optimizer's variables): two lists of Tensors.
            (Keras on TensorFlow does not support this method; here it does what Keras does on JAX.)
        """
        if not self.built:
            raise ValueError(
                f"{type(self).__name__} is not built, so `stateless_apply` has no variables to work on. Call "
                "`optimizer.build(trainable_variables)` first."
            )
        state = [*self._trainable_variables, *self.variables]
        values = [*trainable_variables, *optimizer_variables]
        count = len(self._trainable_variables)
        if len(trainable_variables) != count or len(values) != len(state):
            raise ValueError(
                f"`stateless_apply` needs one value per variable: {count} trainable and {len(state) - count} optimizer "
                f"variables. Received: {len(trainable_variables)} and {len(optimizer_variables)}."
            )
        with temporary_values(state, values):
            self.apply(grads)
            after = [variable.handle for variable in state]
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


def take_step(optimizer, gradients, variables):
    """Take a step of an optimizer of any class, with gradients summed over ranks, as one effect."""
    if not state.gradients_are_summed:
        apply_summed(partial(take_step, optimizer), gradients, variables)
    elif thread.effect_begins:
        effect(optimizer.apply_gradients, list(zip(gradients, variables, strict=True)))
    else:
        optimizer.apply_gradients(list(zip(gradients, variables, strict=True)))


def decay_weights(variable, weight_decay, learning_rate):
    """w ← w − w·weight_decay·lr."""
    array = variable.writable_array()
    real = array.dtype.type
    array -= array * rounded(weight_decay, real) * real(learning_rate)


def rounded(number, real):
    """A hyperparameter as a scalar of the NumPy type `real`.

    Keras converts it to float32 first, so that 0.9 is 0.89999998 even for float64 variables. (Numbers that Keras does
    not cast separately, such as 1 − β₁ in Adam, keep their digits.)
    """
    return real(np.float32(number))


_update_step = Optimizer.update_step


def follows_rule(optimizer):
    """Whether an optimizer changes its variables by its `rule` alone: `update_step` is not overridden.

    An `update_step` that a subclass or a patch defines is called for each variable, on every path.
    """
    return optimizer.rule is not None and getattr(optimizer.update_step, "__func__", None) is _update_step
