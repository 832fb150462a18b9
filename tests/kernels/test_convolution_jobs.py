"""The float32 ways of convolution, direct and by Winograd's method, against the definition."""

import itertools

import numpy as np
import pytest

from minikeras import config
from minikeras.kernels.convolution import (
    algorithms,
    convolution,
    depthwise_jobs,
    direct,
    few_channels,
    gathered,
    grouped,
    winograd,
    winograd_outputs,
)
from minikeras.kernels.convolution.direct_kernel_gradient import direct_kernel_gradient_jobs
from minikeras.kernels.convolution.reference import (
    convolution_input_gradient_reference,
    convolution_kernel_gradient_reference,
    convolution_reference,
    depthwise_convolution_input_gradient_reference,
    depthwise_convolution_kernel_gradient_reference,
    depthwise_convolution_reference,
)
from minikeras.kernels.convolution.transforms import INPUT, evaluation, interpolation, output_tile_4
from minikeras.kernels.convolution.winograd_kernel_gradient import winograd_kernel_gradient_jobs
from minikeras.kernels.job_lists import run
from minikeras.kernels.memory import aligned
from minikeras.kernels.windows import explicit_pads, output_sizes

# Of the largest result. Direct convolution adds a few hundred products in float32; Winograd's transforms cancel digits.
DIRECT_TOLERANCE = 2e-6
WINOGRAD_TOLERANCE = 2e-5

PADDINGS = ["valid", "same", ((0, 2), (1, 2)), ((3, 1), (0, 0))]
UNSET = 7  # what results hold before, so that a place left out shows


def setting(sizes, window, strides, dilation, padding):
    """(pads, output sizes) of a convolution; None where no window fits."""
    pads = explicit_pads(padding, sizes, window, strides, dilation)
    outputs = output_sizes(sizes, window, strides, pads, dilation)
    return None if min(outputs) < 1 else (pads, outputs)


def close(actual, expected, tolerance):
    return np.abs(actual - expected).max() <= tolerance * max(1e-30, np.abs(expected).max())


def arrays(seed, sizes, window, channels, filters, outputs, batch=3):
    rng = np.random.default_rng(seed)
    shapes = (batch, *sizes, channels), (*window, channels, filters), (filters,), (batch, *outputs, filters)
    return [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]


@pytest.mark.parametrize("padding", PADDINGS, ids=str)
@pytest.mark.parametrize("window", [(1, 1), (2, 3), (3, 3), (5, 2)], ids=str)
def test_direct_convolution_follows_the_definition(window, padding):
    strides_and_dilations = itertools.product(
        [(1, 1), (2, 1), (2, 2), (3, 2)], [(1, 1), (2, 1), (1, 3), (2, 2), (3, 3)], [(3, 5), (4, 40)], [(7, 8), (9, 5)]
    )
    for strides, dilation, (channels, filters), sizes in strides_and_dilations:
        fitting = setting(sizes, window, strides, dilation, padding)
        if fitting is None:
            continue
        pads, outputs = fitting
        x, kernel, bias, dy = arrays(0, sizes, window, channels, filters, outputs)
        geometry = strides, pads, dilation
        y, dx, dkernel = (np.full_like(like, UNSET) for like in (dy, x, kernel))
        run(direct.direct_jobs(x, kernel, bias, y, *geometry, relu=True))
        assert close(y, np.maximum(convolution_reference(x, kernel, *geometry) + bias, 0), DIRECT_TOLERANCE)
        run(direct.direct_input_gradient_jobs(dy, kernel, dx, *geometry))
        assert close(dx, convolution_input_gradient_reference(dy, kernel, sizes, *geometry), DIRECT_TOLERANCE)
        run(direct_kernel_gradient_jobs(x, dy, dkernel, *geometry))
        assert close(dkernel, convolution_kernel_gradient_reference(x, dy, window, *geometry), DIRECT_TOLERANCE)


