"""Winograd's method along one axis against the definition."""

import itertools

import numpy as np
import pytest

from minikeras import config
from minikeras.kernels.convolution import algorithms, grouped, winograd_1d
from minikeras.kernels.convolution.reference import (
    convolution_input_gradient_reference,
    convolution_kernel_gradient_reference,
    convolution_reference,
)
from minikeras.kernels.convolution.transforms_1d import (
    COUNTS,
    TILE1D,
    TILE1D_EVALUATION,
    TILE1D_INPUT,
    TILE1D_INTERPOLATION,
)
from minikeras.kernels.job_lists import run
from minikeras.kernels.windows import explicit_pads, output_sizes

TOLERANCE = 2e-5  # of the largest result: the transforms cancel digits
PADDINGS = ["valid", "same", "causal", ((0, 3),), ((9, 0),)]
UNSET = 7  # what results hold before, so that a place left out shows


def close(actual, expected):
    return np.abs(actual - expected).max() <= TOLERANCE * max(1e-30, np.abs(expected).max())


def setting(width, window, padding, channels=16, filters=32, batch=3):
    """Arrays x, kernel, bias, dy of a convolution along one axis, and its strides, pads and dilation."""
    pads = ((window - 1, 0),) if padding == "causal" else explicit_pads(padding, (width,), (window,), (1,), (1,))
    outputs = output_sizes((width,), (window,), (1,), pads, (1,))
    rng = np.random.default_rng(window)
    shapes = (batch, width, channels), (window, channels, filters), (filters,), (batch, *outputs, filters)
    return [rng.standard_normal(shape, dtype=np.float32) for shape in shapes], ((1,), pads, (1,))


@pytest.mark.parametrize("padding", PADDINGS, ids=str)
@pytest.mark.parametrize("window", COUNTS)
def test_tiles1d_follow_the_definition(window, padding):
    for (channels, filters), width in itertools.product([(16, 32), (48, 80), (80, 16)], [6, 9, 40]):
        (x, kernel, bias, dy), geometry = setting(width, window, padding, channels, filters)
        left = geometry[1][0][0]
        y, dx, dkernel = (np.full_like(like, UNSET) for like in (dy, x, kernel))
        run(winograd_1d.tile1d_jobs(x, kernel, bias, y, left, relu=True))
        assert close(y, np.maximum(convolution_reference(x, kernel, *geometry) + bias, 0))
        for own_bias in (None, np.arange(channels, dtype=np.float32)):
            run(winograd_1d.tile1d_input_gradient_jobs(dy, kernel, dx, left, own_bias))
            expected = convolution_input_gradient_reference(dy, kernel, (width,), *geometry)
            assert close(dx, expected + (0 if own_bias is None else own_bias))
        run(winograd_1d.tile1d_kernel_gradient_jobs(x, dy, dkernel, left))
        assert close(dkernel, convolution_kernel_gradient_reference(x, dy, (window,), *geometry))


@pytest.mark.parametrize("count", [1, 3, 8])
def test_any_number_of_threads_gives_the_same(threads, count):
    threads(count)
    (x, kernel, bias, dy), geometry = setting(23, 5, "same", 32, 48, batch=1)
    y, dkernel = np.full_like(dy, UNSET), np.full_like(kernel, UNSET)
    run(winograd_1d.tile1d_jobs(x, kernel, bias, y, 2))
    assert close(y, convolution_reference(x, kernel, *geometry) + bias)
    run(winograd_1d.tile1d_kernel_gradient_jobs(x, dy, dkernel, 2))
    assert close(dkernel, convolution_kernel_gradient_reference(x, dy, (5,), *geometry))


def test_python_runs_the_same_loops():
    (x, kernel, bias, dy), _ = setting(11, 4, "same", batch=1)
    makers = {
        winograd_1d.tile1d_jobs: (x, kernel, bias, np.zeros_like(dy), 1),
        winograd_1d.tile1d_input_gradient_jobs: (dy, kernel, np.zeros_like(x), 1),
        winograd_1d.tile1d_kernel_gradient_jobs: (x, dy, np.zeros_like(kernel), 1),
    }
    for maker, arguments in makers.items():
        result = arguments[-2]
        run(maker(*arguments))
        compiled = result.copy()
        result[...] = UNSET
        for job in maker(*arguments):
            job.run_in_python()
        assert close(result, compiled)


