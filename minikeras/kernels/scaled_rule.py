"""`ScaledRule`: an optimizer's step whose length depends on how large the variable and the step are as a whole.

    u, slots ← an `UpdateRule`,   w ← w − scale · u      where the scale is made of the root mean squares of w and u

Two passes over memory: the second begins when the first has added up all squares. Each piece adds up its own, and the
sums of a variable's pieces are added in their order, whichever thread has made them.
"""

import math

import numpy as np

from minikeras.kernels.addresses import floats_at, tuple_of
from minikeras.kernels.memory import address_of
from minikeras.kernels.optimizer_jobs import LENGTH, add_up, sum_of_squares, table_of_pieces
from minikeras.kernels.registry import Subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel
from minikeras.kernels.update_rule import weights_of, with_globals

STEP = LENGTH - 1  # the column of a table with the address of u


class ScaledRule:
    """Two formulas, and what is made of them.

    Args:
        name: of the attribute of its module that it becomes.
        direction: an `UpdateRule` with two slots; what it does to the "variable" u does not depend on that.
        scale: function (root mean square of w, that of u, *numbers) -> scale.

    Attributes:
        slots, numbers: as those of an `UpdateRule`; the numbers are those of the direction, then those of the scale.
        first_pass, second_pass: task kernels.
    """

    def __init__(self, name, direction, scale):
        self.name = name
        self.__doc__ = direction.__doc__
        self.direction = direction
        self.scale = scale
        self.slots = direction.slots
        of_scale = scale.__code__.co_varnames[2 : scale.__code__.co_argcount]
        self.numbers = (*direction.numbers, *of_scale)
        named = {"flat": direction.kernel, "scale": Subroutine(scale)}
        named |= {"count": len(direction.numbers), "count_of_scale": len(of_scale)}
        self.first_pass = task_kernel(with_globals(first_pass, f"{name}.first_pass", direction.module, **named))
        self.second_pass = task_kernel(with_globals(second_pass, f"{name}.second_pass", direction.module, **named))

    def __call__(self, variable, gradient, *slots_and_numbers):
        """Change one variable and its slots: arrays of one shape and dtype."""
        slots, numbers = slots_and_numbers[: self.slots], slots_and_numbers[self.slots :]
        count = len(self.direction.numbers)
        u = np.empty_like(variable)
        self.direction(u, gradient, *slots, *numbers[:count])
        sizes = [np.sqrt(np.mean(np.square(array))) for array in (variable, u)]
        variable -= self.scale(*sizes, *map(variable.dtype.type, numbers[count:])) * u

    def jobs(self, shapes, decaying):
        """The jobs of one step for variables of these shapes, as `UpdateJobs` are."""
        return ScaledJobs(self, shapes, decaying)


class ScaledJobs:
    """The jobs of one step of a `ScaledRule`; see `UpdateJobs`."""

    def __init__(self, rule, shapes, decaying):
        sizes = list(map(math.prod, shapes))
        self.numbers = np.zeros(len(rule.numbers) + 2, np.float32)
        self._steps = [np.empty(size, np.float32) for size in sizes]
        self._table = table = table_of_pieces(sizes, 3 + rule.slots, decaying)
        sums, totals = (np.zeros((len(table.rows), 3), np.float32) for _ in range(2))
        self.jobs = [
            rule.first_pass.job(len(sums), table.rows, sums, self.numbers),
            add_up.job(1, table.spans, sums, totals),
            rule.second_pass.job(len(sums), table.rows, totals, self.numbers),
        ]
        self.jobs[0].holds = tuple(self._steps)

    def fill(self, addresses):
        """Set where the arrays lie: for each variable the addresses of its own, its gradient's and its slots'."""
        steps = map(address_of, self._steps)
        self._table.fill([[*own, step] for own, step in zip(addresses, steps, strict=True)])


# --- the passes -------------------------------------------------------------------------------------------------------

flat = scale = None  # In the copies that each rule has, these names stand for the loop of its direction, its scale, and
count = count_of_scale = 0  # how many numbers they take.


def first_pass(task, table: integers(2), sums: floats(2), numbers: floats(1)):
    """Decay, u and the slots of one piece; Σ w², Σ u² and how many there are."""
    row = table[task]
    w = weights_of(row, numbers[count + count_of_scale], numbers[count + count_of_scale + 1])
    g, a, b = floats_at(row[1], w.size), floats_at(row[2], w.size), floats_at(row[3], w.size)
    u = floats_at(row[STEP], w.size)
    flat(u, g, a, b, *tuple_of(numbers, count))
    sums[task, 0], sums[task, 1], sums[task, 2] = sum_of_squares(w), sum_of_squares(u), w.size


def second_pass(task, table: integers(2), totals: floats(2), numbers: floats(1)):
    """w ← w − scale · u for one piece."""
    w_squares, u_squares, size = tuple_of(totals[task], 3)
    factor = scale(np.sqrt(w_squares / size), np.sqrt(u_squares / size), *tuple_of(numbers[count:], count_of_scale))
    w, u = floats_at(table[task, 0], table[task, LENGTH]), floats_at(table[task, STEP], table[task, LENGTH])
    for i in range(w.size):
        w[i] -= factor * u[i]
