"""Structures: named tuples of a task kernel's parameters, in every form that a kernel has."""

from typing import NamedTuple

import numpy as np
import pytest

from minikeras.kernels.job_lists import row, run
from minikeras.kernels.machine.fingerprints import fingerprint
from minikeras.kernels.prepared import prepare
from minikeras.kernels.registry import jit_disabled, subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel


class Table(NamedTuple):
    x: floats(2)
    columns: int
    factor: float
    sums: integers(1)


@subroutine
def total(table, row):
    """The sum of a row."""
    found = np.float32(0)
    for j in range(table.columns):
        found += table.x[row, j]
    return found


@task_kernel
def scaled_sums(task, before: int, table: Table, result: floats(1)):
    """The scaled sum of a row, and `before` plus its index."""
    if table.sums.shape[0] > 0:
        table.sums[task] = before + task
    result[task] = table.factor * total(table, task)


def arguments():
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    return 7, Table(x, 3, 0.5, np.zeros(2, np.int64)), np.zeros(2, np.float32)


def assert_sums(given):
    _, table, result = given
    assert table.sums.tolist() == [7, 8]
    assert result.tolist() == [1.5, 6.0]


def test_a_compiled_kernel_reads_its_structure():
    given = arguments()
    run([scaled_sums.job(2, *given)])
    assert_sums(given)


def test_python_reads_the_same_structure():
    given = arguments()
    scaled_sums.job(2, *given).run_in_python()
    assert_sums(given)


@pytest.mark.skipif(jit_disabled(), reason="about compiled code")
def test_numba_reads_the_same_structure(monkeypatch):
    from minikeras.kernels.machine import numba_tasks  # here, because it imports Numba
    from minikeras.kernels.machine.pool import runner

    given = arguments()
    job = scaled_sums.job(2, *given)
    _, block, tasks = row(job)
    call, _ = runner(np.array([[numba_tasks.task_address(scaled_sums), block, tasks]], np.int64), 0)
    call()
    assert_sums(given)


def test_fields_are_parameters_one_by_one():
    assert list(scaled_sums.positions) == ["before", "table.x", "table.columns", "table.factor", "table.sums", "result"]
    assert scaled_sums.addresses == [(1, 1), (4, 6), (5, 8)]


def jobs_of(x, sums, result):
    return [scaled_sums.job(2, 7, Table(x, 3, 0.5, sums), result)]


def test_jobs_move_to_other_arrays_of_their_structures():
    _, table, result = arguments()
    prepare(jobs_of, (table.x, table.sums, result), ()).run_on((table.x, table.sums, result))
    assert_sums((7, table, result))


def test_code_on_disk_is_out_of_date_when_a_structure_has_changed():
    before = fingerprint(scaled_sums.function)
    annotations = scaled_sums.function.__annotations__
    try:
        annotations["table"] = NamedTuple("Table", [("columns", int), ("x", floats(2))])
        assert fingerprint(scaled_sums.function) != before
    finally:
        annotations["table"] = Table
    assert fingerprint(scaled_sums.function) == before
