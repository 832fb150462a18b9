"""Gradients of the everyday NumPy functions and of linear algebra."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.ops import bessel
from minikeras.ops.complex_numbers import ViewAsComplex, argument
from minikeras.ops.diagonal_bands import band_part
from tests.gradients.harness import (
    Row,
    away_from_zero,
    between,
    check_first_order,
    check_second_order,
    distinct,
    exactly,
    matrices,
    positive,
)

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

X = (2, 3)  # the shape that most rows use


def unary(function, domain=X, name=None):
    """The row of a function of one tensor."""
    return Row(name or function.__name__, function, (domain,))


def of_axis(function, *axes, shape=(2, 3, 4), domain=None, **settings):
    """Rows of a reduction over several choices of axes, with and without keepdims."""
    domain = domain or (lambda s: s)
    return [
        Row(f"{function.__name__} axis={axis} keepdims={keepdims}",
            lambda x, axis=axis, keepdims=keepdims: function(x, axis=axis, keepdims=keepdims, **settings),
            (domain(shape),))
        for axis in axes
        for keepdims in (False, True)
    ]  # fmt: skip


def symmetric(x):
    """A symmetric positive definite matrix made of any one."""
    return x @ ops.swapaxes(x, -1, -2) + np.eye(x.shape[-1])


ELEMENTWISE = [
    *[unary(f) for f in (ops.exp, ops.exp2, ops.expm1, ops.square, ops.sin, ops.cos, ops.arctan, ops.sinh, ops.cosh)],
    *[unary(f) for f in (ops.tanh, ops.arcsinh, ops.sinc, ops.deg2rad, ops.rad2deg, ops.i0, ops.negative, ops.copy)],
    *[unary(f, positive(X)) for f in (ops.log, ops.log1p, ops.log2, ops.log10, ops.sqrt, ops.rsqrt)],
    *[unary(f, away_from_zero(X)) for f in (ops.reciprocal, ops.abs, ops.absolute, ops.fabs, ops.cbrt)],
    *[unary(f, between(-0.8, 0.8, X)) for f in (ops.arcsin, ops.arccos, ops.arctanh, ops.tan)],
    unary(ops.arccosh, between(1.2, 3.0, X)),
    unary(ops.sign, away_from_zero(X)),
    unary(bessel.I1(), name="I1"),
    unary(bessel.I1(), exactly([0.0, 1.0]), name="I1 at 0"),
    unary(ops.nan_to_num),
    unary(ops.real),
    unary(ops.conj),
    unary(ops.conjugate),
    Row("clip", lambda x: ops.clip(x, -0.5, 0.7), (distinct((7,)),)),
    Row("clip to tensors", ops.clip, (distinct((7,)), exactly(-0.51), exactly(0.73))),
    *[Row(f.__name__, f, (X, X)) for f in (ops.add, ops.subtract, ops.multiply, ops.logaddexp, ops.logaddexp2)],
    *[Row(f.__name__, f, (X, away_from_zero((3,)))) for f in (ops.divide, ops.true_divide, ops.divide_no_nan)],
    *[Row(f.__name__, f, (positive(X), positive((2, 1)))) for f in (ops.power, ops.mod, ops.fmod, ops.hypot)],
    Row("fmod of both signs", ops.fmod, (away_from_zero((6,)), positive((6,)))),
    *[Row(f.__name__, f, (X, (3,))) for f in (ops.maximum, ops.minimum, ops.fmax, ops.fmin)],
    Row("arctan2", ops.arctan2, (away_from_zero(X), away_from_zero(X))),
    Row("heaviside", lambda a: ops.heaviside(np.array([-1.0, 0.0, 1.0]), a), ((3,),)),
    Row("ldexp", lambda a: ops.ldexp(a, np.array([2, -1, 0], "int32")), ((3,),)),
    Row("nextafter", lambda a: ops.nextafter(a, 9.0), (X,)),
    Row("where", lambda a, b: ops.where(np.array([True, False, True]), a, b), (X, (1, 3))),
    Row("select", lambda a, b: ops.select([a > 0.5, a < -0.5], [a * b, b], a), (X, X)),
]

REDUCTIONS = [
    *of_axis(ops.sum, None, 1, (0, -1)),
    *of_axis(ops.mean, None, 1, (0, -1)),
    *of_axis(ops.var, None, 1, (0, -1)),
    *of_axis(ops.std, None, 1, (0, -1), domain=distinct),
    *of_axis(ops.prod, None, 1, (0, -1), shape=(2, 3, 2)),
    *of_axis(ops.max, None, 1, (0, -1), domain=distinct),
    *of_axis(ops.min, None, 1, (0, -1), domain=distinct),
    *of_axis(ops.amax, 1, domain=distinct),
    *of_axis(ops.amin, 1, domain=distinct),
    *of_axis(ops.ptp, None, 1, domain=distinct),
    *of_axis(ops.logsumexp, None, 1, (0, -1)),
    *of_axis(ops.median, None, 1, domain=distinct),
    *of_axis(ops.nansum, 1),
    *of_axis(ops.nanmean, 1),
    *of_axis(ops.nanvar, 1),
    *of_axis(ops.nanstd, 1),
    *of_axis(ops.nanprod, 1),
    *of_axis(ops.nanmax, 1, domain=distinct),
    *of_axis(ops.nanmin, 1, domain=distinct),
    *of_axis(ops.nanmedian, 1, domain=distinct),
    Row("sum over no elements", lambda x: ops.sum(x, axis=0), ((0, 3),)),
    Row("sum over an axis of 1", lambda x: ops.sum(x, axis=1), ((3, 1),)),
    Row("mean over an axis of 1", lambda x: ops.mean(x, axis=1), ((3, 1),)),
    Row("mean of a scalar", ops.mean, ((),)),
    Row("max with initial", lambda x: ops.max(x, axis=0, initial=0.2), (distinct((5, 2)),)),
    Row("prod with a zero", ops.prod, (exactly([0.0, 2.0, 3.0]),), order=1),
    Row("prod of no elements", lambda x: ops.prod(x, axis=0), ((0, 3),)),
    Row("quantile", lambda x: ops.quantile(x, [0.2, 0.7], axis=1), (distinct(X),)),
    Row("quantile midpoint", lambda x: ops.quantile(x, 0.3, method="midpoint", keepdims=True), (distinct(X),)),
    Row("percentile", lambda x: ops.percentile(x, 30, axis=0), (distinct((4, 2)),)),
    Row("nanquantile", lambda x: ops.nanquantile(x, [0.2, 0.7], axis=1), (distinct(X),)),
    Row("nanpercentile", lambda x: ops.nanpercentile(x, 30, axis=0), (distinct((4, 2)),)),
    Row("average", lambda x, w: ops.average(x, axis=1, weights=w), (X, positive((3,)))),
    Row("average of all", lambda x, w: ops.average(x, weights=w), (X, positive(X))),
    *[Row(f"norm ord={o}", lambda x, o=o: ops.norm(x, ord=o, axis=1), (distinct((3, 4)),))
      for o in (None, 1, 2, 3, -1.5, float("inf"), float("-inf"))],
    *[Row(f"matrix norm ord={o}", lambda x, o=o: ops.norm(x, ord=o, axis=(0, 2), keepdims=True), (distinct((3, 2, 4)),))
      for o in (None, "fro", "nuc", 1, -1, 2, -2, float("inf"), float("-inf"))],
    Row("norm of all", ops.norm, ((2, 3),)),
    Row("corrcoef", ops.corrcoef, ((3, 5),)),
    *[Row(f"correlate {mode}", lambda a, b, mode=mode: ops.correlate(a, b, mode), ((5,), (3,)))
      for mode in ("valid", "same", "full")],
    Row("cumsum", lambda x: ops.cumsum(x, axis=1), (X,)),
    Row("cumsum of all", ops.cumsum, (X,)),
    Row("cumprod", lambda x: ops.cumprod(x, axis=-1), (away_from_zero(X),)),
    Row("cumprod of all", ops.cumprod, (away_from_zero(X),)),
    Row("nancumsum", lambda x: ops.nancumsum(x, axis=1), (X,)),
    Row("nancumprod", lambda x: ops.nancumprod(x, axis=1), (away_from_zero(X),)),
    Row("diff", lambda x: ops.diff(x, n=2, axis=0), ((4, 2),)),
    Row("trapezoid", lambda y, x: ops.trapezoid(y, x, axis=0), ((4, 2), (4,))),
    Row("trapezoid dx", lambda y: ops.trapezoid(y, dx=0.3), ((4, 2),)),
    Row("count of a sum", lambda x: ops.sum(x, axis=(0, 1, 2)), ((2, 1, 3),)),
]  # fmt: skip

SHAPING = [
    Row("reshape", lambda x: ops.reshape(x, (3, -1)), (X,)),
    Row("transpose", ops.transpose, (X,)),
    Row("transpose of three", lambda x: ops.transpose(x, (2, 0, 1)), ((2, 3, 4),)),
    Row("squeeze", ops.squeeze, ((1, 3, 1),)),
    Row("expand_dims", lambda x: ops.expand_dims(x, (0, -1)), (X,)),
    Row("moveaxis", lambda x: ops.moveaxis(x, (0, 1), (-1, 0)), ((2, 3, 4),)),
    Row("swapaxes", lambda x: ops.swapaxes(x, 0, -1), ((2, 3, 4),)),
    Row("ravel", ops.ravel, (X,)),
    Row("broadcast_to", lambda x: ops.broadcast_to(x, (2, 4, 3)), ((4, 1),)),
    Row("tile", lambda x: ops.tile(x, (2, 1, 3)), (X,)),
    Row("tile fewer axes", lambda x: ops.tile(x, 2), (X,)),
    Row("repeat", lambda x: ops.repeat(x, 3, axis=1), (X,)),
    Row("repeat each", lambda x: ops.repeat(x, [2, 0, 1], axis=1), (X,)),
    Row("repeat of all", lambda x: ops.repeat(x, 2), (X,)),
    Row("flip", ops.flip, (X,)),
    Row("flip axis", lambda x: ops.flip(x, axis=1), (X,)),
    Row("fliplr", ops.fliplr, (X,)),
    Row("flipud", ops.flipud, (X,)),
    Row("roll", lambda x: ops.roll(x, (1, -1), axis=(0, 1)), (X,)),
    Row("roll of all", lambda x: ops.roll(x, 2), (X,)),
    *[Row(f"rot90 k={k}", lambda x, k=k: ops.rot90(x, k), (X,)) for k in range(4)],
    Row("concatenate", lambda a, b: ops.concatenate([a, b], axis=1), (X, (2, 1))),
    Row("concatenate with no elements", lambda a, b: ops.concatenate([a, b], axis=1), (X, (2, 0))),
    Row("stack", lambda a, b: ops.stack([a, b], axis=-1), (X, X)),
    Row("append", ops.append, (X, (2,))),
    Row("hstack", lambda a, b: ops.hstack([a, b]), (X, (2, 1))),
    Row("vstack", lambda a, b: ops.vstack([a, b]), ((1, 3), X)),
    Row("dstack", lambda a, b: ops.dstack([a, b]), (X, X)),
    Row("split", lambda x: ops.split(x, [1], axis=1), (X,)),
    Row("split, one part used", lambda x: ops.split(x, 3, axis=1)[1], (X,)),
    Row("array_split", lambda x: ops.array_split(x, 2, axis=1), (X,)),
    Row("hsplit", lambda x: ops.hsplit(x, 3), (X,)),
    Row("vsplit", lambda x: ops.vsplit(x, 2), (X,)),
    Row("dsplit", lambda x: ops.dsplit(x, 2), ((2, 1, 2),)),
    Row("unstack", lambda x: ops.unstack(x, axis=1), (X,)),
    *[Row(f"pad {mode}", lambda x, mode=mode: ops.pad(x, ((1, 1), (2, 1)), mode=mode), (X,))
      for mode in ("constant", "reflect", "symmetric") if mode != "reflect"],
    Row("pad reflect", lambda x: ops.pad(x, ((1, 0), (2, 1)), mode="reflect"), (X,)),
    Row("meshgrid", ops.meshgrid, ((2,), (3,), (2,))),
    Row("full", lambda v: ops.full((2, 3), v, dtype="float64"), ((),)),
    Row("full_like", lambda x, v: ops.full_like(x, v), (X, (3,))),
    Row("linspace", lambda a, b: ops.linspace(a, b, 4, retstep=True), ((), (2,))),
    Row("linspace open", lambda a, b: ops.linspace(a, b, 3, endpoint=False, axis=-1), ((2,), (2,))),
    Row("logspace", lambda a, b: ops.logspace(a, b, 4), ((), ())),
    Row("geomspace", lambda a, b: ops.geomspace(a, b, 4), (positive((2,)), positive((2,)))),
]  # fmt: skip

INDEXING = [
    Row("take", lambda x: ops.take(x, [[0, 2], [2, -1]], axis=1), (X,)),
    Row("take rows", lambda x: ops.take(x, [1, 0, 1], axis=0), (X,)),
    Row("take of all", lambda x: ops.take(x, [1, 5, 1]), (X,)),
    Row("take nothing", lambda x: ops.take(x, np.zeros((0,), "int32"), axis=0), (X,)),
    Row("take_along_axis", lambda x: ops.take_along_axis(x, [[0, 2, 2, 1]], axis=1), (X,)),
    Row("take_along_axis of all", lambda x: ops.take_along_axis(x, [4, 4, 0]), (X,)),
    Row("take_along_axis broadcast", lambda x: ops.take_along_axis(x, [[0, 1, 1]], axis=0), ((2, 1),)),
    Row("get_item", lambda x: ops.get_item(x, (slice(None), 1)), (X,)),
    Row("diagonal", lambda x: ops.diagonal(x, 1, 0, 2), ((2, 3, 4),)),
    Row("diag of a vector", lambda x: ops.diag(x, -1), ((3,),)),
    Row("diag of a matrix", lambda x: ops.diag(x, 1), (X,)),
    Row("diagflat", ops.diagflat, (X,)),
    Row("trace", ops.trace, ((2, 3, 4),)),
    Row("band_part", lambda x: band_part(x, 0, 1), ((2, 3, 4),)),
    Row("tril", lambda x: ops.tril(x, 1), ((2, 3, 4),)),
    Row("triu", lambda x: ops.triu(x, -1), ((2, 3, 4),)),
    Row("vander", ops.vander, ((3,),)),
    Row("vander increasing", lambda x: ops.vander(x, 4, increasing=True), (exactly([0.5, 1.0, 2.0]),)),
    Row("sort", ops.sort, (distinct(X),)),
    Row("sort axis", lambda x: ops.sort(x, axis=0), (distinct(X),)),
    Row("sort of all", lambda x: ops.sort(x, axis=None), (distinct(X),)),
    Row("top_k", lambda x: ops.top_k(x, 2), (distinct(X),)),
]

PRODUCTS = [
    Row("matmul", ops.matmul, ((4, 2, 3), (3, 2))),
    Row("dot of vectors", ops.dot, ((3,), (3,))),
    Row("dot of matrices", ops.dot, (X, (3, 2))),
    Row("dot of tensors", ops.dot, ((2, 2, 3), (4, 3, 2))),
    Row("dot with a vector", ops.dot, ((2, 2, 3), (3,))),
    Row("dot with a scalar", ops.dot, ((), X)),
    Row("inner", ops.inner, (X, (4, 3))),
    Row("vdot", ops.vdot, (X, (6,))),
    Row("outer", ops.outer, (X, (2,))),
    Row("kron", ops.kron, (X, (2, 2))),
    Row("kron of different ranks", ops.kron, ((3,), (2, 2))),
    Row("cross", ops.cross, (X, X)),
    Row("cross of 2 and 3", ops.cross, ((4, 2), (4, 3))),
    Row("cross of 2", lambda a, b: ops.cross(a, b, axis=0), (X, X)),
    Row("tensordot", ops.tensordot, ((2, 3, 4), (3, 4, 2))),
    Row("tensordot axes", lambda a, b: ops.tensordot(a, b, axes=([0, 2], [1, 0])), ((2, 3, 4), (4, 2))),
    Row("tensordot 0", lambda a, b: ops.tensordot(a, b, axes=0), ((2,), (3,))),
    Row("cdist", ops.cdist, ((4, 3), (2, 3))),
    *[Row(f"einsum {subscripts}", lambda *xs, s=subscripts: ops.einsum(s, *xs), shapes) for subscripts, shapes in [
        ("ij,jk->ik", ((2, 3), (3, 4))),
        ("ij,jk", ((2, 3), (3, 4))),
        ("bqhd,bkhd->bhqk", ((2, 3, 2, 4), (2, 5, 2, 4))),
        ("bhqk,bkhd->bqhd", ((2, 2, 3, 5), (2, 5, 2, 4))),
        ("...ij,...jk->...ik", ((5, 1, 2, 3), (4, 3, 2))),
        ("i...,i...->...", ((2, 3), (2, 1))),
        ("ii->i", ((3, 3),)),
        ("ii", ((3, 3),)),
        ("iij,jk->ki", ((2, 2, 3), (3, 4))),
        ("iii->i", ((2, 2, 2),)),
        ("ij->", ((2, 3),)),
        ("ij->j", ((2, 3),)),
        ("ij->ji", ((2, 3),)),
        ("ij,k->k", ((2, 3), (4,))),
        ("i,j->ij", ((2,), (3,))),
        (",ij->ji", ((), (2, 3))),
        ("ab,bc,cd->ad", ((2, 3), (3, 4), (4, 2))),
        ("abc,cd,abe->de", ((2, 3, 4), (4, 2), (2, 3, 2))),
        ("i,i,i->i", ((3,), (3,), (3,))),
        ("ij,ij->ij", ((2, 3), (2, 3))),
        ("ij,ij->", ((2, 3), (2, 3))),
        ("ij,kj->ik", ((2, 0), (3, 0))),
        ("...->...", ((2, 3),)),
        ("b...d,de->b...e", ((2, 3, 4), (4, 5))),
    ]],
]  # fmt: skip

LINEAR_ALGEBRA = [
    Row("inv", ops.inv, (matrices((2, 3, 3)),)),
    Row("det", ops.det, (matrices((2, 3, 3)),)),
    Row("slogdet", lambda x: ops.slogdet(x)[1], (matrices((2, 3, 3)),)),
    Row("logdet", lambda x: ops.logdet(symmetric(x)), (matrices((2, 3, 3)),)),
    Row("solve", ops.solve, (matrices((2, 3, 3)), (2, 3, 4))),
    Row("solve for a vector", ops.solve, (matrices((3, 3)), (3,))),
    Row("solve_triangular", ops.solve_triangular, (matrices((3, 3)), (3, 2))),
    Row(
        "solve_triangular lower", lambda a, b: ops.solve_triangular(a, b, lower=True), (matrices((2, 3, 3)), (2, 3, 2))
    ),
    Row("cholesky", lambda x: ops.cholesky(symmetric(x)), (matrices((2, 3, 3)),)),
    Row("cholesky upper", lambda x: ops.cholesky(symmetric(x), upper=True), (matrices((3, 3)),)),
    Row("cholesky_inverse", ops.cholesky_inverse, (matrices((3, 3)),)),
    Row("cholesky_inverse upper", lambda x: ops.cholesky_inverse(x, upper=True), (matrices((3, 3)),)),
    Row("lu_factor", lambda x: ops.lu_factor(x)[0], (exactly([[[1.0, 4.0, 2.0], [5.0, 1.0, 3.0], [2.0, 2.0, 7.0]]]),)),
    Row("qr", ops.qr, (matrices((2, 4, 3)),)),
    Row("qr square", ops.qr, (matrices((3, 3)),)),
    Row("qr wide", ops.qr, (matrices((3, 5)),)),
    Row("svd", lambda x: ops.svd(x, full_matrices=False), (matrices((2, 4, 3)),)),
    Row("svd wide", lambda x: ops.svd(x, full_matrices=False), (matrices((3, 5)),)),
    Row("svd full", ops.svd, (matrices((4, 3)),)),
    Row("svd full wide", ops.svd, (matrices((3, 4)),)),
    Row("svd of values", lambda x: ops.svd(x, compute_uv=False), (matrices((2, 4, 3)),)),
    Row("eigh", lambda x: ops.eigh(symmetric(x)), (matrices((2, 3, 3)),)),
    Row("eig", lambda x: [ops.real(y) + ops.imag(y) for y in ops.eig(x)], (exactly(np.diag([1.0, 2.0, 3.5]) + 0.2),)),
    Row("eig complex", lambda x: [ops.abs(y) for y in ops.eig(x)], (exactly([[1.0, -2.0], [0.7, 0.5]]),)),
    Row("pinv", ops.pinv, (matrices((2, 4, 3)),)),
    Row("pinv wide", ops.pinv, (matrices((3, 4)),)),
    Row("lstsq", ops.lstsq, (matrices((4, 3)), (4, 2))),
]


def z(pairs):
    """Complex numbers out of pairs."""
    return ViewAsComplex()(pairs)


COMPLEX = [
    Row("view_as_complex", lambda x: ops.view_as_real(ops.exp(ViewAsComplex()(x))), ((3, 2),)),
    Row("complex product", lambda a, b: ops.view_as_real(z(a) * z(b)), ((3, 2), (2,))),
    Row("complex quotient", lambda a, b: ops.view_as_real(z(a) / z(b)), ((3, 2), (2,))),
    Row("complex matmul", lambda a, b: ops.view_as_real(z(a) @ z(b)),
        ((2, 3, 2), (3, 2, 2))),
    Row("imag", lambda x: ops.imag(ops.square(ViewAsComplex()(x))), ((3, 2),)),
    Row("complex conj", lambda x: ops.view_as_real(ops.exp(ops.conj(ViewAsComplex()(x)))), ((3, 2),)),
    Row("angle", lambda x: argument(ViewAsComplex()(x)), ((3, 2),)),
    Row("complex abs", lambda x: ops.abs(ViewAsComplex()(x)), ((3, 2),)),
    Row("real times complex", lambda a, b: ops.view_as_real(ops.cast(a, "complex128") * ViewAsComplex()(b)),
        ((3,), (3, 2))),
    Row("fft", lambda a, b: ops.fft((a, b)), ((2, 5), (2, 5))),
    Row("fft2", lambda a, b: ops.fft2((a, b)), ((3, 4), (3, 4))),
    Row("ifft2", lambda a, b: ops.ifft2((a, b)), ((3, 4), (3, 4))),
    Row("rfft even", ops.rfft, ((2, 6),)),
    Row("rfft odd", ops.rfft, ((2, 5),)),
    Row("rfft cut", lambda x: ops.rfft(x, 4), ((2, 6),)),
    Row("rfft filled", lambda x: ops.rfft(x, 9), ((2, 6),)),
    Row("irfft", lambda a, b: ops.irfft((a, b)), ((2, 4), (2, 4))),
    Row("irfft odd", lambda a, b: ops.irfft((a, b), 7), ((2, 4), (2, 4))),
    Row("irfft cut", lambda a, b: ops.irfft((a, b), 4), ((2, 4), (2, 4))),
    Row("extract_sequences", lambda x: ops.extract_sequences(x, 3, 2), ((2, 8),)),
    Row("stft", lambda x: ops.stft(x, 4, 2, 6), ((2, 12),)),
    Row("istft", lambda a, b: ops.istft((a, b), 4, 2, 6), ((3, 4), (3, 4))),
]  # fmt: skip

ROWS = [*ELEMENTWISE, *REDUCTIONS, *SHAPING, *INDEXING, *PRODUCTS, *LINEAR_ALGEBRA, *COMPLEX]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_first_order(row):
    check_first_order(row)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("row", [row for row in ROWS if row.order > 1], ids=str)
def test_second_order(row):
    check_second_order(row)
