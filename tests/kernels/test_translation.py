"""Task kernels translated into LLVM do what they do as Python; what cannot be translated says so, and where."""

import importlib
import math
import pkgutil

import numpy as np
import pytest

import minikeras.kernels
from minikeras.kernels.addresses import address, floats_at, tuple_of
from minikeras.kernels.formula_kernels import FormulaKernel
from minikeras.kernels.job_lists import run
from minikeras.kernels.machine import translation
from minikeras.kernels.machine.functions import Builtin, CompiledFunction
from minikeras.kernels.registry import jit_disabled, subroutine
from minikeras.kernels.tasks import TaskKernel, bytes_, floats, indices, integers, task_kernel

pytestmark = pytest.mark.skipif(jit_disabled(), reason="nothing is compiled")

TABLE = np.array([[1, 2], [3, 4]], np.float32)
SEVEN, HALF, WORD = 7, np.float32(0.5), np.uint64(0xFFFFFFFF00000001)
PAIR = (3, 5)


# --- programs: each writes what it finds into `found` ---------------------------------------------------------------


@task_kernel
def integer_arithmetic(task, n: integers(1), x: floats(1), found: floats(1)):
    place = 0
    for i in range(len(n)):
        for j in range(len(n)):
            a, b = n[i], n[j]
            found[place], found[place + 1], found[place + 2] = a + b, a - b, a * b
            found[place + 3], found[place + 4] = min(a, b, 2), max(a, b)
            if b != 0:
                found[place + 5], found[place + 6] = a // b, a % b
                quotient, rest = divmod(a, b)
                found[place + 7] = quotient - 3 * rest
            found[place + 8], found[place + 9], found[place + 10] = a // 8, a % 8, a // SEVEN
            found[place + 11] = (a & b) + 2 * (a | b) - (a ^ b) + (a << 2) + (a >> 1)
            found[place + 12] = abs(a) + -b
            place += 13


@task_kernel
def divided_by_zero(task, n: integers(1), x: floats(1), found: floats(1)):
    found[0] = x[1] / x[0]  # x[0] is 0
    found[1] = x[0] / x[0]
    found[2] = n[1] / n[2]


@task_kernel
def numbers(task, n: integers(1), x: floats(1), found: floats(1)):
    place = 0
    for i in range(x.size):
        for j in range(x.size):
            a, b = x[i], x[j]
            found[place], found[place + 1] = a + b * HALF - a, max(a, b)
            found[place + 2], found[place + 3] = np.maximum(a, b), np.minimum(a, b)
            found[place + 4] = (a < b) + 2 * (a <= b) + 4 * (a > b) + 8 * (a >= b) + 16 * (a == b) + 32 * (a != b)
            found[place + 5] = np.isnan(a)
            found[place + 6] = np.float32(np.float64(a) * 1.1 + 0.1)
            found[place + 7] = np.sqrt(abs(a)) - np.abs(b)
            found[place + 8] = np.sign(a)
            found[place + 9] = min(b, a)
            place += 10
    found[place] = math.sin(0.5) + math.cos(0.25) + math.log(3.0) + math.sqrt(2.0)
    found[place + 1] = int(x[1]) + np.int64(x[2]) + np.int32(n[3])


@task_kernel
def ways(task, n: integers(1), x: floats(1), found: floats(1)):
    place = 0
    for i in range(5, -6, -2):
        if i == 1 or i == -1:
            continue
        if i < -3 and not i >= 0:
            break
        found[place] = i if i > 0 else 2 * i
        place += 1
    count = 0
    while 0 <= count < 7:
        count += 2 if count % 4 == 0 else 1
        found[place] = count
        place += 1
    for step in range(1, 4):
        for i in range(0, 10, step):
            found[place] += i
        place += 1
    for number in (1, 4, *PAIR):
        found[place] = number
        place += 1
    found[place] = first_above(x, HALF, 100)
    found[place + 1] = first_above(x, np.float32(1e9), 100)
    found[place + 2] = n[0] and n[1]
    found[place + 3] = n[0] or n[1]
    for _ in range(0):
        found[0] = -1
    for i in range(3):
        last = i * n[1]
    found[place + 4] = last + i


@subroutine
def first_above(x, limit, otherwise):
    for i in range(len(x)):
        if x[i] > limit:
            return i
    return otherwise


@task_kernel
def parts(task, n: integers(1), x: floats(1), found: floats(1)):
    found[0], found[1], found[2] = x[-1], TABLE[1, 0], TABLE[n[1], -1]
    row = TABLE[n[0]]
    found[3], found[4] = row[1], len(TABLE[0:1])
    middle = x[1:-1]
    found[5], found[6] = middle[0], middle.size
    chunk = slice(2, 1000)
    found[7], found[8] = len(x[chunk]), len(x[4:2])
    found[9:12] = 3
    again = floats_at(address(x, 2), 2)
    found[12] = again[1]
    a, b, c = tuple_of(x[1:], 3)
    found[13] = a + b + c
    words = (n[0], n[1], n[2])
    for i in range(3):
        found[14 + i] = words[i]
    found[17] = TABLE.shape[1:][0] + PAIR[1]
    either = x if n[0] > 100 else found
    found[18] = either[0]
    (found[19],) = doubled(x[1])
    found[20] += 4
    found[20] *= HALF


