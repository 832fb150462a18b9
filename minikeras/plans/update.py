"""The optimizer's step as part of a program, for the optimizers that have a rule (`optimizers/one_pass.py`).

On the tape an optimizer looks at each variable by itself: shape, dtype, holders, slots. In a plan all of that is known,
and one instruction does all variables, with the same rule in the same order of arithmetic, so the weights are equal bit
for bit. Whatever else an optimizer can be told to do (clipping, averages, accumulation, …) stays an effect.
"""

import numpy as np

from minikeras.autodiff.variable import Variable
from minikeras.kernels.tasks import address_of
from minikeras.optimizers.one_pass import numbers_of_decay, rule_of
from minikeras.plans.bindings import binding_of
from minikeras.plans.instructions import Instruction, TensorAt
from minikeras.plans.lower import LOWERINGS, Lowering

# Settings of `Optimizer` under which a step is weight decay and the bare rule.
PLAIN = {
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


class Update(Instruction):
    """All variables moved by their gradients.

    Args:
        optimizer: the optimizer.
        pairs: [(slot of the gradient, Variable)].
    """

    def __init__(self, optimizer, pairs):
        self.optimizer = optimizer
        self.rule, slots, _ = rule_of(optimizer, np.float32(1))
        self.reads = tuple(slot for slot, _ in pairs)
        places = [optimizer._get_variable_index(variable) for _, variable in pairs]
        self.variables = [
            [variable, *[kind[i] for kind in slots]] for (_, variable), i in zip(pairs, places, strict=True)
        ]
        self.settings = settings_of(optimizer)

    @property
    def written(self):
        """All Variables that it changes."""
        return [variable for group in self.variables for variable in group]

    def is_current(self):
        """Whether the optimizer was told nothing new since."""
        return settings_of(self.optimizer) == self.settings

    @property
    def decaying(self):
        """For each variable, whether its weights decay."""
        decays = self.optimizer.weight_decay is not None
        return [decays and self.optimizer._use_weight_decay(variable) for variable, *_ in self.variables]

    def run(self, values):
        self.optimizer.apply([values[slot] for slot in self.reads], [variable for variable, *_ in self.variables])

    def numbers(self):
        """The numbers of this step, which counts from now on: those of the rule, weight_decay, learning rate."""
        learning_rate = self.optimizer.learning_rate
        if type(learning_rate) is Variable:
            learning_rate = learning_rate.array  # several times quicker than the Variable itself
        learning_rate = np.float32(learning_rate)
        self.optimizer._begin_step()
        _, _, numbers = rule_of(self.optimizer, learning_rate)
        self.optimizer._iterations.writable_array()[...] += 1
        return *numbers, *numbers_of_decay(self.optimizer, learning_rate)

    @property
    def title(self):
        return f"{self.optimizer.name}: {len(self.reads)} variables"


def settings_of(optimizer):
    """The settings on which the form of an update depends."""
    own = vars(optimizer)
    return [own.get(name) for name in (*SETTINGS, *optimizer.hyperparameters)]


SETTINGS = (*PLAIN, "weight_decay", "_excluded_from_weight_decay")


def as_update(effect, slots):
    """The `Update` that does what a traced effect does; None if it is no plain step of a known optimizer."""
    optimizer = getattr(effect.function, "__self__", None)
    if getattr(effect.function, "__name__", "") != "apply_gradients" or not _has_rule(optimizer):
        return None
    if any(getattr(optimizer, name, plain) not in (plain, 0) for name, plain in PLAIN.items()):
        return None
    pairs = []
    for gradient, variable in effect.args[0]:
        fits = (
            isinstance(gradient, TensorAt)
            and isinstance(variable, Variable)
            and variable.constraint is None
            and not variable.overwrite_with_gradient
            and slots[gradient.slot].dtype == variable.array.dtype == np.float32
            and slots[gradient.slot].shape == variable.shape
        )
        if not fits:
            return None
        pairs.append((gradient.slot, variable))
    return Update(optimizer, pairs) if pairs else None


def _has_rule(optimizer):
    """Whether an optimizer is one of ours (those derived from them may change other parts of a step) with a rule."""
    return type(optimizer).__module__.startswith("minikeras.optimizers.") and rule_of(optimizer, np.float32(1))


class Prepare:
    """A step that works out the numbers of an update and tells them to its job.

    Attributes:
        update: the `Update`.
        told: the numbers that the job reads, once the plan has made it.
    """

    reads = writes = last_uses = ()
    title = "learning rate"

    def __init__(self, update):
        self.update = update
        self.told = None

    def run(self, values):
        self.told[:] = self.update.numbers()


def lowered(update, slots):
    """The `Lowering` of an update to jobs for all variables."""
    prepare = Prepare(update)

    def jobs(arrays):
        addresses = []
        for slot, (variable, *own) in zip(update.reads, update.variables, strict=True):
            places = [binding_of(v).address for v in own]
            addresses.append([binding_of(variable).address, address_of(arrays[slot]), *places])
        whole = update.rule.jobs([arrays[slot].shape for slot in update.reads], update.decaying)
        whole.fill(addresses)
        prepare.told = whole.numbers
        return whole.jobs

    return Lowering(jobs, update.reads, (), written=update.written, prepare=prepare)


LOWERINGS[Update] = lowered