@pytest.mark.parametrize("padding", ["valid", "same", ((2, 3), (0, 2), (1, 2)), ((0, 0), (3, 1), (0, 0))], ids=str)
@pytest.mark.parametrize("window", [(1, 1, 1), (3, 2, 3), (2, 3, 1)], ids=str)
def test_convolution_of_volumes_follows_the_definition(window, padding):
    strides_and_dilations = itertools.product(
        [(1, 1, 1), (2, 1, 1), (3, 2, 2)], [(1, 1, 1), (2, 1, 1), (1, 1, 3), (3, 2, 2)], [(3, 5), (4, 40)]
    )
    for strides, dilation, (channels, filters) in strides_and_dilations:
        sizes = (5, 7, 9)
        fitting = setting(sizes, window, strides, dilation, padding)
        if fitting is None:
            continue
        pads, outputs = fitting
        x, kernel, bias, dy = arrays(0, sizes, window, channels, filters, outputs, batch=2)
        geometry = strides, pads, dilation
        y, dx, dkernel = (np.full_like(like, UNSET) for like in (dy, x, kernel))
        run(algorithms.forward_jobs(x, kernel, bias, y, *geometry, relu=True))
        assert close(y, np.maximum(convolution_reference(x, kernel, *geometry) + bias, 0), DIRECT_TOLERANCE)
        run(algorithms.input_gradient_jobs(dy, kernel, dx, *geometry, bias[:channels]))
        expected = convolution_input_gradient_reference(dy, kernel, sizes, *geometry) + bias[:channels]
        assert close(dx, expected, DIRECT_TOLERANCE)
        run(algorithms.kernel_gradient_jobs(x, dy, dkernel, *geometry))
        assert close(dkernel, convolution_kernel_gradient_reference(x, dy, window, *geometry), DIRECT_TOLERANCE)


@pytest.mark.parametrize("padding", PADDINGS, ids=str)
@pytest.mark.parametrize("window", [(1, 1), (2, 3), (5, 2)], ids=str)
def test_convolution_to_few_channels_follows_the_definition(window, padding):
    strides_and_dilations = itertools.product(
        [(1, 1), (2, 1), (2, 2), (3, 4)], [(1, 1), (2, 1), (1, 3), (3, 2)], [(3, 5), (7, 40)], [(7, 8), (5, 67)]
    )
    for strides, dilation, (channels, filters), sizes in strides_and_dilations:
        fitting = setting(sizes, window, strides, dilation, padding)
        if fitting is None:
            continue
        pads, outputs = fitting
        x, kernel, bias, dy = arrays(0, sizes, window, channels, filters, outputs)
        y, dx = np.full_like(dy, UNSET), np.full_like(x, UNSET)
        run(few_channels.few_channels_input_gradient_jobs(dy, kernel, dx, strides, pads, dilation, bias[:channels]))
        expected = convolution_input_gradient_reference(dy, kernel, sizes, strides, pads, dilation)
        assert close(dx, expected + bias[:channels], DIRECT_TOLERANCE)
        if strides == (1, 1):
            run(few_channels.few_channels_jobs(x, kernel, bias, y, pads, dilation, relu=True))
            expected = convolution_reference(x, kernel, strides, pads, dilation) + bias
            assert close(y, np.maximum(expected, 0), DIRECT_TOLERANCE)
        if few_channels.suits_kernel_gradient((*window, channels, 1), strides, pads, dilation):
            dkernel = np.full_like(kernel, UNSET)
            run(few_channels.few_channels_kernel_gradient_jobs(x, dy, dkernel, pads, dilation))
            expected = convolution_kernel_gradient_reference(x, dy, window, strides, pads, dilation)
            assert close(dkernel, expected, DIRECT_TOLERANCE)


