"""The optimizer's step as part of a program, for the rules that have a kernel: SGD, RMSprop, Adam, AdamW.

On the tape an optimizer looks at each variable by itself: shape, dtype, holders, slots, the step size. In a plan all of
that is known, and one instruction does all variables, with the same kernels in the same order of arithmetic, so the
weights are equal bit for bit. Whatever else an optimizer can be told to do (clipping, averages, accumulation, …) stays
an effect.
"""

from typing import NamedTuple

import numpy as np

from minikeras.autodiff.variable import Variable
from minikeras.kernels.optimizer_jobs import (
    adam_pieces,
    decay_pieces,
    pieces,
    rmsprop_pieces,
    sgd_momentum_pieces,
    sgd_nesterov_pieces,
    sgd_pieces,
)
from minikeras.kernels.optimizers import adam, rmsprop, sgd, sgd_momentum, sgd_nesterov
from minikeras.kernels.tasks import address_of
from minikeras.optimizers import SGD, Adam, AdamW, RMSprop
from minikeras.optimizers.rounding import rounded
from minikeras.plans.bindings import binding_of
from minikeras.plans.instructions import Instruction, TensorAt
from minikeras.plans.lower import LOWERINGS, Lowering

# Settings of `Optimizer` under which a step is the bare rule, and those of the rules themselves.
PLAIN = {
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
    "amsgrad": False,
    "centered": False,
}


class Rule(NamedTuple):
    """How an optimizer changes variables.

    Attributes:
        slots: optimizer -> lists of slots, one list for each kind.
        numbers: (optimizer, learning rate, one of the variables) -> the numbers that the kernels want.
        kernel: optimizer -> function(variable, gradient, *slots, *numbers) on arrays.
        task_kernel: optimizer -> the same for all variables in one job (see `kernels/optimizer_jobs.py`).
        job_numbers: (optimizer, *numbers) -> the numbers that the job wants.
    """

    slots: object
    numbers: object
    kernel: object
    task_kernel: object
    job_numbers: object


def _sgd_kernel(optimizer):
    return (sgd_nesterov if optimizer.nesterov else sgd_momentum) if optimizer.momentum else sgd


def _sgd_task_kernel(optimizer):
    return (sgd_nesterov_pieces if optimizer.nesterov else sgd_momentum_pieces) if optimizer.momentum else sgd_pieces


def _sgd_numbers(optimizer, learning_rate, variable):
    real = variable.array.dtype.type
    lr = real(learning_rate)
    return (lr, rounded(optimizer.momentum, real)) if optimizer.momentum else (lr,)


def _adam_numbers(optimizer, learning_rate, variable):
    real = variable.array.dtype.type
    step = optimizer._iterations.array.item() + 1
    return optimizer._step_size(real(learning_rate), real(step)), optimizer.beta_1, optimizer.beta_2, optimizer.epsilon


_ADAM = Rule(
    slots=lambda o: (o._momentums, o._velocities),
    numbers=_adam_numbers,
    kernel=lambda o: adam,
    task_kernel=lambda o: adam_pieces,
    job_numbers=lambda alpha, beta_1, beta_2, epsilon: (alpha, 1 - beta_1, 1 - beta_2, epsilon),
)
RULES = {
    SGD: Rule(
        slots=lambda o: (o.momentums,) if o.momentum else (),
        numbers=_sgd_numbers,
        kernel=_sgd_kernel,
        task_kernel=_sgd_task_kernel,
        job_numbers=lambda *numbers: numbers,
    ),
    RMSprop: Rule(
        slots=lambda o: (o._velocities,),
        numbers=lambda o, lr, variable: (variable.array.dtype.type(lr), o.rho, o.epsilon),
        kernel=lambda o: rmsprop,
        task_kernel=lambda o: rmsprop_pieces,
        job_numbers=lambda lr, rho, epsilon: (lr, rho, 1 - rho, epsilon),
    ),
    Adam: _ADAM,
    AdamW: _ADAM,
}


