"""`UpdateRule`: an optimizer's formula, and the kernels generated from it.

A formula is written once, for a weight w, its gradient g, the optimizer's state for that weight (its slots), and
scalars:

    @update_rule(slots=1)
    def sgd_momentum(w, step, m, learning_rate, momentum):
        m = m * momentum - step
        return w + m, m

It runs in three forms, with results equal bit for bit:

    on whole arrays, in NumPy      `rule.reference`: the definition, for any dtype, and what a debugger steps into
    weight by weight, compiled     `rule.chunks`, variables chunk by chunk (`optimizer_jobs.py`)
    for the rows of a table        `rule.update_rows`, compiled in `rule.rows` (`row_updates.py`)

NumPy makes one pass over memory for each operation, the loops of `update_loops.py` make one pass in total.

The parameters between w and the slots name the terms of a gradient that the formula takes: g itself, g² by the name
`square`, or others of the `TERMS`. If a row of a table has several gradients, the terms are sums
over them: the square of a sum would be another value.

Nanoseconds per weight of a million, one thread, AVX-512 (Sapphire Rapids): SGD 0.27, Adam 0.55, Adadelta 0.55, amsgrad
0.66, Nadam 0.79. That is the memory bandwidth; a hand-written loop for one formula takes as long.
"""

import dis
from functools import cached_property
from itertools import takewhile

import numpy as np

from minikeras.kernels.optimizer_jobs import UpdateJobs
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import Subroutine, subroutine
from minikeras.kernels.row_updates import MAX_SLOTS, UNREAD, in_turn, rows, sum_of_rows, update_rows
from minikeras.kernels.rule_copies import can_compile, name_and_module, with_globals
from minikeras.kernels.tasks import fits_jobs, task_kernel
from minikeras.kernels.update_loops import (
    LOOPS,
    PARTS,
    ROW_LOOPS,
    SLOT_LOOPS,
    WEIGHT_LOOPS,
    of_first_term,
    of_one_sum,
    of_one_term,
    of_only_term,
    of_second_term,
    of_two_sums,
    of_two_terms,
)

MAX_TERMS = 2


# The terms of a gradient that a formula may take, by the name of its parameter.


@subroutine
def identity(g, *scalars):
    """g."""
    return g


@subroutine
def square(g, *scalars):
    """g²."""
    return g * g


@subroutine
def share(g, learning_rate, rho, one_minus_rho, *scalars):
    """(1 − ρ)·g²."""
    return g * g * one_minus_rho


@subroutine
def size(g, *scalars):
    """|g|."""
    return abs(g)


@subroutine
def step(g, learning_rate, *scalars):
    """lr·g."""
    return g * learning_rate


TERMS = {"g": identity, "square": square, "share": share, "size": size, "step": step}


