"""`RuleStep`: the step of an optimizer that follows its `rule`, for compiled plans (see `plans/update.py`).

On the tape an optimizer looks at each variable by itself: shape, dtype, references, slots. In a plan all of that is
known beforehand; what remains for Python in each step are the scalars of the rule.
"""

import inspect

import numpy as np

from minikeras import replay
from minikeras.autodiff.variable import Variable
from minikeras.optimizers.fused_update import scalars_of_decay
from minikeras.optimizers.optimizer import Optimizer
from minikeras.optimizers.rule_updates import follows_rule

# Settings of every optimizer on which the form of a step depends. (Learning rates and momentums may change.)
SETTINGS = (
    *("clipnorm", "global_clipnorm", "clipvalue", "loss_scale_factor", "use_ema", "gradient_accumulation_steps"),
    *("weight_decay", "_excluded_from_weight_decay"),
)
# What a user's subclass may define although the base does, too: the step asks for it, or is without it.
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
        """Whether the optimizer still does what it did: the same rule, with the same settings."""
        optimizer = self.optimizer
        return follows_rule(optimizer) and optimizer.rule is self.rule and _settings_of(optimizer) == self._settings

    @property
    def decaying(self):
        """For each Variable, whether its weights decay."""
        decays = self.optimizer.weight_decay is not None
        return [decays and self.optimizer._use_weight_decay(variable) for variable, *_ in self.variables]

    def next_scalars(self):
        """The scalars of the next step, which counts from now on: those of the rule, then those of the averages."""
        optimizer = self.optimizer
        learning_rate = optimizer.learning_rate
        if type(learning_rate) is Variable:
            learning_rate = learning_rate.array  # several times quicker than the Variable itself
        learning_rate = np.float32(learning_rate)
        optimizer._begin_step()
        scalars = [(*optimizer.rule_scalars_now(learning_rate), *scalars_of_decay(optimizer, learning_rate))]
        if self.averages:
            scalars.append(optimizer._scalars_of_averages(np.float32))
        optimizer._iterations.writable_array()[()] += 1
        return scalars


def optimizer_of_rule_step(function):
    """The optimizer of which a function is the step that takes pairs (gradient, variable), if it `has_rule_step`."""
    if getattr(function, "__func__", None) not in (Optimizer.apply_gradients, Optimizer._apply_pairs):
        return None
    return function.__self__ if has_rule_step(function.__self__) else None


def has_rule_step(optimizer):
    """Whether a step of an optimizer is minikeras's own, with at most another rule: no part of it is the user's."""
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
    return optimizer._averaged_variables(optimizer._trainable_variables) if optimizer.use_ema else []


def _settings_of(optimizer):
    own = vars(optimizer)
    return [own.get(name) for name in (*SETTINGS, *optimizer.hyperparameters)]
