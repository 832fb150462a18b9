"""The optimizer's update as part of a program, for optimizers that follow their `rule` (see `optimizers/__init__.py`).

On the tape an optimizer inspects each variable: shape, dtype, references, slots. In a plan all of this is known
(`optimizers/rule_step.py`), and one instruction updates all variables, with the same rule in the same order of
arithmetic, so the weights are equal bit for bit. If asked for, jobs before it clip gradients and jobs after it update
moving averages and apply constraints; where norms are computed, weights are equal up to rounding. Other features of an
optimizer (accumulation, a user's constraint or `update_step`) remain an effect, in Python in every step.
"""

import math
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.variable import Variable, constraints_of
from minikeras.base import replay
from minikeras.constraints import Constraint
from minikeras.kernels.clipping_jobs import ClippedGradients
from minikeras.kernels.optimizer_jobs import AverageJobs
from minikeras.kernels.row_updates import has_row_jobs, row_update_jobs
from minikeras.kernels.update_rule import UpdateRule
from minikeras.optimizers.rule_step import RuleStep, averages_of, optimizer_of_rule_step
from minikeras.optimizers.summing import join_rows
from minikeras.plans.bindings import binding_of
from minikeras.plans.collective import joined_rows
from minikeras.plans.instructions import Effect, Gradient, Instruction, TensorAt
from minikeras.plans.lower import LOWERINGS, Lowering, all_float32


class Rows(NamedTuple):
    """The gradient of a table whose rows were read, as buffers: their indices, and the gradient of each."""

    index: int
    dy: int


class Update(Instruction):
    """All variables updated by their gradients.

    Args:
        optimizer: the optimizer.
        pairs: [(buffer of the gradient, or `Rows`, Variable)].

    Attributes:
        gradients: the first of each pair.
        variables: for each, the Variable and its slots in the optimizer.
        decaying: for each, whether its weights decay.
        averages: [(Variable, its moving average)].
    """

    def __init__(self, optimizer, pairs):
        self.step = RuleStep(optimizer, [variable for _, variable in pairs])
        self.optimizer, self.rule, self.variables = optimizer, self.step.rule, self.step.variables
        self.averages, self.decaying = self.step.averages, self.step.decaying
        self.gradients = [gradient for gradient, _ in pairs]
        self.reads = tuple(
            buffer for gradient in self.gradients for buffer in (gradient if type(gradient) is Rows else (gradient,))
        )
        self._constraints = self._constraints_now()

    @property
    def written(self):
        """All Variables that it changes."""
        return [variable for group in [*self.variables, *self.averages] for variable in group]

    def is_current(self):
        """Whether the optimizer still has the same rule and constraints, with the same settings."""
        return self.step.is_current() and self._constraints_now() == self._constraints

    def _constraints_now(self):
        return settings_of_constraints([variable for variable, *_ in self.variables])

    def run(self, values):
        gradients = []
        for gradient, (variable, *_) in zip(self.gradients, self.variables, strict=True):
            if type(gradient) is Rows:
                index, dy = _index_and_rows(gradient, values, variable.shape)
                gradients.append(IndexedSlices(dy.reshape(-1, *variable.shape[1:]), index, variable.shape))
            else:
                gradients.append(values[gradient])
        self.optimizer.apply(gradients, [variable for variable, *_ in self.variables])

    def next_scalars(self):
        """The scalars of this step, after incrementing the step count: for each of `Prepare.scalar_arrays` a tuple."""
        return self.step.next_scalars()

    @property
    def title(self):
        return f"{self.optimizer.name}: {len(self.reads)} variables"


def _index_and_rows(gradient, arrays, shape):
    """The row indices of a `Rows` as a vector, and the gradients as a matrix."""
    index, dy = arrays[gradient.index].reshape(-1), arrays[gradient.dy].reshape(-1, math.prod(shape[1:]))
    return np.ascontiguousarray(index), np.ascontiguousarray(dy)


LIMITS = ("clipnorm", "global_clipnorm", "clipvalue")  # the first that is set applies


def with_updates(instructions, buffers, kept):
    """Replace the traced updates of known optimizers by `Update`s, where jobs can compute them.

    Instructions that only collect a table's rows for such an update are dropped: the update does it. If several ranks
    have read rows of the table, the rows of all are joined for the update.
    """
    rows = {i.writes[0]: Rows(i.inputs[1], i.dys[0]) for i in instructions if _makes_rows(i)}
    joins = {}  # buffer of a table's joined gradient -> the instruction that joins the rows for an update
    for i in instructions:
        if type(i) is Effect and i.function is join_rows and i.reads[0] in rows:
            joined = joined_rows(i, rows[i.reads[0]], buffers)
            if joined is not None:
                joins[i.writes[0]] = joined
                rows[i.writes[0]] = Rows(*joined.writes)
    updated = [_as_update(i, buffers, rows) if isinstance(i, Effect) else i for i in instructions]
    wanted = {buffer for instruction in updated for buffer in instruction.reads} | set(kept)
    updated = [joins[i.writes[0]] if _is_in(i.writes, joins) and i.writes[0] not in wanted else i for i in updated]
    wanted = {buffer for instruction in updated for buffer in instruction.reads} | set(kept)
    return [i for i in updated if not _makes_rows(i) or i.writes[0] in wanted]


def _is_in(writes, joins):
    return len(writes) == 1 and writes[0] in joins


def _makes_rows(instruction):
    """Whether it is the gradient of reading rows along the first axis, as rows."""
    return isinstance(instruction, Gradient) and instruction.op.gives_rows(instruction.call.input_shapes)