class UpdateRule:
    """An optimizer's formula and the kernels generated from it.

    Args:
        formula: function (w, one or two terms, *slots, *scalars) -> tuple (new w, *new slots), of elementwise
            operations. To be compiled it must have no literals such as 2 or 0.5: in compiled code they are float64 or
            int64 and promote their operands to float64, where NumPy keeps float32. Constants are passed as scalars.
        slots: how many slots there are.
        unread: the state that a zero gradient changes, as for a table's unread rows: "all", "slots" or "nothing".
            Unless it is "all", the new slots may depend on the second term only; with "nothing", the new w and slots
            are the old ones plus an increment.
        compiled: False for a formula that only NumPy can run, on every path.

    Attributes:
        terms, scalars: the names of the formula's parameters.
        flat: the subroutine that loops over flat arrays; None if not `compiled`.
        chunks: the task kernel that updates a chunk of a variable (see `optimizer_jobs.py`).
        rows: the task kernel that updates some rows of a table (see `row_updates.py`).

    Raises:
        ValueError: the formula has other parameters, too many slots, or literal numbers.
    """

    def __init__(self, formula, slots, unread="all", compiled=True):
        code = formula.__code__
        arguments = code.co_varnames[1 : code.co_argcount]
        self.formula = formula
        self.__doc__ = formula.__doc__
        self.name, self._module = name_and_module(formula.__name__, formula)
        self.slots = slots
        self.unread = unread
        self.compiled = compiled
        self.terms = tuple(takewhile(TERMS.__contains__, arguments))
        self.scalars = arguments[len(self.terms) + slots :]
        _check_parameters(formula, self.terms, len(arguments) - slots, unread)
        self.flat = None
        if compiled:
            _check_can_be_compiled(formula, self.terms, slots)
            self._make_loops()

    # --- in NumPy ---------------------------------------------------------------------------------------------------

    def reference(self, variable, gradient, *slots_and_scalars):
        """Change arrays of any dtype in place: the formula on whole arrays."""
        slots, scalars = slots_and_scalars[: self.slots], slots_and_scalars[self.slots :]
        results = self.formula(variable, *self.terms_of(gradient, scalars), *slots, *scalars)
        for array, result in zip((variable, *slots), results, strict=True):
            np.copyto(array, result)

    def terms_of(self, gradient, scalars):
        """What the formula takes of a gradient: itself, its square, …"""
        return [TERMS[name].function(gradient, *scalars) for name in self.terms]

    def __call__(self, variable, gradient, *slots_and_scalars):
        """Change one variable and its slots: arrays of one shape and dtype, to which the scalars are rounded first."""
        slots, scalars = slots_and_scalars[: self.slots], slots_and_scalars[self.slots :]
        arrays = variable, gradient, *slots
        scalars = [variable.dtype.type(scalar) for scalar in scalars]
        # The flat form of a non-contiguous array would be a copy, and the update would be lost.
        if self.can_compile and fits_jobs(*arrays):
            numbers = np.array([*scalars, 0, 0], np.float32)  # weight decay was applied before
            run_prepared(_jobs, (*[array.reshape(-1) for array in arrays], numbers), self)
        else:
            self.reference(*arrays, *scalars)

    def update_rows(self, index, values, arrays, scalars):
        """Change a table and its slots, where only some rows were read: see `row_updates.py`."""
        update_rows(self, index, values, arrays, scalars)

    # --- compiled ---------------------------------------------------------------------------------------------------

    @cached_property
    def can_compile(self):
        """Whether the loops can be compiled; a user's formula is tried once, with a warning if it fails."""
        return self.compiled and can_compile(self.formula.__name__, (self.formula,), (self.chunks, self.rows))

    def jobs(self, shapes, decaying):
        """The `UpdateJobs` for variables of these shapes."""
        return UpdateJobs(self, shapes, decaying)

    def _make_loops(self):
        whole = self._of_gradient()
        self.flat = Subroutine(self._copy(LOOPS[self.slots], "flat", rule=Subroutine(whole)))
        self.chunks = task_kernel(self._copy(PARTS[self.slots], "chunks", ".", flat=self.flat))
        self.rows = self._row_kernel()

    def _of_gradient(self):
        """The formula as a function (w, g, *slots, *scalars)."""
        if self.terms == ("g",):
            return self.formula
        return self._of_terms("whole", of_two_terms if len(self.terms) > 1 else of_one_term)

    def _row_kernel(self):
        two, parts = len(self.terms) > 1, {}
        if self.unread == "nothing":
            parts["add_to_weights"] = self._in_turn("steps", ROW_LOOPS, of_first_term if two else of_only_term)
            if two:
                parts["add_to_slots"] = self._in_turn("moments", SLOT_LOOPS, of_second_term)
        else:
            terms = of_two_sums if two else of_one_sum
            if self.unread == "slots":
                parts["weights_alone"] = self._row_loop("weights", WEIGHT_LOOPS, terms)
                parts["slots_alone"] = self._row_loop("slots", SLOT_LOOPS, terms)
            else:
                parts["by_sums"] = self._row_loop("sums", ROW_LOOPS, terms)
            for name, term in zip(("first_sum", "second_sum"), self.terms, strict=False):
                parts[name] = Subroutine(self._copy(sum_of_rows, name, term=TERMS[term]))
        change = Subroutine(self._copy(UNREAD[self.unread], "change", **parts))
        return task_kernel(self._copy(rows, "rows", ".", change=change))

    def _in_turn(self, name, loops, function):
        return Subroutine(self._copy(in_turn, f"{name}_in_turn", flat=self._row_loop(name, loops, function)))

    def _row_loop(self, name, loops, function):
        """A loop over rows in which that function passes the formula its terms."""
        rule = Subroutine(self._of_terms(f"{name}_rule", function))
        return Subroutine(self._copy(loops[self.slots], name, rule=rule))

    def _of_terms(self, name, function):
        """A function of `update_loops.py` that calls the formula with its terms."""
        terms = {f"{which}_term": TERMS[term] for which, term in zip(("first", "second"), self.terms, strict=False)}
        return self._copy(function, name, formula=Subroutine(self.formula), slots=self.slots, **terms)

    def _copy(self, function, name, between="_", **values):
        """A function of `update_loops.py` or `row_updates.py` as this rule's own."""
        name = f"{self.name}{between}{name}"
        return with_globals(function, name, self._module, count=len(self.scalars), **values)

    def __repr__(self):
        return f"<UpdateRule {self.name}>"


def _jobs(*arrays_and_rule):
    *arrays, scalars, rule = arrays_and_rule
    jobs = UpdateJobs(rule, [arrays[0].shape], [False], scalars)
    jobs.point_to(arrays)
    return jobs.jobs


def update_rule(slots, **options):
    """Decorator: a formula as an `UpdateRule` with these arguments."""
    return lambda formula: UpdateRule(formula, slots, **options)


def _check_parameters(formula, terms, count, unread):
    if unread not in UNREAD:
        raise ValueError(f"`unread` must be one of {', '.join(map(repr, UNREAD))}. Received: unread={unread!r}")
    if not terms or count < len(terms):
        raise ValueError(
            "A formula has the parameters (w, what it takes of a gradient, slots, scalars); what it takes are one or "
            f"two of {', '.join(TERMS)}. Received: {formula.__name__}({', '.join(_parameters(formula))})"
        )


def _check_can_be_compiled(formula, terms, slots):
    if slots > MAX_SLOTS or len(terms) > MAX_TERMS:
        raise ValueError(
            f"A compiled formula has at most {MAX_SLOTS} slots and {MAX_TERMS} terms. Received: {formula.__name__} "
            f"with {slots} slots and the terms {', '.join(terms)}. Pass compiled=False to run it by NumPy."
        )
    constants = [i.argval for i in dis.get_instructions(formula) if i.opname in ("LOAD_CONST", "LOAD_SMALL_INT")]
    literals = [value for value in constants if type(value) in (int, float)]
    if literals:
        raise ValueError(
            "A compiled formula must not hold literal numbers, which would make float64 of float32. Received: "
            f"{formula.__name__} with {literals}. Make them scalars of the formula, or pass compiled=False."
        )


def _parameters(formula):
    return formula.__code__.co_varnames[: formula.__code__.co_argcount]
