"""Convolution and its gradients, the definition and the quick ways, against loops that spell out every index."""

import numpy as np
import pytest

from minikeras.kernels import convolution as quick
from minikeras.kernels.convolution import reference
from minikeras.kernels.windows import explicit_pads, output_sizes, pad

# Sums of at most a few hundred float64 products of standard normal numbers.
ATOL = 1e-11
# The same in float32, whose rounding unit is 5e8 times larger.
ATOL_FLOAT32 = 1e-4

SIZES = {1: (9,), 2: (7, 8), 3: (3, 4, 4)}
CHANNELS, FILTERS = 4, 8
CONFIGURATIONS = [
    pytest.param(spatial, window, strides, dilation, groups, padding)
    for spatial, windows in {1: (1, 3), 2: ((1, 1), (2, 3)), 3: ((2, 1, 3),)}.items()
    for window in windows
    for strides, dilation in ((1, 1), (2, 1), (3, 1), (1, 2), (2, 2))
    for groups in (1, 2, CHANNELS)
    for padding in ("valid", "same", "uneven")
]


def _setting(spatial, window, strides, dilation, padding):
    """Window, strides, dilation as tuples (a little different per axis) and explicit pads."""
    window = (window,) if spatial == 1 else window
    strides = tuple(max(strides - axis % 2, 1) for axis in range(spatial))
    dilation = tuple(max(dilation - axis % 2, 1) for axis in range(spatial))
    if padding == "uneven":
        pads = tuple((axis, 2) for axis in range(spatial))
    else:
        pads = explicit_pads(padding, SIZES[spatial], window, strides, dilation)
    return window, strides, pads, dilation


def convolve_by_loops(x, kernel, strides, pads, dilation, groups):
    """The definition, one window and one filter at a time."""
    window, channels, filters = kernel.shape[:-2], kernel.shape[-2], kernel.shape[-1]
    outputs = output_sizes(x.shape[1:-1], window, strides, pads, dilation)
    x = pad(x, pads)
    y = np.zeros((x.shape[0], *outputs, filters))
    for n, f, *i in np.ndindex(x.shape[0], filters, *outputs):
        first_channel = f // (filters // groups) * channels
        for a in np.ndindex(*window):
            position = tuple(p * s + o * d for p, s, o, d in zip(i, strides, a, dilation, strict=True))
            values = x[(n, *position)][first_channel : first_channel + channels]
            y[(n, *i, f)] += values @ kernel[(*a, slice(None), f)]
    return y


@pytest.mark.one_in(3)
@pytest.mark.parametrize("spatial, window, strides, dilation, groups, padding", CONFIGURATIONS)
def test_convolution_and_its_gradients_follow_the_definition(spatial, window, strides, dilation, groups, padding):
    rng = np.random.default_rng(spatial)
    window, *geometry = _setting(spatial, window, strides, dilation, padding)
    x = rng.normal(size=(2, *SIZES[spatial], CHANNELS))
    kernel = rng.normal(size=(*window, CHANNELS // groups, FILTERS))
    y = convolve_by_loops(x, kernel, *geometry, groups)
    dy, dx, dkernel = rng.normal(size=y.shape), rng.normal(size=x.shape), rng.normal(size=kernel.shape)
    # <dy, y(dx, kernel)> = <input gradient, dx>: y is linear in each, so its gradient is its transpose.
    along_x = np.vdot(dy, convolve_by_loops(dx, kernel, *geometry, groups))
    along_kernel = np.vdot(dy, convolve_by_loops(x, dkernel, *geometry, groups))
    for suffix in ("", "_reference"):
        forward = getattr(quick, "convolution" + suffix)
        input_gradient = getattr(quick, "convolution_input_gradient" + suffix)
        kernel_gradient = getattr(quick, "convolution_kernel_gradient" + suffix)
        np.testing.assert_allclose(forward(x, kernel, *geometry, groups), y, rtol=0, atol=ATOL)
        gradient = input_gradient(dy, kernel, SIZES[spatial], *geometry, groups)
        assert gradient.shape == x.shape
        np.testing.assert_allclose(np.vdot(gradient, dx), along_x, rtol=0, atol=100 * ATOL)
        gradient = kernel_gradient(x, dy, window, *geometry, groups)
        assert gradient.shape == kernel.shape
        np.testing.assert_allclose(np.vdot(gradient, dkernel), along_kernel, rtol=0, atol=100 * ATOL)


@pytest.mark.parametrize("padding", ["valid", "same", "uneven"])
@pytest.mark.parametrize("multiplier, strides", [(1, 1), (1, 2), (3, 1), (3, 2)])
@pytest.mark.parametrize("spatial, window", [(1, 3), (2, (2, 3)), (3, (2, 1, 2))])
def test_depthwise_convolution_is_one_convolution_per_channel(spatial, window, multiplier, strides, padding):
    rng = np.random.default_rng(0)
    window, *geometry = _setting(spatial, window, strides, 1, padding)
    x = rng.normal(size=(2, *SIZES[spatial], CHANNELS))
    kernel = rng.normal(size=(*window, CHANNELS, multiplier))
    y, dx, dkernel = [], [], []
    for c in range(CHANNELS):
        own = x[..., c : c + 1], np.ascontiguousarray(kernel[..., c, :])[..., None, :]
        y.append(convolve_by_loops(*own, *geometry, 1))
    y = np.concatenate(y, axis=-1)
    dy = rng.normal(size=y.shape)
    for c in range(CHANNELS):
        own = x[..., c : c + 1], np.ascontiguousarray(kernel[..., c, :])[..., None, :]
        own_dy = dy[..., c * multiplier : (c + 1) * multiplier]
        dx.append(quick.convolution_input_gradient_reference(own_dy, own[1], SIZES[spatial], *geometry))
        dkernel.append(quick.convolution_kernel_gradient_reference(own[0], own_dy, window, *geometry)[..., 0, :])
    in_groups = kernel.reshape(*window, 1, CHANNELS * multiplier)
    np.testing.assert_allclose(quick.convolution(x, in_groups, *geometry, CHANNELS), y, rtol=0, atol=ATOL)
    actual = quick.convolution_input_gradient(dy, in_groups, SIZES[spatial], *geometry, CHANNELS)
    np.testing.assert_allclose(actual, np.concatenate(dx, axis=-1), rtol=0, atol=ATOL)
    actual = quick.convolution_kernel_gradient(x, dy, window, *geometry, CHANNELS)
    np.testing.assert_allclose(actual.reshape(kernel.shape), np.stack(dkernel, axis=-2), rtol=0, atol=ATOL)


SPECIAL = {  # name → batch, height, width, channels, filters, window, strides, padding
    "no images": (0, 5, 5, 2, 3, (3, 3), (1, 1), "same"),
    "no window fits": (2, 2, 2, 2, 3, (3, 3), (1, 1), "valid"),
    "everything of size 1": (1, 1, 1, 1, 1, (1, 1), (1, 1), "valid"),
    "window larger than the image": (2, 2, 3, 2, 3, (5, 5), (1, 1), "same"),
}


@pytest.mark.parametrize(
    "batch, height, width, channels, filters, window, strides, padding", SPECIAL.values(), ids=SPECIAL
)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_odd_shapes_and_dtypes(batch, height, width, channels, filters, window, strides, padding, dtype):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, height, width, channels)).astype(dtype)
    kernel = rng.normal(size=(*window, channels, filters)).astype(dtype)
    geometry = strides, explicit_pads(padding, (height, width), window, strides, (1, 1)), (1, 1)
    dy = rng.normal(size=quick.convolution(x, kernel, *geometry).shape).astype(dtype)
    calls = {
        "convolution": (x, kernel, *geometry),
        "convolution_input_gradient": (dy, kernel, (height, width), *geometry),
        "convolution_kernel_gradient": (x, dy, window, *geometry),
    }
    atol = {"float16": 0.5, "float32": ATOL_FLOAT32, "float64": ATOL}[dtype]  # float16 sums 540 products to 3 digits
    for name, arguments in calls.items():
        actual = getattr(quick, name)(*arguments)
        exact = [value.astype(np.float64) if isinstance(value, np.ndarray) else value for value in arguments]
        expected = getattr(quick, name + "_reference")(*exact)
        assert actual.dtype == dtype
        np.testing.assert_allclose(actual, expected, rtol=0, atol=atol)