def _as_update(effect, buffers, rows):
    """The `Update` that replaces a traced effect; the effect itself if jobs cannot compute it."""
    optimizer = optimizer_of_rule_step(effect.function)
    if optimizer is None or not optimizer.rule.can_compile or optimizer.gradient_accumulation_steps:
        return effect
    if any(variable.array.dtype != np.float32 for pair in averages_of(optimizer) for variable in pair):
        return effect
    pairs = []
    for gradient, variable in effect.args[0]:
        fits = (
            isinstance(gradient, TensorAt)
            and isinstance(variable, Variable)
            and can_constrain(variable)
            and not variable.overwrite_with_gradient
            and variable.array.dtype == np.float32
        )
        if not fits:
            return effect
        source = gradient.buffer
        if source in rows:
            source = _rows_for(optimizer, rows[source], buffers)
        elif buffers[source].dtype != np.float32 or buffers[source].shape != variable.shape:
            source = None
        if source is None:
            return effect
        pairs.append((source, variable))
    return Update(optimizer, pairs) if pairs else effect


def _rows_for(optimizer, rows, buffers):
    """The `Rows` if an optimizer's rule can use them; else None."""
    rule = optimizer.rule
    if not isinstance(rule, UpdateRule) or not has_row_jobs(rule, optimizer.rule_scalars_now(np.float32(1))):
        return None
    fits = buffers[rows.index].dtype in (np.int32, np.int64) and all_float32(buffers, (rows.dy,))
    return rows if fits else None


class Prepare:
    """A step that computes the scalars of an update and writes them to the arrays that its jobs read.

    Attributes:
        update: the `Update`.
        scalar_arrays: the arrays of scalars that the jobs read, set by the plan: for the rule, for the averages.
    """

    reads = writes = last_uses = ()
    title = "learning rate"

    def __init__(self, update):
        self.update = update
        self.scalar_arrays = []

    def run(self, values):
        for scalar_arrays, next_scalars in zip(self.scalar_arrays, self.update.next_scalars(), strict=True):
            scalar_arrays[:] = next_scalars


def lowered(update, buffers):
    """The `Lowering` of an update to jobs for all variables, and more for each table whose rows were read."""
    prepare = Prepare(update)

    def jobs(arrays):
        groups = list(zip(update.gradients, update.variables, update.decaying, strict=True))
        indices, gradients = zip(*[_index_and_gradient(*group[:2], arrays) for group in groups], strict=True)
        clip, gradients = clipping(update.optimizer, gradients)
        together = list(zip(indices, gradients, groups, strict=True))
        whole = [part for part in together if part[0] is None]
        step = update.rule.jobs([g.shape for _, g, _ in whole], [decays for _, _, (_, _, decays) in whole])
        prepare.scalar_arrays = [step.scalars]
        made = list(clip)
        if whole:
            given = []
            for _, gradient, (_, variables, _) in whole:
                own, *slots = _arrays(variables)
                given += [own, gradient, *slots]
            step.point_to(given)
            made += step.jobs
        for index, rows, (_, variables, decays) in together:
            if index is not None:
                flat = [array.reshape(-1) for array in _arrays(variables)]
                summed = limit_of(update.optimizer) == "global_clipnorm"  # see `optimizers/gradients.py`
                made += row_update_jobs(update.rule, index, rows, step.scalars, decays, *flat, summed=summed)
        if update.averages:
            average = AverageJobs([variable.shape for variable, _ in update.averages])
            average.point_to([array for pair in update.averages for array in _arrays(pair)])
            prepare.scalar_arrays.append(average.scalars)
            made += average.jobs
        for variable, *_ in update.variables:
            made += constraint_jobs(variable, binding_of(variable).tensor.array)
        return made

    return Lowering(jobs, update.reads, (), written=update.written, prepare=prepare)


def _index_and_gradient(gradient, variables, arrays):
    """(None, the gradient) of a variable, or (row indices, their gradients) of a table."""
    if type(gradient) is Rows:
        return _index_and_rows(gradient, arrays, variables[0].shape)
    return None, arrays[gradient]


def _arrays(variables):
    return [binding_of(variable).tensor.array for variable in variables]


def limit_of(optimizer):
    """The name of the limit by which an optimizer clips gradients, or None."""
    return next((name for name in LIMITS if (getattr(optimizer, name) or 0) > 0), None)


def clipping(optimizer, gradients):
    """The jobs that unscale and clip these arrays, and the results: the arrays themselves if there are no jobs."""
    kind = limit_of(optimizer)
    if kind is None and optimizer.loss_scale_factor is None:
        return [], gradients
    scale = 1.0 if optimizer.loss_scale_factor is None else optimizer.loss_scale_factor
    clipped = ClippedGradients([g.size for g in gradients], kind, getattr(optimizer, kind) if kind else 0.0, scale)
    clipped.point_to(gradients)
    return clipped.jobs, [result.reshape(g.shape) for result, g in zip(clipped.results, gradients, strict=True)]


def can_constrain(variable):
    """Whether jobs can apply a Variable's constraint, or it has none."""
    return constraint_jobs(variable, variable.array) is not None


def constraint_jobs(variable, array):
    """The jobs that apply a Variable's constraint to its array; None if jobs cannot."""
    constraint = variable.constraint
    if constraint is None or not array.size:
        return []
    if not isinstance(constraint, Constraint):
        return None
    where = next(base for base in type(constraint).__mro__ if "jobs" in vars(base))
    return None if replay.overridden(type(constraint), where) else constraint.jobs(array)


def settings_of_constraints(variables):
    """The settings that must be unchanged for the jobs to be valid."""
    return [None if c is None else (type(c), dict(vars(c))) for c in constraints_of(variables)]


LOWERINGS[Update] = lowered