@pytest.mark.parametrize("padding", PADDINGS, ids=str)
@pytest.mark.parametrize("window", [(1, 1), (2, 3), (5, 2)], ids=str)
def test_gathered_patches_follow_the_definition(window, padding):
    for strides, dilation in itertools.product([(1, 1), (2, 1), (3, 2)], [(1, 1), (2, 1), (1, 3)]):
        fitting = setting((7, 8), window, strides, dilation, padding)
        if fitting is None:
            continue
        pads, outputs = fitting
        geometry = strides, pads, dilation
        x, kernel, bias, dy = arrays(0, (7, 8), window, 3, 36, outputs)
        y, dx, dkernel = (np.full_like(like, UNSET) for like in (dy, x, kernel))
        run(gathered.gathered_jobs(x, kernel, bias, y, *geometry, relu=True))
        assert close(y, np.maximum(convolution_reference(x, kernel, *geometry) + bias, 0), DIRECT_TOLERANCE)
        for bias_of_x, relu in ((None, False), (bias[:3], True)):
            run(gathered.gathered_input_gradient_jobs(dy, kernel, dx, *geometry, bias_of_x, relu))
            expected = convolution_input_gradient_reference(dy, kernel, (7, 8), *geometry)
            expected = np.maximum(expected + bias_of_x, 0) if relu else expected
            assert close(dx, expected, DIRECT_TOLERANCE)
        run(gathered.gathered_kernel_gradient_jobs(x, dy, dkernel, *geometry))
        assert close(dkernel, convolution_kernel_gradient_reference(x, dy, window, *geometry), DIRECT_TOLERANCE)


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("side, channels, filters", [(9, 3, 32), (9, 16, 1), (2, 512, 512)])
def test_not_a_number_stays_what_it_is(side, channels, filters, relu):
    """By `direct.py`, `few_channels.py` and `gathered.py`."""
    x, kernel, bias, _ = arrays(0, (side, side), (3, 3), channels, filters, (side, side), batch=1)
    x[0, 0, 0, 0] = np.nan
    y = convolution(x, kernel, (1, 1), ((1, 1), (1, 1)), (1, 1), 1, bias, relu)
    assert np.isnan(y[0, :2, :2]).all()
    assert np.isfinite(y).sum() == y.size - 4 * filters


def test_kernel_gradients_of_many_channels_are_gathered_for_small_images():
    taken = {}
    for side, filters in itertools.product((2, 25), (8, 256)):
        x, dkernel, _, dy = arrays(0, (side, side), (1, 1), 256, filters, (side, side), batch=1)
        jobs = algorithms.kernel_gradient_jobs(x, dy, dkernel, (1, 1), ((0, 0), (0, 1)), (1, 1))
        taken[side, filters] = jobs[0].kernel is gathered.gather_patches
    assert taken == {(2, 8): False, (2, 256): True, (25, 8): False, (25, 256): False}


@pytest.mark.parametrize("padding", PADDINGS, ids=str)
@pytest.mark.parametrize("window", [(1, 1), (2, 3), (3, 3), (5, 9)], ids=str)
def test_depthwise_convolution_follows_the_definition(window, padding):
    cases = itertools.product(
        [(1, 1), (2, 1), (2, 2), (3, 2)], [(1, 1), (2, 1), (1, 3), (2, 2)], [5, 32, 40], [(7, 8), (9, 25)]
    )
    for strides, dilation, channels, sizes in cases:
        fitting = setting(sizes, window, strides, dilation, padding)
        if fitting is None:
            continue
        pads, outputs = fitting
        x, kernel, bias, dy = arrays(0, sizes, window, channels, 1, outputs)
        kernel, dy, bias = kernel[..., 0], np.repeat(dy, channels, axis=3), np.repeat(bias, channels)
        geometry = strides, pads, dilation
        y, dx, dkernel = (np.full_like(like, UNSET) for like in (dy, x, kernel))
        run(depthwise_jobs.depthwise_jobs(x, kernel, bias, y, *geometry, relu=True))
        expected = depthwise_convolution_reference(x, kernel[..., None], *geometry) + bias
        assert close(y, np.maximum(expected, 0), DIRECT_TOLERANCE)
        run(depthwise_jobs.depthwise_input_gradient_jobs(dy, kernel, dx, *geometry))
        expected = depthwise_convolution_input_gradient_reference(dy, kernel[..., None], sizes, *geometry)
        assert close(dx, expected, DIRECT_TOLERANCE)
        run(depthwise_jobs.depthwise_kernel_gradient_jobs(x, dy, dkernel, *geometry))
        expected = depthwise_convolution_kernel_gradient_reference(x, dy, window, *geometry)[..., 0]
        assert close(dkernel, expected, DIRECT_TOLERANCE)