@subroutine
def doubled(*values):
    return (values[0] * np.float32(2),)


@task_kernel
def narrow(task, n: integers(1), x: floats(1), found: floats(1), few: bytes_(1), short: indices(1)):
    for i in range(len(few)):
        found[i] = few[i] - 3 * short[i]
        short[i] = few[i]
        few[i] = n[i] > 1
    word = WORD * np.uint64(3) + np.uint64(n[1])
    found[8] = np.float32(np.int64(word >> np.uint64(40))) + np.float32(word & np.uint64(255))
    found[9] = np.float32(np.int64(word % np.uint64(10))) + np.float32(np.int64(word // np.uint64(1 << 60)))


N = np.array([0, 1, -1, 5, -7, 16], np.int64)
X = np.array([0, 1, -2.5, 3, np.nan, np.inf, -0.0, 0.7], np.float32)


@pytest.mark.parametrize("kernel", [integer_arithmetic, numbers, ways, parts])
def test_a_translated_kernel_finds_what_it_finds_as_python(kernel):
    found = np.zeros((2, 1000), np.float32)
    jobs = [kernel.job(1, N, X, row) for row in found]
    run(jobs[:1])
    with np.errstate(all="ignore"):
        jobs[1].run_in_python()
    np.testing.assert_array_equal(*found)
    assert np.count_nonzero(found[0]) > 10


def test_small_integers_and_words_without_sign():
    outcomes = []
    for way in (lambda job: run([job]), lambda job: job.run_in_python()):
        arrays = [np.zeros(10, np.float32), np.array([1, 2, 100], np.uint8), np.array([-5, 6, 7], np.int32)]
        with np.errstate(over="ignore"):
            way(narrow.job(1, N, X, *arrays))
        outcomes.append(arrays)
    for compiled, python in zip(*outcomes, strict=True):
        np.testing.assert_array_equal(compiled, python)


def test_a_division_by_zero_is_infinite_as_in_numpy():
    found = np.zeros(3, np.float32)
    run([divided_by_zero.job(1, np.array([0, 1, 0]), np.array([0, -2], np.float32), found)])
    np.testing.assert_array_equal(found, np.array([-np.inf, np.nan, np.inf], np.float32))


def kernels():
    """All that minikeras has translated."""
    found = {}
    for module in pkgutil.walk_packages(minikeras.kernels.__path__, "minikeras.kernels."):
        if ".machine." not in module.name or module.name.endswith(".pool"):
            for thing in vars(importlib.import_module(module.name)).values():
                for one in (thing, *getattr(thing, "__dict__", {}).values()):
                    if isinstance(one, (TaskKernel, CompiledFunction, Builtin)) and not isinstance(one, FormulaKernel):
                        found[f"{one.__module__}.{one.__name__}"] = one
    return found


@pytest.mark.full
def test_every_task_kernel_is_translated():
    assert len(kernels()) > 90
    for name, kernel in kernels().items():
        if isinstance(kernel, TaskKernel):
            assert translation.task_code(kernel, name)
        else:
            assert translation.function_code(kernel.__wrapped__, name, isinstance(kernel, Builtin))


# --- what cannot be translated ----------------------------------------------------------------------------------------


@task_kernel
def makes_an_array(task, x: floats(1)):
    y = np.zeros(len(x))
    x[0] = y[0]


@task_kernel
def changes_its_kind(task, x: floats(1)):
    total = 0
    for i in range(len(x)):
        total = total + x[i]
    x[0] = total


@task_kernel
def raises(task, x: floats(1)):
    if len(x) > 1:
        raise ValueError("too many")


@task_kernel
def mixes_signs(task, x: floats(1)):
    x[0] = np.uint64(3) + task


@task_kernel
def knows_no_such_name(task, x: floats(1)):
    x[0] = a_name_of_nothing  # noqa: F821


@pytest.mark.parametrize(
    "kernel, reason",
    [
        (makes_an_array, r"line \d+\): a call of `np.zeros`.*may not make arrays"),
        (changes_its_kind, "total has values of different kinds"),
        (raises, "Raise cannot be translated"),
        (mixes_signs, "np.uint64 with int"),
        (knows_no_such_name, "`a_name_of_nothing` is not known"),
    ],
)
def test_what_cannot_be_translated_is_reported_with_its_place(kernel, reason):
    with pytest.raises(TypeError, match=reason):
        translation.task_code(kernel, kernel.name)


@pytest.mark.parametrize("kernel", [raises, knows_no_such_name])
def test_what_numba_cannot_do_either_is_an_error(kernel):
    """Numba compiles `raise`, but the threads of the pool have nobody to raise an error to."""
    with pytest.raises(TypeError, match=r"cannot be translated|is not known"):
        run([kernel.job(1, np.zeros(3, np.float32))])
