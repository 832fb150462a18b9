"""`RuleStep`: the step of an optimizer that follows its `rule`, for compiled plans (see `plans/update.py`).

On the tape, an optimizer checks shape, dtype, references and slots of each variable. In a plan all of that is known
beforehand; only the scalars of the rule are computed in Python in each step.
"""

import inspect

import numpy as np

from minikeras.autodiff.variable import Variable
from minikeras.base import replay
from minikeras.optimizers.fused_update import scalars_of_decay
from minikeras.optimizers.moving_average import averaged_variables, scalars_of_averages
from minikeras.optimizers.optimizer import Optimizer, follows_rule

# Settings of all optimizers on which the structure of a step depends. (Learning rates and momentums may change.)
SETTINGS = (
    *("clipnorm", "global_clipnorm", "clipvalue", "loss_scale_factor", "use_ema", "gradient_accumulation_steps"),
    *("weight_decay", "_excluded_from_weight_decay"),
)
# Members that a custom subclass may override: the step reads them, or does not need them.
ASKED_FOR = frozenset({
    "__init__", "build", "from_config", "get_config", "hyperparameters", "rule", "rule_scalars", "rule_slots",
})  # fmt: skip
PROPERTIES = [name for name in dir(Optimizer) if isinstance(inspect.getattr_static(Optimizer, name), property)]


class RuleStep:
    """The step of an optimizer for which `has_rule_step` is true.

    Args:
        optimizer: the optimizer.
        variables: the Variables to be changed.

    Attributes:
        rule: its rule.
        variables: for each Variable a list of it and its slots.
        averages: [(Variable, its moving average)].
    """

    def __init__(self, optimizer, variables):
        self.optimizer = optimizer
        self.rule, slots = optimizer.rule, optimizer.rule_slots()
        positions = [optimizer._get_variable_index(variable) for variable in variables]
        self.variables = [
            [variable, *[kind[i] for kind in slots]] for variable, i in zip(variables, positions, strict=True)
        ]
        self.averages = averages_of(optimizer)
        self._settings = _settings_of(optimizer)

    def is_current(self):
        """Whether the optimizer still has the same rule and the same settings."""
        optimizer = self.optimizer
        return follows_rule(optimizer) and optimizer.rule is self.rule and _settings_of(optimizer) == self._settings

    @property
    def decaying(self):
        """For each Variable, whether its weights decay."""
        decays = self.optimizer.weight_decay is not None
        return [decays and self.optimizer._use_weight_decay(variable) for variable, *_ in self.variables]

    def next_scalars(self):
        """Begin the next step and return its scalars: those of the rule, then those of the averages."""
        optimizer = self.optimizer
        learning_rate = optimizer.learning_rate
        if type(learning_rate) is Variable:
            learning_rate = learning_rate.array  # several times faster than the Variable itself
        learning_rate = np.float32(learning_rate)
        optimizer._begin_step()
        scalars = [(*optimizer.rule_scalars_now(learning_rate), *scalars_of_decay(optimizer, learning_rate))]
        if self.averages:
            scalars.append(scalars_of_averages(optimizer, np.float32))
        optimizer._iterations.writable_array()[()] += 1
        return scalars


def optimizer_of_rule_step(function):
    """The optimizer whose `_apply_pairs` a function is, if it `has_rule_step`; else None."""
    if getattr(function, "__func__", None) not in (Optimizer.apply_gradients, Optimizer._apply_pairs):
        return None
    return function.__self__ if has_rule_step(function.__self__) else None


def has_rule_step(optimizer):
    """Whether an optimizer's step is minikeras's own, except perhaps for the rule: no other part is overridden."""
    if not isinstance(optimizer, Optimizer) or not follows_rule(optimizer):
        return False
    cls = type(optimizer)
    users = [base for base in cls.__mro__ if base is not object and not replay.is_own(base)]
    defined = {name for base in users for name in vars(base)} - ASKED_FOR
    overridden = [name for name in defined if inspect.isroutine(getattr(Optimizer, name, None)) or name in PROPERTIES]
    patched = [name for name in vars(optimizer) if callable(getattr(cls, name, None))]
    return not overridden and not patched


def averages_of(optimizer):
    """[(Variable, its average)] of an optimizer that keeps averages."""
    return averaged_variables(optimizer, optimizer._trainable_variables) if optimizer.use_ema else []


def _settings_of(optimizer):
    own = vars(optimizer)
    return [own.get(name) for name in (*SETTINGS, *optimizer.hyperparameters)]