@pytest.mark.parametrize("window, strides, dilation", [(3, 1, 1), (5, 1, 1), (3, 2, 1), (5, 1, 2)])
def test_depthwise_convolution_of_many_images_follows_the_definition(window, strides, dilation):
    """Then a task has whole images, and does many lines at once where windows reach over the left or right edge."""
    sizes, window, strides, dilation = (31, 11), (window,) * 2, (strides,) * 2, (dilation,) * 2
    pads, outputs = setting(sizes, window, strides, dilation, "same")
    x, kernel, bias, dy = arrays(8, sizes, window, 20, 1, outputs, batch=17)
    kernel, dy, bias = kernel[..., 0], np.repeat(dy, 20, axis=3), np.repeat(bias, 20)
    y, dx = np.full_like(dy, UNSET), np.full_like(x, UNSET)
    run(depthwise_jobs.depthwise_jobs(x, kernel, bias, y, strides, pads, dilation))
    assert close(
        y, depthwise_convolution_reference(x, kernel[..., None], strides, pads, dilation) + bias, DIRECT_TOLERANCE
    )
    run(depthwise_jobs.depthwise_input_gradient_jobs(dy, kernel, dx, strides, pads, dilation))
    expected = depthwise_convolution_input_gradient_reference(dy, kernel[..., None], sizes, strides, pads, dilation)
    assert close(dx, expected, DIRECT_TOLERANCE)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("sizes, window", [((40,), (3,)), ((7, 9), (3, 2)), ((4, 5, 6), (2, 3, 1))], ids=str)
def test_groups_follow_the_definition(sizes, window, padding):
    for groups, channels, filters, stride in itertools.product([2, 3], [1, 4], [4, 40], [1, 2]):
        strides, dilation = (stride,) * len(sizes), (1,) * len(sizes)
        pads, outputs = setting(sizes, window, strides, dilation, padding)
        x, kernel, bias, dy = arrays(5, sizes, window, channels, filters * groups, outputs)
        x = np.concatenate([x] * (groups - 1) + [x + 1], axis=-1)
        geometry = strides, pads, dilation
        y, dx, dkernel = (np.full_like(like, UNSET) for like in (dy, x, kernel))
        run(grouped.forward_jobs(x, kernel, bias, y, *geometry, relu=True))
        expected = convolution_reference(x, kernel, *geometry, groups) + bias
        assert close(y, np.maximum(expected, 0), DIRECT_TOLERANCE)
        for own_bias in (None, bias[: groups * channels]):
            run(grouped.input_gradient_jobs(dy, kernel, dx, *geometry, own_bias))
            expected = convolution_input_gradient_reference(dy, kernel, sizes, *geometry, groups)
            assert close(dx, expected + (0 if own_bias is None else own_bias), DIRECT_TOLERANCE)
        run(grouped.kernel_gradient_jobs(x, dy, dkernel, *geometry))
        expected = convolution_kernel_gradient_reference(x, dy, window, *geometry, groups)
        assert close(dkernel, expected, DIRECT_TOLERANCE)


@pytest.mark.parametrize("padding", PADDINGS, ids=str)
@pytest.mark.parametrize("window", [(1, 1), (2, 3), (5, 2)], ids=str)
def test_channels_after_the_last_16_follow_the_definition(window, padding):
    for dilation, (channels, filters) in itertools.product([(1, 1), (2, 3)], [(17, 50), (34, 17)]):
        sizes = 11, 14
        fitting = setting(sizes, window, (1, 1), dilation, padding)
        if fitting is None:
            continue
        pads, outputs = fitting
        x, kernel, bias, dy = arrays(9, sizes, window, channels, filters, outputs)
        geometry = (1, 1), pads, dilation
        y, dx = np.full_like(dy, UNSET), np.full_like(x, UNSET)
        run(algorithms.forward_jobs(x, kernel, bias, y, *geometry, relu=True))
        assert close(y, np.maximum(convolution_reference(x, kernel, *geometry) + bias, 0), DIRECT_TOLERANCE)
        for own_bias in (None, bias[:channels] if channels < filters else np.arange(channels, dtype=np.float32)):
            run(algorithms.input_gradient_jobs(dy, kernel, dx, *geometry, own_bias))
            expected = convolution_input_gradient_reference(dy, kernel, sizes, *geometry)
            assert close(dx, expected + (0 if own_bias is None else own_bias), DIRECT_TOLERANCE)


