"""`LossScaleOptimizer`: scales the loss so that float16 gradients neither vanish nor overflow."""

import numpy as np

from minikeras import initializers
from minikeras.autodiff.effects import effectful
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import reads_config
from minikeras.optimizers.gradients import as_gradient, each, values_of
from minikeras.optimizers.optimizer import Optimizer
from minikeras.optimizers.summing import apply_summed
from minikeras.serialization import deserialize_keras_object, serialize_keras_object

# Arguments of `Optimizer` that old files store with their defaults; others belong to the inner optimizer.
_DEFAULTS_IN_OLD_FILES = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


class LossScaleOptimizer(Optimizer):
    """Multiplies the loss by a scale s, divides the gradients by it, and lets an inner optimizer take the step.

        a gradient is infinite or NaN:                 skip the step, s ← s / 2
        `dynamic_growth_steps` steps without that:     s ← 2·s

    Under the policy "mixed_float16", `compile` wraps the optimizer in it automatically.

    Args:
        inner_optimizer: the optimizer that takes the steps; its own `loss_scale_factor` is set to None.
        initial_scale: the initial s: large, since s falls faster than it rises.
        dynamic_growth_steps: see above.
        name: derived from the class's name if None.

    Raises:
        ValueError: an argument that belongs to the inner optimizer.
    """

    def __init__(self, inner_optimizer, initial_scale=2.0**15, dynamic_growth_steps=2000, name=None, **kwargs):
        _check_no_arguments_left(kwargs)
        if not isinstance(inner_optimizer, Optimizer):
            raise ValueError(
                f"`inner_optimizer` must be an optimizer. Received: inner_optimizer={inner_optimizer!r}. "
                "Use an object such as Adam()."
            )
        super().__init__(learning_rate=0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        inner_optimizer.loss_scale_factor = None  # otherwise gradients would be scaled twice

    def build(self, variables):
        """Create the step counter and the scale, and build the inner optimizer."""
        self.step_counter = self.add_variable((), dtype="int64", name="step_counter")
        self.dynamic_scale = self.add_variable(
            (), initializers.Constant(self.initial_scale), dtype="float32", name="dynamic_scale"
        )
        self.inner_optimizer.build(variables)
        super().build(variables)

    @property
    def variables(self):
        """Its own variables, then the inner optimizer's."""
        return self._variables + self.inner_optimizer.variables

    def apply(self, grads, trainable_variables=None):
        """One step of the inner optimizer with the unscaled gradients, or none if a gradient is not finite."""
        # Sum over ranks first: all ranks must skip the same steps.
        apply_summed(self._apply_or_skip, grads, trainable_variables)

    @effectful
    def _apply_or_skip(self, grads, trainable_variables):
        if not self.built:
            with name_scope(self.name, caller=self):
                self.build(list(trainable_variables))
        if not self.check_finite(grads):
            self.step_counter.assign(0)
            self.dynamic_scale.assign(self.dynamic_scale.array * 0.5)
            return
        variables = list(trainable_variables) if trainable_variables is not None else self._trainable_variables
        self.inner_optimizer.apply(self._unscaled(grads, variables), trainable_variables)
        if int(self.step_counter) == self.dynamic_growth_steps - 1:
            self.step_counter.assign(0)
            self.dynamic_scale.assign(self.dynamic_scale.array * 2.0)
        else:
            self.step_counter.assign_add(1)

    def _unscaled(self, gradients, variables):
        scale = self.dynamic_scale.array
        return [
            g
            if g is None or self._overwrite_variable_with_gradient(variable)
            else each(lambda values: values / scale, as_gradient(g, variable))
            for g, variable in zip(gradients, variables, strict=True)
        ]

    def check_finite(self, grads):
        """Whether no gradient holds an infinity or NaN, as a boolean tensor."""
        return Tensor(np.array(all(np.isfinite(values_of(g)).all() for g in grads if g is not None)))

    @property
    def learning_rate(self):
        """The learning rate of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        self.inner_optimizer.learning_rate = learning_rate

    @property
    def iterations(self):
        """Steps of the inner optimizer, without those skipped."""
        return self.inner_optimizer.iterations

    def scale_loss(self, loss):
        """The loss times the current scale."""
        return loss * (self.dynamic_scale if self.built else self.initial_scale)

    def finalize_variable_values(self, var_list):
        """Let the inner optimizer set final values, such as moving averages."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self):
        return {
            "name": self.name,
            "inner_optimizer": serialize_keras_object(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        inner_optimizer = deserialize_keras_object(config["inner_optimizer"], custom_objects=custom_objects)
        return cls(**{**config, "inner_optimizer": inner_optimizer})


def _check_no_arguments_left(arguments):
    if not arguments.pop("dynamic", True):
        raise ValueError(
            "LossScaleOptimizer scales dynamically only. Received: dynamic=False. For a fixed factor, "
            "set `loss_scale_factor` of the inner optimizer."
        )
    for name, default in _DEFAULTS_IN_OLD_FILES.items():
        if arguments.pop(name, default) != default:
            raise ValueError(
                f"LossScaleOptimizer does not support `{name}`. Instead, set `{name}` on the `inner_optimizer`."
            )
    if arguments:
        raise ValueError(f"LossScaleOptimizer does not support arguments: `{'`, `'.join(arguments)}`.")
