"""Prepared jobs do for each new set of arrays what jobs made for them would do."""

import signal
import weakref

import numpy as np
import pytest

from minikeras import config
from minikeras.kernels import prepared
from minikeras.kernels.columns import relu_and_bias_gradient
from minikeras.kernels.convolution import (
    convolution,
    convolution_input_gradient,
    convolution_kernel_gradient,
    convolution_reference,
)
from minikeras.kernels.job_lists import run
from minikeras.kernels.prepared import Prepared, run_prepared
from minikeras.kernels.products import product_jobs
from minikeras.kernels.tasks import floats, indices, integers, task_kernel
from tests.waiting import interrupted_when, run_together

# Sums of up to 300 products of numbers about 1, in float32; Winograd's method adds some digits.
TOLERANCE = 2e-3


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """Each test begins with nothing prepared."""
    monkeypatch.setattr(prepared, "known", prepared.Cache())


@task_kernel
def add_scaled(task, x: floats(1), y: floats(1), scale: float):
    """y += scale · x."""
    for i in range(len(y)):
        y[i] += scale * x[i]


def add_scaled_jobs(x, y, scale):
    return [add_scaled.job(1, x, y, scale)]


def random(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


def states():
    """How each form is known: "once" or "prepared"."""
    return ["once" if form is None else "prepared" for form in prepared.known.forms.values()]


def test_jobs_are_made_twice_and_then_kept():
    made = []

    def jobs(x, y, scale):
        made.append(x)
        return add_scaled_jobs(x, y, scale)

    for repeat in range(4):
        x, y = np.full(5, repeat, np.float32), np.ones(5, np.float32)
        run_prepared(jobs, (x, y), 2.0)
        np.testing.assert_array_equal(y, 1 + 2.0 * repeat)
    assert len(made) == 2
    assert states() == ["prepared"]
    run_prepared(jobs, (x, y), 3.0)
    np.testing.assert_array_equal(y, 1 + 5.0 * 3)


def test_arrays_are_not_kept():
    x, y = np.ones(5, np.float32), np.ones(5, np.float32)
    for _ in range(3):
        run_prepared(add_scaled_jobs, (x, y), 1.0)
    gone = weakref.ref(x)
    del x
    assert gone() is None


@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True)], ids=str)
@pytest.mark.parametrize("shape", [(60, 50, 40), (130, 2048, 70), (9, 30, 400)], ids=str)
def test_products(shape, transposed):
    rows, terms, columns = shape
    rng = np.random.default_rng(0)
    for _ in range(4):
        a, b, bias, c = random(rng, rows, terms), random(rng, terms, columns), random(rng, columns), None
        a = np.asfortranarray(a) if transposed[0] else a
        b = np.asfortranarray(b) if transposed[1] else b
        c = np.empty((rows, columns), np.float32)
        run_prepared(product_jobs, (a, b, c, bias), True)
        np.testing.assert_allclose(c, np.maximum(a @ b + bias, 0), atol=TOLERANCE)
    assert states() == ["prepared"]


@pytest.mark.parametrize(
    "x_shape, kernel_shape, strides, padding",
    [
        ((4, 16, 16, 16), (3, 3, 16, 32), (1, 1), 1),
        ((2, 9, 8, 3), (3, 3, 3, 5), (2, 2), 1),
        ((2, 9, 8, 6), (2, 3, 1, 6), (1, 1), 0),
        ((3, 5, 6, 8), (1, 1, 8, 7), (1, 1), 0),
    ],
)
@pytest.mark.parametrize("algorithm", ["auto", "direct"])
def test_convolutions(x_shape, kernel_shape, strides, padding, algorithm):
    rng = np.random.default_rng(1)
    before = config.convolution_algorithm()
    config.set_convolution_algorithm(algorithm)
    geometry = strides, ((padding, padding),) * 2, (1, 1)
    groups = x_shape[3] // kernel_shape[2]
    try:
        for _ in range(4):
            x, kernel, bias = random(rng, *x_shape), random(rng, *kernel_shape), random(rng, kernel_shape[3])
            expected = np.maximum(convolution_reference(x, kernel, *geometry, groups) + bias, 0)
            y = convolution(x, kernel, *geometry, groups, bias, True)
            np.testing.assert_allclose(y, expected, atol=TOLERANCE)
            dy = random(rng, *y.shape)
            dx = convolution_input_gradient(dy, kernel, x_shape[1:3], *geometry, groups)
            dkernel = convolution_kernel_gradient(x, dy, kernel_shape[:2], *geometry, groups)
            # the convolution of x with a kernel is linear in both: ⟨dy, conv(x, kernel)⟩ = ⟨dx, x⟩ = ⟨dkernel, kernel⟩
            product = np.vdot(dy, convolution_reference(x, kernel, *geometry, groups).astype(np.float64))
            scale = TOLERANCE * np.linalg.norm(dy) * np.linalg.norm(y)
            assert abs(np.vdot(dx.astype(np.float64), x) - product) < scale
            assert abs(np.vdot(dkernel.astype(np.float64), kernel) - product) < scale
    finally:
        config.set_convolution_algorithm(before)
    assert states().count("prepared") == 3