@pytest.mark.parametrize("padding", PADDINGS, ids=str)
@pytest.mark.parametrize("side", [3, 5])
def test_winograds_method_follows_the_definition(side, padding):
    window = (side, side)
    channels_and_filters = [(16, 16), (32, 48), (48, 80), (112, 80)]
    for (channels, filters), sizes in itertools.product(channels_and_filters, [(7, 8), (9, 5), (14, 14)]):
        fitting = setting(sizes, window, (1, 1), (1, 1), padding)
        if fitting is None:
            continue
        pads, outputs = fitting
        x, kernel, bias, dy = arrays(1, sizes, window, channels, filters, outputs)
        geometry = (1, 1), pads, (1, 1)
        y, dx, dkernel = (np.full_like(like, UNSET) for like in (dy, x, kernel))
        run(winograd.winograd_jobs(x, kernel, bias, y, pads, relu=True))
        assert close(y, np.maximum(convolution_reference(x, kernel, *geometry) + bias, 0), WINOGRAD_TOLERANCE)
        run(winograd.winograd_input_gradient_jobs(dy, kernel, dx, pads))
        assert close(dx, convolution_input_gradient_reference(dy, kernel, sizes, *geometry), WINOGRAD_TOLERANCE)
        run(winograd_kernel_gradient_jobs(x, dy, dkernel, pads))
        assert close(dkernel, convolution_kernel_gradient_reference(x, dy, window, *geometry), WINOGRAD_TOLERANCE)


@pytest.mark.parametrize("height, width", [(4, 5), (7, 3), (1, 1)])
@pytest.mark.parametrize("channels, more, filters", [(32, 16, 16), (64, 32, 80), (16, 0, 32), (64, 0, 48)])
def test_winograds_method_doubles_images(height, width, channels, more, filters):
    """An image whose pixels stand for 2×2, alone or with another one's channels behind its own: as from the copy."""
    rng, pads = np.random.default_rng(6), ((1, 1), (1, 1))

    def drawn(*shape):
        return rng.standard_normal(shape, dtype=np.float32)

    small, large = drawn(3, height, width, channels), drawn(3, 2 * height, 2 * width, more)
    kernel, dy = drawn(3, 3, channels + more, filters), drawn(3, 2 * height, 2 * width, filters)
    copied = np.concatenate([small.repeat(2, 1).repeat(2, 2), large], axis=3)
    dx = convolution_input_gradient_reference(dy, kernel, copied.shape[1:3], (1, 1), pads, (1, 1))
    dsmall = dx[..., :channels].reshape(3, height, 2, width, 2, channels).sum((2, 4))
    x = (small, large) if more else small
    for runs in (run, run_in_python):
        y, own, dkernel, dlarge = (np.full_like(like, UNSET) for like in (dy, small, kernel, large))
        runs(winograd.winograd_jobs(x, kernel, None, y, pads, upsampled=winograd.Upsampled(1, 0)))
        assert close(y, convolution_reference(copied, kernel, (1, 1), pads, (1, 1)), WINOGRAD_TOLERANCE)
        runs(winograd_kernel_gradient_jobs(x, dy, dkernel, pads, upsampled=True))
        expected = convolution_kernel_gradient_reference(copied, dy, (3, 3), (1, 1), pads, (1, 1))
        assert close(dkernel, expected, WINOGRAD_TOLERANCE)
        runs(winograd.winograd_input_gradient_jobs(dy, kernel, (own, dlarge) if more else own, pads, upsampled=True))
        assert close(own, dsmall, WINOGRAD_TOLERANCE)
        assert not more or close(dlarge, dx[..., channels:], WINOGRAD_TOLERANCE)