class Update(Instruction):
    """All variables moved by their gradients.

    Args:
        optimizer: the optimizer.
        pairs: [(slot of the gradient, Variable)].
    """

    def __init__(self, optimizer, pairs):
        self.optimizer = optimizer
        self.rule = RULES[type(optimizer)]
        self.reads = tuple(slot for slot, _ in pairs)
        places = [optimizer._get_variable_index(variable) for _, variable in pairs]
        slots = self.rule.slots(optimizer)
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
        """The Variables whose weights decay."""
        if self.optimizer.weight_decay is None:
            return []
        return [variable for variable, *_ in self.variables if self.optimizer._use_weight_decay(variable)]

    def run(self, values):
        learning_rate = self.learning_rate()
        self._decay(float(learning_rate))
        numbers = self.numbers(learning_rate)
        kernel = self.rule.kernel(self.optimizer)
        for slot, (variable, *slots) in zip(self.reads, self.variables, strict=True):
            kernel(variable._tensor.array, values[slot], *[v._tensor.array for v in slots], *numbers)

    def learning_rate(self):
        """That of this step."""
        learning_rate = self.optimizer.learning_rate
        if type(learning_rate) is Variable:
            return learning_rate.array[()]  # a NumPy scalar: several times quicker than the Variable itself
        return learning_rate

    def numbers(self, learning_rate):
        """What the kernel wants in this step, which counts from now on."""
        numbers = self.rule.numbers(self.optimizer, learning_rate, self.variables[0][0])
        self.optimizer._iterations.writable_array()[...] += 1
        return numbers

    def _decay(self, learning_rate):
        """w ← w − w · weight_decay · lr, as `WeightDecay` does it."""
        for variable in self.decaying:
            array = variable._tensor.array
            real = array.dtype.type
            array -= array * rounded(self.optimizer.weight_decay, real) * real(learning_rate)

    @property
    def title(self):
        return f"{self.optimizer.name}: {len(self.reads)} variables"


def settings_of(optimizer):
    """The settings on which the form of an update depends."""
    return tuple(map(vars(optimizer).get, SETTINGS))


SETTINGS = (*PLAIN, "momentum", "nesterov", "weight_decay", "_excluded_from_weight_decay")


def as_update(effect, slots):
    """The `Update` that does what a traced effect does; None if it is no plain step of a known optimizer."""
    optimizer = getattr(effect.function, "__self__", None)
    if type(optimizer) not in RULES or getattr(effect.function, "__name__", "") != "apply_gradients":
        return None
    if any(getattr(optimizer, name, plain) not in (plain, 0) for name, plain in PLAIN.items()):
        return None
    if type(optimizer) is RMSprop and optimizer.momentum > 0:
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


class Prepare:
    """A step that works out the numbers of an update and tells them to its jobs.

    Attributes:
        kernels: of the jobs: weight decay, if there is any, and the rule.
        names: for each, the names of its numbers.
        jobs: the jobs, once the plan has made them.
    """

    reads = writes = last_uses = ()
    title = "learning rate"

    def __init__(self, update):
        self.update = update
        self.decays = bool(update.decaying)
        rule = update.rule.task_kernel(update.optimizer)
        self.kernels = [decay_pieces, rule] if self.decays else [rule]
        self.names = [[name for name, (position, _) in k.places.items() if position > 0] for k in self.kernels]
        self.jobs = []
        self.forget()

    def numbers(self):
        """What each job wants in this step, which counts from now on."""
        learning_rate = self.update.learning_rate()
        numbers = self.update.rule.job_numbers(*self.update.numbers(learning_rate))
        return [(self.update.optimizer.weight_decay, float(learning_rate)), numbers] if self.decays else [numbers]

    def forget(self):
        """Tell the jobs all numbers at the next step: somebody else has told them others."""
        self.told = [[None] * len(names) for names in self.names]

    def run(self, values):
        for job, names, told, numbers in zip(self.jobs, self.names, self.told, self.numbers(), strict=True):
            for i, number in enumerate(numbers):
                if number != told[i]:  # most never change
                    job.set(**{names[i]: number})
                    told[i] = number


def lowered(update, slots):
    """The `Lowering` of an update to one job for all variables, or two if weights decay."""
    prepare = Prepare(update)

    def jobs(arrays):
        addresses, sizes = [], []
        for slot, (variable, *own) in zip(update.reads, update.variables, strict=True):
            places = [binding_of(v).address for v in own]
            addresses.append([binding_of(variable).address, address_of(arrays[slot]), *places])
            sizes.append(arrays[slot].size)
        tables = [pieces(addresses, sizes)]
        if prepare.decays:
            own = [binding_of(variable) for variable in update.decaying]
            tables.insert(0, pieces([[b.address] for b in own], [b.tensor.array.size for b in own]))
        prepare.jobs = [
            kernel.job(len(table), table, *[0.0] * len(names))
            for kernel, table, names in zip(prepare.kernels, tables, prepare.names, strict=True)
        ]
        return prepare.jobs

    return Lowering(jobs, update.reads, (), written=update.written, prepare=prepare)


LOWERINGS[Update] = lowered