@pytest.mark.parametrize("window", COUNTS)
def test_the_matrices_multiply_polynomials(window):
    rng = np.random.default_rng(2)
    inputs, kernel = rng.normal(size=TILE1D), rng.normal(size=window)
    outputs = TILE1D + 1 - window
    products = (np.array(TILE1D_EVALUATION[window]) @ kernel) * (np.array(TILE1D_INPUT) @ inputs)
    expected = [inputs[i : i + window] @ kernel for i in range(outputs)]
    np.testing.assert_allclose(np.array(TILE1D_INTERPOLATION[outputs]) @ products, expected, atol=1e-12)


WAYS = {  # batch, sizes of the outputs, kernel, strides, pads, dilation → whether "auto" and "winograd" go by 1D tiles
    "long lines": ((32, (1, 256), (1, 5, 32, 64), (1, 1), ((0, 0), (2, 2)), (1, 1)), (True, True)),
    "images": ((4, (9, 32), (1, 3, 32, 64), (1, 1), ((0, 0), (1, 1)), (1, 1)), (True, True)),
    "few 1D tiles": ((1, (1, 12), (1, 5, 32, 64), (1, 1), ((0, 0), (2, 2)), (1, 1)), (False, True)),
    "1D tiles mostly outside": ((32, (1, 7), (1, 3, 32, 64), (1, 1), ((0, 0), (1, 1)), (1, 1)), (False, True)),
    "lines of padding": ((32, (3, 256), (1, 5, 32, 64), (1, 1), ((1, 1), (2, 2)), (1, 1)), (False, False)),
    "odd channels": ((32, (1, 256), (1, 5, 33, 64), (1, 1), ((0, 0), (2, 2)), (1, 1)), (False, False)),
    "a stride": ((32, (1, 128), (1, 5, 32, 64), (1, 2), ((0, 0), (2, 2)), (1, 1)), (False, False)),
    "two axes": ((32, (9, 256), (2, 5, 32, 64), (1, 1), ((0, 0), (2, 2)), (1, 1)), (False, False)),
}


@pytest.mark.parametrize("case, expected", WAYS.values(), ids=WAYS)
def test_the_choice(algorithm, case, expected):
    chosen = []
    for name in ("auto", "winograd", "direct"):
        algorithm(name)
        chosen.append(algorithms.takes_tiles1d(*case))
    assert tuple(chosen) == (*expected, False)


def test_lines_of_images_go_by_tiles1d():
    """A window that is one line high, in images."""
    rng = np.random.default_rng(6)
    shapes = (3, 5, 30, 16), (1, 5, 16, 32), (3, 5, 30, 32)
    x, kernel, dy = (rng.standard_normal(shape, dtype=np.float32) for shape in shapes)
    y, dx, dkernel = (np.full_like(like, UNSET) for like in (dy, x, kernel))
    geometry = (1, 1), ((0, 0), (2, 2)), (1, 1)
    jobs = grouped.forward_jobs(x, kernel, None, y, *geometry)
    assert jobs[-1].kernel is winograd_1d.winograd_tiles1d
    run(jobs)
    assert close(y, convolution_reference(x, kernel, *geometry))
    run(grouped.input_gradient_jobs(dy, kernel, dx, *geometry))
    assert close(dx, convolution_input_gradient_reference(dy, kernel, (5, 30), *geometry))
    run(grouped.kernel_gradient_jobs(x, dy, dkernel, *geometry))
    assert close(dkernel, convolution_kernel_gradient_reference(x, dy, (1, 5), *geometry))


@pytest.fixture
def algorithm():
    yield config.set_convolution_algorithm
    config.set_convolution_algorithm("auto")


@pytest.fixture
def threads():
    before = config.threads()
    yield config.set_threads
    config.set_threads(before)
