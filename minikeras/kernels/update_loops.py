"""The loops that an optimizer's formula is compiled into: over one variable, a chunk of it, or the rows of a table.

`UpdateRule` copies them for each formula (`rule_copies.py`): in a copy the global names that are None or 0 here, such
as `rule`, `flat` and `count`, are bound to the rule's own formula, loop and count. NumPy makes one pass over memory for
each operation of a formula, a loop makes one pass in total. Each loop is written once for each number of slots, since
compiled code has no lists of arrays.
"""

import numpy as np

from minikeras.kernels.addresses import floats_at, tuple_of
from minikeras.kernels.optimizer_jobs import DECAYS, LENGTH
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers

# --- the terms that a formula takes of a gradient --------------------------------------------------------------------

formula = first_term = second_term = None  # In each rule's copies, these names are bound to its own,
slots = 0  # and to its number of slots.
ZERO = np.float32(0)


def of_one_term(w, g, *rest):
    return formula(w, first_term(g, *rest[slots:]), *rest)


def of_two_terms(w, g, *rest):
    return formula(w, first_term(g, *rest[slots:]), second_term(g, *rest[slots:]), *rest)


def of_one_sum(w, first, second, *rest):
    return formula(w, first, *rest)


def of_two_sums(w, first, second, *rest):
    return formula(w, first, second, *rest)


def of_only_term(w, g, same, *rest):
    return formula(w, first_term(g, *rest[slots:]), *rest)


def of_first_term(w, g, same, *rest):
    return formula(w, first_term(g, *rest[slots:]), ZERO, *rest)


def of_second_term(w, g, same, *rest):
    return formula(w, ZERO, second_term(g, *rest[slots:]), *rest)


# --- the loops over flat arrays -------------------------------------------------------------------------------------

rule = flat = None  # In each rule's copies of the loops below, these names are bound to its own formula and loop,
count = 0  # and to their number of scalars.


def _no_slot(w, g, *scalars):
    for i in range(w.size):
        (w[i],) = rule(w[i], g[i], *scalars)


def _one_slot(w, g, a, *scalars):
    for i in range(w.size):
        w[i], a[i] = rule(w[i], g[i], a[i], *scalars)


def _two_slots(w, g, a, b, *scalars):
    for i in range(w.size):
        w[i], a[i], b[i] = rule(w[i], g[i], a[i], b[i], *scalars)


def _three_slots(w, g, a, b, c, *scalars):
    for i in range(w.size):
        w[i], a[i], b[i], c[i] = rule(w[i], g[i], a[i], b[i], c[i], *scalars)


def _no_slot_of_rows(w, first, second, a, b, c, *scalars):
    for i in range(w.size):
        (w[i],) = rule(w[i], first[i], second[i], *scalars)


def _one_slot_of_rows(w, first, second, a, b, c, *scalars):
    for i in range(w.size):
        w[i], a[i] = rule(w[i], first[i], second[i], a[i], *scalars)


def _two_slots_of_rows(w, first, second, a, b, c, *scalars):
    for i in range(w.size):
        w[i], a[i], b[i] = rule(w[i], first[i], second[i], a[i], b[i], *scalars)


def _three_slots_of_rows(w, first, second, a, b, c, *scalars):
    for i in range(w.size):
        w[i], a[i], b[i], c[i] = rule(w[i], first[i], second[i], a[i], b[i], c[i], *scalars)


ROW_LOOPS = (_no_slot_of_rows, _one_slot_of_rows, _two_slots_of_rows, _three_slots_of_rows)

# --- the same, storing only the new weights or only the new slots ----------------------------------------------------


def _weights_beside_one_slot(w, first, second, a, b, c, *scalars):
    for i in range(w.size):
        w[i], _ = rule(w[i], first[i], second[i], a[i], *scalars)


def _weights_beside_two_slots(w, first, second, a, b, c, *scalars):
    for i in range(w.size):
        w[i], _, _ = rule(w[i], first[i], second[i], a[i], b[i], *scalars)


def _weights_beside_three_slots(w, first, second, a, b, c, *scalars):
    for i in range(w.size):
        w[i], _, _, _ = rule(w[i], first[i], second[i], a[i], b[i], c[i], *scalars)


def _one_slot_alone(w, first, second, a, b, c, *scalars):
    for i in range(w.size):
        _, a[i] = rule(w[i], first[i], second[i], a[i], *scalars)


def _two_slots_alone(w, first, second, a, b, c, *scalars):
    for i in range(w.size):
        _, a[i], b[i] = rule(w[i], first[i], second[i], a[i], b[i], *scalars)


def _three_slots_alone(w, first, second, a, b, c, *scalars):
    for i in range(w.size):
        _, a[i], b[i], c[i] = rule(w[i], first[i], second[i], a[i], b[i], c[i], *scalars)


WEIGHT_LOOPS = (_no_slot_of_rows, _weights_beside_one_slot, _weights_beside_two_slots, _weights_beside_three_slots)
SLOT_LOOPS = (None, _one_slot_alone, _two_slots_alone, _three_slots_alone)
LOOPS = (_no_slot, _one_slot, _two_slots, _three_slots)

# --- the same for a chunk of a variable, which a row of a table describes --------------------------------------------


@subroutine
def weights_of(row, weight_decay, learning_rate):
    """The weights of a chunk after their decay, w ← w − w · weight_decay · lr.

    They are still in the cache for the update, so Adam on a million weights takes as long with decay as without.
    """
    w = floats_at(row[0], row[LENGTH])
    if row[DECAYS]:
        for i in range(w.size):
            w[i] -= w[i] * weight_decay * learning_rate
    return w


def _part_no_slot(task, table: integers(2), scalars: floats(1)):
    row = table[task]
    w = weights_of(row, scalars[count], scalars[count + 1])
    flat(w, floats_at(row[1], w.size), *tuple_of(scalars, count))


def _part_one_slot(task, table: integers(2), scalars: floats(1)):
    row = table[task]
    w = weights_of(row, scalars[count], scalars[count + 1])
    flat(w, floats_at(row[1], w.size), floats_at(row[2], w.size), *tuple_of(scalars, count))


def _part_two_slots(task, table: integers(2), scalars: floats(1)):
    row = table[task]
    w = weights_of(row, scalars[count], scalars[count + 1])
    g, a, b = floats_at(row[1], w.size), floats_at(row[2], w.size), floats_at(row[3], w.size)
    flat(w, g, a, b, *tuple_of(scalars, count))


def _part_three_slots(task, table: integers(2), scalars: floats(1)):
    row = table[task]
    w = weights_of(row, scalars[count], scalars[count + 1])
    g, a, b = floats_at(row[1], w.size), floats_at(row[2], w.size), floats_at(row[3], w.size)
    flat(w, g, a, b, floats_at(row[4], w.size), *tuple_of(scalars, count))


PARTS = (_part_no_slot, _part_one_slot, _part_two_slots, _part_three_slots)
