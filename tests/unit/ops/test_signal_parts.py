"""Frames, windows, transforms of complex tensors and cosine transforms against their definitions in plain loops."""

import math

import numpy as np
import pytest

from minikeras import ops
from minikeras.compat.tensorflow.signal.cosine_transform import cosine_matrix, dct
from minikeras.compat.tensorflow.signal.frames import frame, mel_weights, overlap_and_add
from minikeras.ops import signal_windows
from minikeras.ops.complex_fourier import ComplexFourier, irfft, rfft

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("length, step", [(4, 4), (4, 2), (5, 3), (3, 5)])
@pytest.mark.parametrize("axis", [0, 1])
def test_frames_are_slices(length, step, axis):
    x = RNG.normal(size=(13, 17)).astype("float32")
    expected = [x.take(range(s, s + length), axis) for s in range(0, x.shape[axis] - length + 1, step)]
    np.testing.assert_array_equal(frame(ops.convert_to_tensor(x), length, step, axis), np.stack(expected, axis))


def test_frames_may_reach_over_the_end():
    x = ops.convert_to_tensor(np.arange(5, dtype="float32"))
    frames = frame(x, 3, 2, pad_value=ops.convert_to_tensor(-1.0))
    assert frames.array.tolist() == [[0, 1, 2], [2, 3, 4], [4, -1, -1]]


def test_overlapping_frames_are_added():
    frames = RNG.normal(size=(2, 4, 5)).astype("float32")
    expected = np.zeros((2, 3 * 2 + 5), "float32")
    for i in range(4):
        expected[:, 2 * i : 2 * i + 5] += frames[:, i]
    np.testing.assert_allclose(overlap_and_add(ops.convert_to_tensor(frames), 2), expected, rtol=1e-6)


WINDOWS = {
    "hann": signal_windows.hann(16),
    "hamming": signal_windows.hamming(16),
    "kaiser": signal_windows.kaiser(16, 6.0),
    "vorbis": signal_windows.vorbis(16),
    "kaiser_bessel_derived": signal_windows.kaiser_bessel_derived(16, 6.0),
}


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("step", [4, 8])
def test_frames_weighted_by_a_window_and_its_inverse_add_up_to_the_signal(name, step):
    window = WINDOWS[name]
    signal = RNG.normal(size=64)
    weighted = frame(ops.convert_to_tensor(signal), 16, step).array * (window * signal_windows.inverse_of(window, step))
    restored = overlap_and_add(ops.convert_to_tensor(weighted), step).array
    np.testing.assert_allclose(restored[16:-16], signal[16:-16], rtol=1e-12)


@pytest.mark.parametrize("name", ["vorbis", "kaiser_bessel_derived"])
def test_squares_of_overlapping_halves_add_up_to_one(name):
    squares = WINDOWS[name] ** 2
    np.testing.assert_allclose(squares[:8] + squares[8:], np.ones(8), rtol=1e-12)


COSINES = {  # type → the sum of the definition
    1: lambda x, k, n: x[0] + (-1) ** k * x[-1] + 2 * sum(x[i] * math.cos(math.pi * k * i / (n - 1)) for i in range(1, n - 1)),  # noqa: E501
    2: lambda x, k, n: 2 * sum(x[i] * math.cos(math.pi * k * (2 * i + 1) / (2 * n)) for i in range(n)),
    3: lambda x, k, n: x[0] + 2 * sum(x[i] * math.cos(math.pi * (2 * k + 1) * i / (2 * n)) for i in range(1, n)),
    4: lambda x, k, n: 2 * sum(x[i] * math.cos(math.pi * (2 * k + 1) * (2 * i + 1) / (4 * n)) for i in range(n)),
}  # fmt: skip


@pytest.mark.parametrize("type", COSINES)
def test_cosine_transforms_are_their_sums(type):
    x = RNG.normal(size=7)
    expected = [COSINES[type](x, k, 7) for k in range(7)]
    np.testing.assert_allclose(dct(ops.convert_to_tensor(x), type), expected, rtol=1e-12)


@pytest.mark.parametrize("type", [2, 3, 4])
def test_ortho_makes_the_matrix_orthogonal(type):
    matrix = cosine_matrix(9, type, "ortho")
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(9), atol=1e-14)


@pytest.mark.parametrize("axes", [(-1,), (-2, -1), (-3, -2, -1)])
def test_transforms_of_complex_tensors_are_their_sums(axes):
    z = RNG.normal(size=(2, 3, 4)) + 1j * RNG.normal(size=(2, 3, 4))
    expected = z
    for axis in axes:
        n = z.shape[axis]
        matrix = np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n)
        expected = np.moveaxis(np.tensordot(matrix, expected, (1, axis)), 0, axis)
    forward = ComplexFourier(axes)(ops.convert_to_tensor(z))
    np.testing.assert_allclose(forward.array, expected, rtol=1e-10)
    np.testing.assert_allclose(ComplexFourier(axes, inverse=True)(forward).array, z, rtol=1e-10)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_inverse_of_a_transform_of_real_numbers(axes):
    x = RNG.normal(size=(4, 5, 6))
    lengths = list(x.shape[-axes:])
    np.testing.assert_allclose(irfft(rfft(ops.convert_to_tensor(x), lengths, axes), lengths, axes), x, rtol=1e-10)


def test_mel_weights_are_triangles_that_overlap_by_half():
    weights = mel_weights(10, 257, 8000.0, 0.0, 4000.0)
    assert weights.shape == (257, 10)
    assert not weights[0].any()
    peaks = weights.argmax(axis=0)
    between_peaks = weights.sum(axis=1)[peaks[0] + 1 : peaks[-1]]
    np.testing.assert_allclose(between_peaks, np.ones_like(between_peaks), rtol=1e-10)  # two share every frequency
