"""The optimizer's step as part of a program, for the optimizers that have a rule (`optimizers/one_pass.py`).

On the tape an optimizer looks at each variable by itself: shape, dtype, holders, slots. In a plan all of that is known,
and one instruction does all variables, with the same rule in the same order of arithmetic, so the weights are equal bit
for bit. Jobs before it clip gradients, jobs after it move averages, if the optimizer is to do so; clipping by norms is
equal to rounding. What else an optimizer can be told to do (accumulation, constraints, …) stays an effect.
"""

import numpy as np

from minikeras.autodiff.variable import Variable
from minikeras.kernels.clipping_jobs import ClippedGradients
from minikeras.kernels.optimizer_jobs import AverageJobs
from minikeras.kernels.tasks import address_of
from minikeras.optimizers.one_pass import numbers_of_decay, rule_of
from minikeras.plans.bindings import binding_of
from minikeras.plans.instructions import Instruction, TensorAt
from minikeras.plans.lower import LOWERINGS, Lowering


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
        self.averages = averages_of(optimizer)
        self.settings = settings_of(optimizer)

    @property
    def written(self):
        """All Variables that it changes."""
        return [variable for group in [*self.variables, *self.averages] for variable in group]

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
        """The numbers of this step, which counts from now on: for each of `Prepare.told` a tuple."""
        learning_rate = self.optimizer.learning_rate
        if type(learning_rate) is Variable:
            learning_rate = learning_rate.array  # several times quicker than the Variable itself
        learning_rate = np.float32(learning_rate)
        self.optimizer._begin_step()
        _, _, numbers = rule_of(self.optimizer, learning_rate)
        told = [(*numbers, *numbers_of_decay(self.optimizer, learning_rate))]
        if self.averages:
            told.append(self.optimizer._numbers_of_averages(np.float32))
        self.optimizer._iterations.writable_array()[...] += 1
        return told

    @property
    def title(self):
        return f"{self.optimizer.name}: {len(self.reads)} variables"


def settings_of(optimizer):
    """The settings on which the form of an update depends."""
    own = vars(optimizer)
    return [own.get(name) for name in (*SETTINGS, *optimizer.hyperparameters)]


LIMITS = ("clipnorm", "global_clipnorm", "clipvalue")  # the first that is set counts
SETTINGS = (
    *LIMITS,
    *("loss_scale_factor", "use_ema", "gradient_accumulation_steps", "weight_decay", "_excluded_from_weight_decay"),
)


def averages_of(optimizer):
    """[(Variable, its average)] of an optimizer that keeps averages."""
    return optimizer._averaged_variables(optimizer._trainable_variables) if optimizer.use_ema else []


def as_update(effect, slots):
    """The `Update` that does what a traced effect does; None if it is no step that jobs can make."""
    optimizer = getattr(effect.function, "__self__", None)
    if getattr(effect.function, "__name__", "") != "apply_gradients" or not _has_rule(optimizer):
        return None
    if optimizer.gradient_accumulation_steps:
        return None
    if any(variable.array.dtype != np.float32 for pair in averages_of(optimizer) for variable in pair):
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
    """A step that works out the numbers of an update and tells them to its jobs.

    Attributes:
        update: the `Update`.
        told: the arrays of numbers that the jobs read, once the plan has made them: for the rule, for the averages.
    """

    reads = writes = last_uses = ()
    title = "learning rate"

    def __init__(self, update):
        self.update = update
        self.told = []

    def run(self, values):
        for told, numbers in zip(self.told, self.update.numbers(), strict=True):
            told[:] = numbers


def lowered(update, slots):
    """The `Lowering` of an update to jobs for all variables."""
    prepare = Prepare(update)

    def jobs(arrays):
        gradients = [arrays[slot] for slot in update.reads]
        shapes = [gradient.shape for gradient in gradients]
        clip, addresses = clipping(update.optimizer, gradients)
        step = update.rule.jobs(shapes, update.decaying)
        step.fill(
            [
                [binding_of(variable).address, address, *[binding_of(v).address for v in own]]
                for (variable, *own), address in zip(update.variables, addresses, strict=True)
            ]
        )
        prepare.told = [step.numbers]
        if not update.averages:
            return [*clip, *step.jobs]
        average = AverageJobs([variable.shape for variable, _ in update.averages])
        average.fill([[binding_of(v).address for v in pair] for pair in update.averages])
        prepare.told.append(average.numbers)
        return [*clip, *step.jobs, *average.jobs]

    return Lowering(jobs, update.reads, (), written=update.written, prepare=prepare)


def clipping(optimizer, gradients):
    """The jobs that unscale and clip these arrays, and addresses of the results: of the arrays if there are no jobs."""
    addresses = list(map(address_of, gradients))
    kind = next((name for name in LIMITS if (getattr(optimizer, name) or 0) > 0), None)
    if kind is None and optimizer.loss_scale_factor is None:
        return [], addresses
    scale = 1.0 if optimizer.loss_scale_factor is None else optimizer.loss_scale_factor
    clipped = ClippedGradients([g.size for g in gradients], kind, getattr(optimizer, kind) if kind else 0.0, scale)
    clipped.fill(addresses)
    return clipped.jobs, clipped.addresses


LOWERINGS[Update] = lowered