def test_one_array_in_two_roles():
    for repeat in range(4):
        x = np.full(5, 1.0 + repeat, np.float32)
        run_prepared(add_scaled_jobs, (x, x), 1.0)
        np.testing.assert_array_equal(x, 2 * (1.0 + repeat))
    assert states() == ["prepared"]


def test_the_oldest_forms_are_forgotten(monkeypatch):
    monkeypatch.setattr(prepared, "MAX_FORMS", 3)
    for length in (3, 4, 3, 5, 3, 6, 3):
        run_prepared(add_scaled_jobs, (np.ones(length, np.float32), np.ones(length, np.float32)), 1.0)
    assert states() == ["prepared", "once", "once"]  # that of length 4, used once, has gone
    monkeypatch.setattr(prepared, "MAX_SCRATCH", 0)
    for _ in range(3):
        run_prepared(product_jobs, [np.ones((64, 64), np.float32) for _ in range(3)])
    assert prepared.known.scratch == 0


def test_threads_of_python_have_scratch_of_their_own():
    rng = np.random.default_rng(2)
    dy, y = random(rng, 3000, 40), random(rng, 3000, 40)
    expected = (dy * (y > 0)).sum(axis=0)
    wrong = []

    def work():
        for _ in range(20):
            _, dbias = relu_and_bias_gradient(dy, y)
            if not np.allclose(dbias, expected, atol=TOLERANCE):
                wrong.append(dbias)

    run_together(work, work, work)
    assert not wrong


def test_prepared_jobs_run_as_jobs_do():
    x, y, expected = np.arange(5, dtype=np.float32), np.ones(5, np.float32), np.ones(5, np.float32)
    jobs = prepared.prepare(add_scaled_jobs, (x, y), (2.0,))
    assert isinstance(jobs, Prepared)
    jobs.run_on((x, y))
    run(add_scaled_jobs(x, expected, 2.0))
    np.testing.assert_array_equal(y, expected)


@task_kernel
def add_slowly(task, x: floats(1), y: floats(1), begun: integers(1), turns: int):
    """y += x at one place, after about `turns` nanoseconds of work."""
    begun[task] = 1
    seed = task
    for _ in range(turns):
        seed = (seed * 1103515245 + 12345) % 2147483648
    y[task] += x[task] + (seed == -1)


def add_slowly_jobs(x, y, begun):
    return [add_slowly.job(len(x), x, y, begun, 4_000_000)]


def test_a_signals_handler_may_run_the_same_jobs():
    """The handler's run moves no addresses of the one that it interrupts."""

    def added(x):
        y, begun = np.ones(200, np.float32), np.zeros(200, np.int64)
        if x is first:
            with interrupted_when(begun.any, "the job has begun"):
                run_prepared(add_slowly_jobs, (x, y, begun))
        else:
            run_prepared(add_slowly_jobs, (x, y, begun))
        return y

    def handle(number, frame):
        found.extend(added(second) for _ in range(3))

    found = []
    first, second = np.arange(200, dtype=np.float32), np.full(200, 7, np.float32)
    for _ in range(2):
        added(second)
    before = signal.signal(signal.SIGINT, handle)
    try:
        y = added(first)
    finally:
        signal.signal(signal.SIGINT, before)
    np.testing.assert_array_equal(y, 1 + first)
    assert [set(other) for other in found] == [{8.0}] * 3
    assert states() == ["prepared"]


@task_kernel
def double_floats(task, x: floats(1)):
    """x ← 2 · x."""
    for i in range(len(x)):
        x[i] *= 2


@task_kernel
def double_indices(task, x: indices(1)):
    """x ← 2 · x."""
    for i in range(len(x)):
        x[i] *= 2


def double_jobs(x):
    return [(double_floats if x.dtype == np.float32 else double_indices).job(1, x)]


def test_arrays_of_one_shape_and_other_dtypes_have_their_own_jobs():
    for _ in range(3):
        for dtype in ("float32", "int32"):
            x = np.array([1, 2, 3], dtype)
            run_prepared(double_jobs, (x,))
            np.testing.assert_array_equal(x, [2, 4, 6])
    assert states() == ["prepared"] * 2