def run_in_python(jobs):
    for job in jobs:
        job.run_in_python()


def test_results_written_past_the_caches_are_the_same():
    x, kernel, *_ = arrays(5, (63, 64), (3, 3), 16, 16, (63, 64), batch=33)
    memory = aligned((x.size + 1,))
    streamed, stored = (memory[first : first + x.size].reshape(x.shape) for first in (0, 1))
    assert streamed.size >= winograd_outputs.STREAMED
    run(winograd.winograd_jobs(x, kernel, None, streamed, ((1, 1), (1, 1)), relu=True))
    expected = streamed.copy()
    run(winograd.winograd_jobs(x, kernel, None, stored, ((1, 1), (1, 1)), relu=True))
    assert np.array_equal(stored, expected)


@pytest.mark.parametrize("outputs, window", [(4, 3), (3, 4), (2, 5), (5, 2)])
def test_the_matrices_multiply_polynomials(outputs, window):
    rng = np.random.default_rng(2)
    inputs, kernel = rng.normal(size=6), rng.normal(size=window)
    products = (np.array(evaluation(window)) @ kernel) * (np.array(INPUT) @ inputs)
    expected = [inputs[i : i + window] @ kernel for i in range(outputs)]
    np.testing.assert_allclose(np.array(interpolation(outputs)) @ products, expected, atol=1e-12)


def test_a_tiles_transform_in_python_is_the_matrix_twice():
    rng = np.random.default_rng(3)
    tile, bias = rng.standard_normal((6, 6, 16), dtype=np.float32), rng.standard_normal(16, dtype=np.float32)
    target = np.zeros((4, 4, 16), np.float32)
    address = tile.ctypes.data, 6 * 16, 16, target.ctypes.data, 4 * 16, 16
    output_tile_4(*address, 1, bias.ctypes.data, 4, 4, 0, np.float32(0))
    matrix = np.array(interpolation(4))
    expected = np.einsum("ik,klc,jl->ijc", matrix, tile, matrix) + bias
    np.testing.assert_allclose(target, np.maximum(expected, 0), atol=1e-4)


def test_python_runs_the_same_loops():
    """The way of a student who steps into a kernel: no compilation, and the same result."""
    fitting = setting((6, 6), (3, 3), (1, 1), (1, 1), "same")
    pads, outputs = fitting
    x, kernel, bias, dy = arrays(4, (6, 6), (3, 3), 16, 16, outputs, batch=1)
    compiled, by_python = np.zeros_like(dy), np.zeros_like(dy)
    ways = {
        direct.direct_jobs: ((1, 1), pads, (1, 1)),
        few_channels.few_channels_jobs: (pads, (1, 1)),
        winograd.winograd_jobs: (pads,),
    }
    for maker, geometry in ways.items():
        run(maker(x, kernel, bias, compiled, *geometry))
        run_in_python(maker(x, kernel, bias, by_python, *geometry))
        assert close(by_python, compiled, WINOGRAD_TOLERANCE)


@pytest.mark.parametrize("side, channels", [(3, 16), (5, 16), (3, 96)])
def test_python_runs_the_same_loops_of_winograds_kernel_gradient(side, channels):
    pads, outputs = setting((5, 6), (side, side), (1, 1), (1, 1), "same")
    x, kernel, _, dy = arrays(4, (5, 6), (side, side), channels, 96, outputs, batch=1)
    compiled, by_python = np.zeros_like(kernel), np.zeros_like(kernel)
    run(winograd_kernel_gradient_jobs(x, dy, compiled, pads))
    run_in_python(winograd_kernel_gradient_jobs(x, dy, by_python, pads))
    assert close(by_python, compiled, WINOGRAD_TOLERANCE)


