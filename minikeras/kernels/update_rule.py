"""`UpdateRule`: what becomes of an optimizer's formula.

A formula is written once, for a weight w, its gradient g, and what the optimizer remembers of that weight (its slots):

    @update_rule(slots=1)
    def sgd_momentum(w, g, m, learning_rate, momentum):
        m = m * momentum - g * learning_rate
        return w + m, m

On whole arrays it is the NumPy reference. In place of `rule` in the loops below it is compiled: NumPy makes one pass
over memory for each operation, the loop makes one in all. The loops stand here once for each number of slots, since
compiled code knows no lists of arrays.

What it takes of a gradient, its parameters say: g, g² by the name `square`, or others of the `TERMS` of
`row_updates.py`. Where several gradients are for one row of a table, these are sums over them: the square of a sum
would be another number.

Nanoseconds per weight of a million, one thread, AVX-512 (Sapphire Rapids): SGD 0.27, Adam 0.55, Adadelta 0.55, amsgrad
0.66, Nadam 0.79. That is how fast memory is; a loop written by hand for one formula takes as long.

Trap: a formula must hold no literal numbers, such as 2 or 0.5. In compiled code they are float64 or int64, and make
float64 of what they meet, where NumPy keeps float32. Whatever is needed comes in as one of the numbers.
"""

import types
from itertools import takewhile

import numpy as np

from minikeras.kernels.addresses import floats_at, tuple_of
from minikeras.kernels.optimizer_jobs import DECAYS, LENGTH, UpdateJobs
from minikeras.kernels.registry import Subroutine, kernel, subroutine
from minikeras.kernels.row_updates import TERMS, in_turn, rows, sum_of_rows
from minikeras.kernels.tasks import floats, integers, task_kernel


class UpdateRule:
    """An optimizer's formula and what is made of it.

    Args:
        formula: function (w, one or two terms, *slots, *numbers) -> tuple (new w, *new slots).
        slots: how many slots there are.
        of_rows: the same for sums over the gradients of a row; `formula` if None, unless `in_turn` does it all.
        in_turn: up to two such functions of g, for each gradient of a row in turn after that.

    Attributes:
        numbers: names of the numbers.
        reference: function (variable, gradient, *slots, *numbers) that changes arrays of any dtype in place, in NumPy.
        kernel: the same for flat arrays of float32 or float64, compiled.
        pieces: the task kernel that does a piece of a variable (see `optimizer_jobs.py`).
        rows: the task kernel that does some rows of a table (see `row_updates.py`).
    """

    def __init__(self, formula, slots, of_rows=None, in_turn=()):
        self.name, self.module = formula.__name__, formula.__module__
        self.__doc__ = formula.__doc__
        self.slots = slots
        taken = terms_of(formula)
        first = 1 + len(taken) + slots
        self.numbers = formula.__code__.co_varnames[first : formula.__code__.co_argcount]
        whole = self._of_gradient(formula, taken)
        self.reference = _reference(whole, slots)
        loop = self._copy(LOOPS[slots], "flat", rule=Subroutine(whole))
        loop.__doc__ = formula.__doc__
        self.kernel = kernel(reference=self.reference, when=_applies)(loop)
        self.pieces = task_kernel(self._copy(PARTS[slots], "pieces", ".", flat=self.kernel))
        self.rows = self._row_kernel(of_rows if in_turn else of_rows or formula, in_turn)

    def _of_gradient(self, formula, taken):
        """The formula as a function (w, g, *slots, *numbers)."""
        if taken == ["g"]:
            return formula
        parts = {f"{which}_term": TERMS[name] for which, name in zip(("first", "second"), taken, strict=False)}
        function = of_two_terms if len(taken) > 1 else of_one_term
        whole = self._copy(function, "whole", formula=Subroutine(formula), slots=self.slots, **parts)
        whole.__doc__ = formula.__doc__
        return whole

    def _row_kernel(self, formula, passes):
        parts = {}
        if formula is not None:
            parts["by_sums"] = self._row_loop(formula, "by_sums")
            for name, term in zip(("first_sum", "second_sum"), terms_of(formula), strict=False):
                parts[name] = Subroutine(self._copy(sum_of_rows, name, term=TERMS[term]))
        for name, one_pass in zip(("first_pass", "second_pass"), passes, strict=False):
            parts[name] = Subroutine(self._copy(in_turn, name, flat=self._row_loop(one_pass, f"{name}_loop")))
        return task_kernel(self._copy(rows, "rows", ".", **parts))

    def _row_loop(self, formula, name):
        if len(terms_of(formula)) == 1:
            formula = self._copy(of_first_sum, f"{name}_rule", formula=Subroutine(formula))
        return Subroutine(self._copy(ROW_LOOPS[self.slots], name, rule=Subroutine(formula)))

    def _copy(self, function, name, between="_", **values):
        """A function of this file or of `row_updates.py` as this rule's own."""
        name = f"{self.name}{between}{name}"
        return with_globals(function, name, self.module, count=len(self.numbers), **values)

    def __call__(self, variable, gradient, *slots_and_numbers):
        """Change one variable and its slots: arrays of one shape and dtype, to which the numbers are rounded first."""
        slots, numbers = slots_and_numbers[: self.slots], slots_and_numbers[self.slots :]
        arrays = variable, gradient, *slots
        numbers = map(variable.dtype.type, numbers)
        if all(array.flags.c_contiguous for array in arrays):
            self.kernel(*[array.reshape(-1) for array in arrays], *numbers)
        else:  # the flat form would be a copy, and the update would be lost
            self.reference(*arrays, *numbers)

    def jobs(self, shapes, decaying):
        """The `UpdateJobs` for variables of these shapes."""
        return UpdateJobs(self, shapes, decaying)

    def __repr__(self):
        return f"<UpdateRule {self.name}>"