@pytest.mark.parametrize("groups, window", [(1, (3, 3)), (1, (1, 1)), (2, (3, 3)), (4, (3, 3))])
def test_arrays_in_any_memory_order(groups, window):
    rng = np.random.default_rng(0)
    geometry = (1, 2), ((1, 1), (1, 1)) if window == (3, 3) else ((0, 0), (0, 0)), (1, 1)
    x = rng.normal(size=(2, 4, 7, 6)).transpose(0, 3, 2, 1)  # (2, 6, 7, 4), channels not last in memory
    kernel = rng.normal(size=(8, 4 // groups, *window)).transpose(2, 3, 1, 0)
    y = quick.convolution_reference(x, kernel, *geometry, groups)
    dy = np.asfortranarray(rng.normal(size=y.shape))
    for name, arguments in {
        "convolution": (x, kernel, *geometry),
        "convolution_input_gradient": (dy, kernel, (6, 7), *geometry),
        "convolution_kernel_gradient": (x, dy, window, *geometry),
    }.items():
        expected = getattr(quick, name + "_reference")(*arguments, groups)
        np.testing.assert_allclose(getattr(quick, name)(*arguments, groups), expected, rtol=0, atol=ATOL)


def test_float64_windows_that_fit_nowhere_have_no_outputs():
    y = quick.convolution(np.ones((2, 3, 3, 1)), np.ones((5, 5, 1, 2)), (1, 1), ((0, 0), (0, 0)), (1, 1))
    assert y.shape == (2, 0, 0, 2)


@pytest.mark.parametrize("strides, dilation, groups", [(1, 1, 1), (2, 1, 2), (1, 2, 1), (3, 2, 2)])
@pytest.mark.parametrize("spatial, window", [(1, 3), (2, (2, 3)), (3, (2, 1, 3))])
def test_few_channels_of_a_group_are_one_product(monkeypatch, spatial, window, strides, dilation, groups):
    rng = np.random.default_rng(0)
    window, *geometry = _setting(spatial, window, strides, dilation, "uneven")
    x, kernel = rng.normal(size=(2, *SIZES[spatial], 4)), rng.normal(size=(*window, 4 // groups, FILTERS))
    y = quick.convolution_reference(x, kernel, *geometry, groups)
    dy = rng.normal(size=y.shape)
    dkernel = quick.convolution_kernel_gradient_reference(x, dy, window, *geometry, groups)
    monkeypatch.setattr(reference, "FEW_CHANNELS", 0)
    np.testing.assert_allclose(quick.convolution_reference(x, kernel, *geometry, groups), y, atol=ATOL)
    found = quick.convolution_kernel_gradient_reference(x, dy, window, *geometry, groups)
    np.testing.assert_allclose(found, dkernel, atol=ATOL)
