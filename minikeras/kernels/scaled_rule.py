"""`ScaledRule`: an optimizer's step scaled by the root mean squares of the whole variable and the whole step.

    u, slots ← an `UpdateRule`,   w ← w − scale · u      where the scale depends on the root mean squares of w and u

Two passes over memory: the second begins when the first has added up all squares. Each chunk sums its own, and the sums
of a variable's chunks are added in order, whichever thread computed them.
"""

import math
from functools import cached_property

import numpy as np

from minikeras.kernels.addresses import floats_at, tuple_of
from minikeras.kernels.optimizer_jobs import LENGTH, add_up, chunks_of, spans_of, sum_of_squares, table_of_chunks
from minikeras.kernels.registry import Subroutine
from minikeras.kernels.rule_copies import can_compile, name_and_module, with_globals
from minikeras.kernels.tasks import floats, integers, task_kernel
from minikeras.kernels.update_loops import weights_of

STEP = LENGTH - 1  # the column of a table with the address of u


class ScaledRule:
    """Two formulas, and the kernels generated from them.

    Args:
        name: of the module variable that it is assigned to.
        direction: an `UpdateRule` with two slots; the new value of its "variable" u does not depend on the old one.
        scale: function (root mean square of w, that of u, *scalars) -> scale.

    Attributes:
        slots, scalars: as in an `UpdateRule`; first the scalars of the direction, then those of the scale.
        first_pass, second_pass: task kernels.
    """

    def __init__(self, name, direction, scale):
        self.name, module = name_and_module(name, direction.formula, scale)
        self.__doc__ = direction.__doc__
        self.direction = direction
        self.scale = scale
        self.slots = direction.slots
        of_scale = scale.__code__.co_varnames[2 : scale.__code__.co_argcount]
        self.scalars = (*direction.scalars, *of_scale)
        named = {"flat": direction.flat, "scale": Subroutine(scale)}
        named |= {"count": len(direction.scalars), "count_of_scale": len(of_scale)}
        self.first_pass = task_kernel(with_globals(first_pass, f"{self.name}.first_pass", module, **named))
        self.second_pass = task_kernel(with_globals(second_pass, f"{self.name}.second_pass", module, **named))

    def __call__(self, variable, gradient, *slots_and_scalars):
        """Change one variable and its slots: arrays of one shape and dtype."""
        slots, scalars = slots_and_scalars[: self.slots], slots_and_scalars[self.slots :]
        u = np.zeros_like(variable)
        self.direction(u, gradient, *slots, *scalars[: len(self.direction.scalars)])
        self._step(variable, u, scalars)

    def update_rows(self, index, values, arrays, scalars):
        """Change a table and its slots, where only some rows were read."""
        variable, *slots = arrays
        u = np.zeros_like(variable)
        self.direction.update_rows(index, values, (u, *slots), scalars[: len(self.direction.scalars)])
        self._step(variable, u, scalars)

    def _step(self, variable, u, scalars):
        """w ← w − scale · u."""
        of_scale = map(variable.dtype.type, scalars[len(self.direction.scalars) :])
        sizes = [np.sqrt(np.mean(np.square(array))) for array in (variable, u)]
        variable -= self.scale(*sizes, *of_scale) * u

    @cached_property
    def can_compile(self):
        """Whether the step can be made by jobs."""
        formulas = self.direction.formula, self.scale
        return can_compile(self.name, formulas, (self.first_pass, self.second_pass))

    def jobs(self, shapes, decaying):
        """The jobs of one step for variables of these shapes, like `UpdateJobs`."""
        return ScaledJobs(self, shapes, decaying)

    def __repr__(self):
        return f"<ScaledRule {self.name}>"


class ScaledJobs:
    """The jobs of one step of a `ScaledRule`; see `UpdateJobs`."""

    def __init__(self, rule, shapes, decaying):
        sizes = list(map(math.prod, shapes))
        self.scalars = np.zeros(len(rule.scalars) + 2, np.float32)
        steps = [np.empty(size, np.float32) for size in sizes]
        table = table_of_chunks(sizes, 2 + rule.slots, decaying, steps)
        self.point_to = table.point_to
        sums, totals = (np.zeros((len(table.rows), 3), np.float32) for _ in range(2))
        self.jobs = [
            rule.first_pass.job(len(sums), table, sums, self.scalars),
            add_up.job(1, spans_of([i for i, *_ in chunks_of(sizes)]), sums, totals),
            rule.second_pass.job(len(sums), table, totals, self.scalars),
        ]


# --- the passes -------------------------------------------------------------------------------------------------------

flat = scale = None  # In each rule's copies, these names are bound to the loop of its direction, to its scale, and
count = count_of_scale = 0  # to their numbers of scalars.


def first_pass(task, table: integers(2), sums: floats(2), scalars: floats(1)):
    """Decay, u and the slots of one chunk; Σ w², Σ u² and their number of elements."""
    row = table[task]
    w = weights_of(row, scalars[count + count_of_scale], scalars[count + count_of_scale + 1])
    g, a, b = floats_at(row[1], w.size), floats_at(row[2], w.size), floats_at(row[3], w.size)
    u = floats_at(row[STEP], w.size)
    flat(u, g, a, b, *tuple_of(scalars, count))
    sums[task, 0], sums[task, 1], sums[task, 2] = sum_of_squares(w), sum_of_squares(u), w.size


def second_pass(task, table: integers(2), totals: floats(2), scalars: floats(1)):
    """w ← w − scale · u for one chunk."""
    w_squares, u_squares, size = tuple_of(totals[task], 3)
    factor = scale(np.sqrt(w_squares / size), np.sqrt(u_squares / size), *tuple_of(scalars[count:], count_of_scale))
    w, u = floats_at(table[task, 0], table[task, LENGTH]), floats_at(table[task, STEP], table[task, LENGTH])
    for i in range(w.size):
        w[i] -= factor * u[i]
