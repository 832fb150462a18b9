"""`tf.linalg`, `tf.signal`, `tf.bitwise` and `tf.sets` of the shim against the live ones."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from tests.parity.comparing import LAYER  # noqa: E402
from tests.parity.compat.shim_cases import RNG, Case, check  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

SOLVING = 2e-4  # inverses and what is made of them: roundings grow with the condition number, of some tens here


def floats(*shape):
    return RNG.normal(size=shape).astype("float32")


def complexes(*shape):
    return (RNG.normal(size=shape) + 1j * RNG.normal(size=shape)).astype("complex64")


A, B, C = floats(3, 4), floats(4, 5), floats(3, 4)
SQUARE = floats(4, 4) + 3 * np.eye(4, dtype="float32")
STACK = floats(2, 3, 3) + 3 * np.eye(3, dtype="float32")
POSITIVE = (STACK @ STACK.transpose(0, 2, 1)).astype("float32")
TRIANGLE = np.tril(STACK)
TRIDIAGONAL = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], "float32")


def own(*shape):
    return OWN.normal(size=shape).astype("float32")


OWN = np.random.default_rng(5)  # so that the arrays of other rows stay the same
BANDS = OWN.normal(size=(2, 3, 5)).astype("float32") + 3 * np.array([[0], [1], [0]], "float32")
RIGHT = floats(2, 3, 2)
CUBE = floats(2, 3, 4)
VECTORS = floats(2, 3)
Z = complexes(3, 4)

PRODUCTS = [
    Case("matmul", A, B),
    Case("matmul", A, C, transpose_b=True),
    Case("matmul", A, C, transpose_a=True),
    Case("linalg.matmul", CUBE, B),
    Case("matmul", Z, Z, adjoint_b=True, gradients=False),
    Case("matmul", A.astype("int32"), B.astype("int32")),
    Case("linalg.matvec", CUBE, floats(2, 4)),
    Case("linalg.matvec", A, floats(3), transpose_a=True),
    Case("tensordot", A, B, 1),
    Case("tensordot", CUBE, CUBE, [[0, 2], [0, 2]]),
    Case("tensordot", A, C, 0),
    Case("einsum", "ij,jk->ik", A, B),
    Case("einsum", "bij->bji", CUBE),
    Case("einsum", "bij, bij -> b", CUBE, CUBE),
    Case("einsum", "...j,jk", CUBE, B),
    Case("linalg.cross", VECTORS, VECTORS[::-1]),
    Case("linalg.matrix_transpose", CUBE),
    Case("linalg.adjoint", Z, gradients=False),
    *[
        Case("norm", CUBE, ord, axis, keepdims)
        for ord in ("euclidean", 1, 2, 3.0, np.inf)
        for axis, keepdims in ((None, None), (1, True), (-1, False))
    ],
    *[Case("linalg.norm", CUBE, ord, (1, 2)) for ord in ("fro", "euclidean", 1, np.inf)],
    Case("linalg.norm", CUBE, 2, (1, 2), tolerance=SOLVING),
    Case("linalg.norm", Z, gradients=False),
    Case("linalg.normalize", CUBE, axis=1),
    Case("linalg.normalize", CUBE),
    Case("linalg.global_norm", [A, B]),
]
DIAGONALS = [
    Case("linalg.trace", CUBE),
    *[Case("linalg.band_part", floats(4, 5), low, high) for low, high in ((0, -1), (-1, 0), (1, 2), (0, 0))],
    Case("linalg.band_part", floats(2, 9, 7), 1, 2),
    Case("linalg.tensor_diag", VECTORS),
    Case("linalg.tensor_diag_part", floats(2, 3, 2, 3)),
    Case("linalg.diag", VECTORS),
    Case("linalg.diag", VECTORS, k=1),
    Case("linalg.diag", VECTORS, k=-2),
    Case("linalg.diag", VECTORS, k=0, num_rows=4, num_cols=3, padding_value=7.0),
    Case("linalg.diag", floats(2, 3), k=(0, 1)),
    Case("linalg.diag", floats(2, 3, 3), k=(-1, 1)),
    Case("linalg.diag", floats(2, 3, 3), k=(-1, 1), align="LEFT_RIGHT"),
    Case("linalg.diag_part", CUBE),
    Case("linalg.diag_part", CUBE, k=1),
    Case("linalg.diag_part", CUBE, k=-1),
    Case("linalg.diag_part", CUBE, k=(-1, 2)),
    Case("linalg.diag_part", CUBE, k=(-1, 2), padding_value=9.0, align="LEFT_LEFT"),
    Case("linalg.set_diag", CUBE, VECTORS),
    Case("linalg.set_diag", CUBE, floats(2, 3), k=1),
    Case("linalg.set_diag", CUBE, floats(2, 2, 3), k=(0, 1)),
]
DECOMPOSITIONS = [
    Case("linalg.inv", STACK),
    Case("linalg.inv", STACK, adjoint=True),
    Case("linalg.det", STACK),
    Case("linalg.slogdet", STACK),
    Case("linalg.logdet", POSITIVE),
    Case("linalg.solve", STACK, RIGHT),
    Case("linalg.solve", STACK, RIGHT, adjoint=True),
    Case("linalg.triangular_solve", TRIANGLE, RIGHT),
    Case("linalg.triangular_solve", TRIANGLE, RIGHT, adjoint=True),
    Case("linalg.triangular_solve", STACK, RIGHT, lower=False),
    Case("linalg.cholesky", POSITIVE),
    Case("linalg.cholesky_solve", TRIANGLE, RIGHT),
    Case("linalg.lstsq", floats(5, 3), floats(5, 2)),
    Case("linalg.lstsq", floats(2, 4), floats(2, 2)),
    Case("linalg.lstsq", floats(5, 3), floats(5, 2), 0.5),
    Case("linalg.lstsq", floats(5, 3), floats(5, 2), fast=False, gradients=False),
    Case("linalg.pinv", floats(4, 3)),
    Case("linalg.matrix_rank", SQUARE),
    Case("linalg.svd", floats(4, 3), compute_uv=False),
    Case("linalg.eigvalsh", POSITIVE),
    Case("linalg.expm", STACK / 3),
    Case("linalg.expm", 0 * STACK),
    Case("linalg.sqrtm", POSITIVE, gradients=False),
    Case("linalg.tridiagonal_solve", BANDS, own(2, 5, 2)),
    Case("linalg.tridiagonal_solve", BANDS, own(2, 5)),
    Case("linalg.tridiagonal_solve", [BANDS[:, 0], BANDS[:, 1], BANDS[:, 2]], own(2, 5, 1), "sequence"),
    Case("linalg.tridiagonal_solve", STACK * TRIDIAGONAL, RIGHT, "matrix", conjugate_rhs=True),
    Case("linalg.tridiagonal_matmul", BANDS, own(2, 5, 2)),
    *[
        Case(
            "linalg.banded_triangular_solve",
            BANDS[:, :: 1 if lower else -1][:, [1, 0]][:, :: 1 if lower else -1],
            own(2, 5, 2),
            lower=lower,
            adjoint=adjoint,
        )
        for lower in (True, False)
        for adjoint in (True, False)
    ],
    Case("linalg.logm", (STACK + 1j).astype("complex64"), gradients=False),
    Case("linalg.lu", SQUARE, gradients=False),
    Case("linalg.lu_reconstruct", SQUARE, np.array([2, 0, 3, 1], "int32")),
    Case("linalg.lu_solve", SQUARE, np.array([2, 0, 3, 1], "int32"), floats(4, 2)),
    Case("linalg.lu_matrix_inverse", SQUARE, np.array([2, 0, 3, 1], "int32")),
]

LONG = floats(2, 40)
SIGNAL = [
    *[
        Case(f"signal.{name}", complexes(2, 3, 4), gradients=False)
        for name in ("fft", "ifft", "fft2d", "ifft2d", "fft3d", "ifft3d")
    ],
    Case("signal.rfft", LONG, gradients=False),
    Case("signal.rfft", LONG, [31], gradients=False),
    Case("signal.rfft", LONG, [50], gradients=False),
    Case("signal.rfft2d", CUBE, gradients=False),
    Case("signal.rfft3d", CUBE, gradients=False),
    Case("signal.rfft2d", CUBE, [4, 3], gradients=False),
    Case("signal.irfft", complexes(2, 5), gradients=False),
    Case("signal.irfft", complexes(2, 5), [9], gradients=False),
    Case("signal.irfft", complexes(2, 5), [4], gradients=False),
    Case("signal.irfft2d", complexes(2, 3, 4), gradients=False),
    Case("signal.irfft3d", complexes(2, 3, 4), gradients=False),
    *[Case(f"signal.{name}", CUBE, axes) for name in ("fftshift", "ifftshift") for axes in (None, 1, [0, 2])],
    *[
        Case(f"signal.{name}", LONG, type, norm=norm)
        for name in ("dct", "idct")
        for type in (1, 2, 3, 4)
        for norm in (None, "ortho")
        if type > 1 or not norm
    ],
    Case("signal.dct", LONG, n=30),
    Case("signal.dct", LONG, n=45),
    *[Case("signal.dct", floats(2, n), norm=norm) for n in (256, 257) for norm in (None, "ortho")],
    *[Case(f"signal.{name}_window", n) for name in ("hann", "hamming", "kaiser", "vorbis") for n in (1, 6, 7)],
    Case("signal.hann_window", 8, periodic=False),
    Case("signal.kaiser_bessel_derived_window", 8),
    Case("signal.kaiser_window", 9, 4.0),
    Case("signal.frame", LONG, 8, 3),
    Case("signal.frame", LONG, 8, 3, pad_end=True, pad_value=-1),
    Case("signal.frame", CUBE, 2, 1, axis=1),
    Case("signal.overlap_and_add", floats(2, 5, 4), 3),
    Case("signal.stft", LONG, 8, 4, gradients=False),
    Case("signal.stft", LONG, 10, 4, 16, pad_end=True, gradients=False),
    Case("signal.stft", LONG, 10, 4, window_fn=None, gradients=False),
    Case("signal.inverse_stft", complexes(2, 6, 9), 16, 8, gradients=False),
    Case("signal.inverse_stft", complexes(6, 9), 12, 5, 16, gradients=False),
    Case("signal.mdct", LONG, 8),
    Case("signal.mdct", LONG, 12, window_fn=None, pad_end=True, norm="ortho"),
    Case("signal.inverse_mdct", own(2, 5, 4)),
    Case("signal.inverse_mdct", own(5, 6), window_fn=None, norm="ortho"),
    Case("signal.linear_to_mel_weight_matrix"),
    Case("signal.linear_to_mel_weight_matrix", 5, 33, 16000, 20.0, 7000.0),
    Case("signal.mfccs_from_log_mel_spectrograms", LONG),
]
N, SHIFT = RNG.integers(0, 99, (2, 5)).astype("int32"), RNG.integers(0, 5, (2, 5)).astype("int32")
BITS = [
    *[
        Case(f"bitwise.{name}", N, SHIFT)
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift")
    ],
    Case("bitwise.invert", N),
    Case("bitwise.invert", N.astype("uint8")),
    Case("bitwise.bitwise_and", N, 7),
]


@pytest.mark.parametrize("case", [*PRODUCTS, *DIAGONALS], ids=repr)
def test_same_products_and_diagonals(case):
    check(case, "compat: tf.linalg products", LAYER)


@pytest.mark.parametrize("case", DECOMPOSITIONS, ids=repr)
def test_same_decompositions(case):
    check(case, "compat: tf.linalg decompositions", SOLVING)


@pytest.mark.parametrize("case", [*SIGNAL, *BITS], ids=repr)
def test_same_signals_and_bits(case):
    check(case, "compat: tf.signal, tf.bitwise", LAYER)


FACTORS = [  # signs of vectors are free, so what the factors make together is compared
    ("svd", lambda tf, x: [tf.linalg.svd(x)[0], _again(tf, *tf.linalg.svd(x))]),
    ("qr", lambda tf, x: [tf.abs(tf.linalg.qr(x).r), tf.matmul(*tf.linalg.qr(x))]),
    ("qr complete", lambda tf, x: [tf.abs(tf.linalg.qr(x, full_matrices=True).q)]),
    ("eigh", lambda tf, x: [tf.linalg.eigh(tf.matmul(x, x, transpose_a=True))[0]]),
    ("eigvals", lambda tf, x: [tf.sort(tf.math.real(tf.linalg.eigvals(tf.matmul(x, x, transpose_a=True))))]),
]


def _again(tf, s, u, v):
    return tf.matmul(u * s, v, transpose_b=True)


@pytest.mark.parametrize("name, call", FACTORS, ids=[name for name, _ in FACTORS])
def test_same_factors(name, call):
    x = floats(4, 3)
    for ours, theirs in zip(call(shim, shim.constant(x)), call(tf, tf.constant(x)), strict=True):
        np.testing.assert_allclose(np.asarray(ours), theirs.numpy(), rtol=0, atol=SOLVING)


SPECTRA = [
    ("rfft", lambda tf, x: tf.signal.rfft(x, [50])),
    ("stft", lambda tf, x: tf.signal.stft(x, 8, 4)),
    ("rfft2d", lambda tf, x: tf.signal.rfft2d(x)),
    ("fft", lambda tf, x: tf.signal.fft(tf.cast(x, tf.complex64))),
    ("stft and back", lambda tf, x: tf.signal.inverse_stft(tf.signal.stft(x, 8, 4), 8, 4)),
]


@pytest.mark.parametrize("name, call", SPECTRA, ids=[name for name, _ in SPECTRA])
def test_gradients_through_complex_numbers(name, call):
    gradients = []
    for module in (shim, tf):
        x = module.constant(LONG)
        with module.GradientTape() as tape:
            tape.watch(x)
            loss = module.reduce_sum(module.square(module.abs(call(module, x))))
        gradients.append(np.asarray(tape.gradient(loss, x)))
    scale = np.abs(gradients[1]).max()
    np.testing.assert_allclose(gradients[0] / scale, gradients[1] / scale, rtol=0, atol=LAYER)


@pytest.mark.parametrize("name", ["intersection", "union", "difference"])
def test_same_sets(name):
    a, b = np.array([[1, 2, 3], [4, 4, 0]]), np.array([[2, 9, 3], [4, 1, 1]])
    ours, theirs = (getattr(module.sets, name)(module.constant(a), module.constant(b)) for module in (shim, tf))
    for part in ("indices", "values", "dense_shape"):
        np.testing.assert_array_equal(np.asarray(getattr(ours, part)), getattr(theirs, part).numpy())
    np.testing.assert_array_equal(np.asarray(shim.sets.size(ours)), tf.sets.size(theirs).numpy())
    np.testing.assert_array_equal(np.asarray(shim.sparse.to_dense(ours)), tf.sparse.to_dense(theirs).numpy())