def update_rule(slots, **of_rows):
    """Decorator: a formula as an `UpdateRule`."""
    return lambda formula: UpdateRule(formula, slots, **of_rows)


def terms_of(formula):
    """The names of the terms that a formula takes: the parameters between w and the slots."""
    return list(takewhile(TERMS.__contains__, formula.__code__.co_varnames[1:]))


def _reference(formula, slots):
    def reference(variable, gradient, *slots_and_numbers):
        results = formula(variable, gradient, *slots_and_numbers)
        for array, result in zip((variable, *slots_and_numbers[:slots]), results, strict=True):
            np.copyto(array, result)

    reference.__doc__ = formula.__doc__
    return reference


def with_globals(function, name, module, **values):
    """The same function as a member of another module, in which some global names stand for other values."""
    copy = types.FunctionType(function.__code__, {**function.__globals__, **values}, name)
    copy.__qualname__, copy.__module__ = name, module
    copy.__annotations__ = function.__annotations__
    return copy


def _applies(variable, *_):
    # At every size from 10 numbers on the loop beats the reference: 0.6–0.8 µs against 1–4.5. At a million (float32,
    # AMD Zen 4) it takes 1/2 (SGD), 1/4 (RMSprop), 1/5 (Adam) of the time.
    return variable.dtype.char in "fd"


# --- what stands for a formula that takes other terms than the loops have -------------------------------------------

formula = first_term = second_term = None  # In the copies that each rule has, these names stand for its own,
slots = 0  # and for how many slots it has.


def of_one_term(w, g, *rest):
    return formula(w, first_term(g, *rest[slots:]), *rest)


def of_two_terms(w, g, *rest):
    return formula(w, first_term(g, *rest[slots:]), second_term(g, *rest[slots:]), *rest)


def of_first_sum(w, first_sum, second_sum, *rest):
    return formula(w, first_sum, *rest)


# --- the loops over flat arrays -------------------------------------------------------------------------------------

rule = flat = None  # In the copies of what follows that each rule has, these names stand for its own formula and loop,
count = 0  # and for how many numbers they take.


def _no_slot(w, g, *numbers):
    for i in range(w.size):
        (w[i],) = rule(w[i], g[i], *numbers)


def _one_slot(w, g, a, *numbers):
    for i in range(w.size):
        w[i], a[i] = rule(w[i], g[i], a[i], *numbers)


def _two_slots(w, g, a, b, *numbers):
    for i in range(w.size):
        w[i], a[i], b[i] = rule(w[i], g[i], a[i], b[i], *numbers)


def _three_slots(w, g, a, b, c, *numbers):
    for i in range(w.size):
        w[i], a[i], b[i], c[i] = rule(w[i], g[i], a[i], b[i], c[i], *numbers)


def _no_slot_of_rows(w, first, second, a, b, c, *numbers):
    for i in range(w.size):
        (w[i],) = rule(w[i], first[i], second[i], *numbers)


def _one_slot_of_rows(w, first, second, a, b, c, *numbers):
    for i in range(w.size):
        w[i], a[i] = rule(w[i], first[i], second[i], a[i], *numbers)


def _two_slots_of_rows(w, first, second, a, b, c, *numbers):
    for i in range(w.size):
        w[i], a[i], b[i] = rule(w[i], first[i], second[i], a[i], b[i], *numbers)


def _three_slots_of_rows(w, first, second, a, b, c, *numbers):
    for i in range(w.size):
        w[i], a[i], b[i], c[i] = rule(w[i], first[i], second[i], a[i], b[i], c[i], *numbers)


ROW_LOOPS = (_no_slot_of_rows, _one_slot_of_rows, _two_slots_of_rows, _three_slots_of_rows)
LOOPS = (_no_slot, _one_slot, _two_slots, _three_slots)

# --- the same for a piece of a variable, which a row of a table describes --------------------------------------------


@subroutine
def weights_of(row, weight_decay, learning_rate):
    """The weights of a piece after their decay, w ← w − w · weight_decay · lr.

    They are still in the cache for what follows, so Adam on a million weights takes as long with decay as without.
    """
    w = floats_at(row[0], row[LENGTH])
    if row[DECAYS]:
        for i in range(w.size):
            w[i] -= w[i] * weight_decay * learning_rate
    return w


def _part_no_slot(task, table: integers(2), numbers: floats(1)):
    row = table[task]
    w = weights_of(row, numbers[count], numbers[count + 1])
    flat(w, floats_at(row[1], w.size), *tuple_of(numbers, count))


def _part_one_slot(task, table: integers(2), numbers: floats(1)):
    row = table[task]
    w = weights_of(row, numbers[count], numbers[count + 1])
    flat(w, floats_at(row[1], w.size), floats_at(row[2], w.size), *tuple_of(numbers, count))


def _part_two_slots(task, table: integers(2), numbers: floats(1)):
    row = table[task]
    w = weights_of(row, numbers[count], numbers[count + 1])
    g, a, b = floats_at(row[1], w.size), floats_at(row[2], w.size), floats_at(row[3], w.size)
    flat(w, g, a, b, *tuple_of(numbers, count))


def _part_three_slots(task, table: integers(2), numbers: floats(1)):
    row = table[task]
    w = weights_of(row, numbers[count], numbers[count + 1])
    g, a, b = floats_at(row[1], w.size), floats_at(row[2], w.size), floats_at(row[3], w.size)
    flat(w, g, a, b, floats_at(row[4], w.size), *tuple_of(numbers, count))


PARTS = (_part_no_slot, _part_one_slot, _part_two_slots, _part_three_slots)