@pytest.mark.parametrize("channels", [32, 96])
@pytest.mark.parametrize("count", [1, 3, 4, 5])
def test_winograds_kernel_gradient_is_right_on_any_number_of_threads(threads, count, channels):
    threads(count)
    pads, outputs = setting((9, 10), (3, 3), (1, 1), (1, 1), "same")
    x, kernel, _, dy = arrays(4, (9, 10), (3, 3), channels, 96, outputs)
    dkernel = np.full_like(kernel, UNSET)
    run(winograd_kernel_gradient_jobs(x, dy, dkernel, pads))
    expected = convolution_kernel_gradient_reference(x, dy, (3, 3), (1, 1), pads, (1, 1))
    assert close(dkernel, expected, WINOGRAD_TOLERANCE)


KERNEL_GRADIENTS = {  # batch, sizes of x, channels, filters, window, strides
    "Winograd, one line of positions": (3, (20, 20), 96, 96, (3, 3), (1, 1)),
    "Winograd, three lines": (3, (20, 20), 64, 96, (3, 3), (1, 1)),
    "Winograd, all lines": (9, (32, 33), 32, 32, (3, 3), (1, 1)),
    "Winograd, all lines, equal shares of the filters": (33, (33, 32), 16, 64, (3, 3), (1, 1)),
    "1D tiles": (9, (1, 200), 32, 48, (1, 5), (1, 1)),
    "1D tiles, equal shares of the filters": (9, (1, 200), 32, 64, (1, 5), (1, 1)),
    "direct": (9, (20, 20), 20, 40, (3, 3), (2, 2)),
    "direct, equal shares of the filters": (9, (50, 20), 20, 64, (3, 3), (1, 1)),
    "direct, a volume": (5, (6, 7, 8), 16, 32, (3, 3, 3), (1, 1, 1)),
    "one group for each channel": (9, (20, 20), 40, None, (3, 3), (1, 1)),
    "one group for each channel, equal shares": (9, (9, 9), 64, None, (3, 3), (2, 2)),
}


@pytest.mark.parametrize("case", KERNEL_GRADIENTS.values(), ids=KERNEL_GRADIENTS)
def test_kernel_gradients_are_the_same_on_any_number_of_threads(threads, case):
    """Bit for bit: the parts of a sum depend on shapes alone; what more threads share is added by none."""
    batch, sizes, channels, filters, window, strides = case
    dilation = (1,) * len(window)
    pads, outputs = setting(sizes, window, strides, dilation, "same")
    x, kernel, _, dy = arrays(11, sizes, window, channels, filters or 1, outputs, batch)
    geometry = strides, pads, dilation
    if filters is None:
        dy = np.repeat(dy, channels, axis=-1)
        kernel, jobs = kernel[..., 0], depthwise_jobs.depthwise_kernel_gradient_jobs
        expected = depthwise_convolution_kernel_gradient_reference(x, dy, window, *geometry)
    else:
        jobs, expected = (
            algorithms.kernel_gradient_jobs,
            convolution_kernel_gradient_reference(x, dy, window, *geometry),
        )
    results = []
    for count in (1, 2, 3, 8):
        threads(count)
        dkernel = np.full_like(kernel, UNSET)
        run(jobs(x, dy, dkernel, *geometry))
        results.append(dkernel)
    assert close(results[0], expected.reshape(kernel.shape), WINOGRAD_TOLERANCE)
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


@pytest.fixture
def threads():
    before = config.threads()
    yield config.set_threads
    config.set_threads(before)


@pytest.fixture
def algorithm():
    yield config.set_convolution_algorithm
    config.set_convolution_algorithm("auto")


def test_the_setting_chooses_the_algorithm(algorithm):
    many_tiles = 16, (32, 32), (3, 3, 64, 64), (1, 1), (1, 1)
    few_tiles = 1, (4, 4), (3, 3, 64, 64), (1, 1), (1, 1)
    odd_channels = 16, (32, 32), (3, 3, 3, 64), (1, 1), (1, 1)
    for name, expected in {"auto": (1, 0, 0), "winograd": (1, 1, 0), "direct": (0, 0, 0)}.items():
        algorithm(name)
        assert tuple(algorithms.takes_winograd(*case) for case in (many_tiles, few_tiles, odd_channels)) == expected
    algorithm("reference")
    assert algorithms.wants_reference()
    with pytest.raises(ValueError, match="auto"):
        algorithm("fast")
