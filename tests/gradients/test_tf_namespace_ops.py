"""Gradients of the ops that only the `tf` namespace has, and of its longer compositions."""

import pytest

from minikeras import ops
from minikeras.compat import tensorflow as tf
from minikeras.ops.complex_numbers import ViewAsComplex
from tests.gradients.harness import (
    Row,
    away_from_zero,
    between,
    check_first_order,
    check_second_order,
    exactly,
    matrices,
    positive,
)


def as_complex(x):
    """Pairs as complex numbers, and back below."""
    return ViewAsComplex()(x)


A, B = tf.constant([0.5, 1.5, 4.0], "float64"), tf.constant([2.0, 1.0, 0.7], "float64")
DOMINANT = tf.constant([[0.0], [5.0], [0.0]], "float64")
ROWS = [
    Row("lgamma", tf.math.lgamma, (positive((2, 3)),)),
    Row("lgamma of negative numbers", tf.math.lgamma, (exactly([-0.6, -1.5, -2.3]),)),
    Row("digamma", tf.math.digamma, (positive((2, 3)),)),
    Row("polygamma", lambda x: tf.math.polygamma(2.0, x), (positive((2, 3)),)),
    Row("zeta", lambda q: tf.math.zeta(3.0, q), (positive((2, 3)),)),
    Row("igamma", lambda x: tf.math.igamma([0.5, 1.5, 4.0], x), (positive((2, 3)),)),
    Row("igammac", lambda x: tf.math.igammac([0.5, 1.5, 4.0], x), (positive((2, 3)),)),
    Row("betainc", lambda x: tf.math.betainc(A, B, x), (between(0.2, 0.8, (2, 3)),)),
    Row("lbeta", tf.math.lbeta, (positive((2, 3)),)),
    Row("bessel_i0e", tf.math.bessel_i0e, (away_from_zero((2, 3)),)),
    Row("bessel_i1e", tf.math.bessel_i1e, (away_from_zero((2, 3)),)),
    Row("bessel_i1", tf.math.bessel_i1, ((2, 3),)),
    Row("cumulative_logsumexp", lambda x: tf.math.cumulative_logsumexp(x, 1), ((3, 4),), order=1),
    Row("cumulative_logsumexp exclusive", lambda x: tf.math.cumulative_logsumexp(x, 0, True)[1:], ((4,),), order=1),
    Row("multiply_no_nan", tf.math.multiply_no_nan, ((2, 3), (3,))),
    Row("xlogy", tf.math.xlogy, ((2, 3), positive((3,)))),
    Row("fft of complex numbers", lambda x: ops.view_as_real(tf.signal.fft(as_complex(x))), ((2, 4, 2),)),
    Row("ifft2d of complex numbers", lambda x: ops.view_as_real(tf.signal.ifft2d(as_complex(x))), ((3, 4, 2),)),
    Row("irfft2d", lambda x: tf.signal.irfft2d(as_complex(x)), ((3, 4, 2),)),
    Row("rfft2d", lambda x: ops.view_as_real(tf.signal.rfft2d(x)), ((3, 4),)),
    Row("dct", tf.signal.dct, ((2, 5),)),
    Row("overlap_and_add", lambda x: tf.signal.overlap_and_add(x, 2), ((3, 4),)),
    Row("gather in batches", lambda x: tf.gather(x, [[0, 2], [1, 1]], batch_dims=1), ((2, 3, 2),)),
    Row("gather_nd in batches", lambda x: tf.gather_nd(x, [[[0, 1]], [[2, 0]]], batch_dims=1), ((2, 3, 2),)),
    Row("dynamic_stitch", lambda a, b: tf.dynamic_stitch([[0, 2], [1]], [a, b]), ((2, 3), (1, 3))),
    Row("reverse_sequence", lambda x: tf.reverse_sequence(x, [2, 3], 1, 0), ((2, 4),)),
    Row("tridiagonal_solve", lambda a, b: tf.linalg.tridiagonal_solve(a + DOMINANT, b), ((3, 4), (4, 2))),
    Row("tridiagonal_matmul", tf.linalg.tridiagonal_matmul, ((3, 4), (4, 2))),
    Row("mdct", lambda x: tf.signal.mdct(x, 4), ((8,),)),
    Row("expm", tf.linalg.expm, ((3, 3),)),
    Row("band of diagonals", lambda x: tf.linalg.diag(x, k=(-1, 1)), ((3, 4),)),
    Row("diag_part of a band", lambda x: tf.linalg.diag_part(x, k=(-1, 1)), ((3, 4),)),
    Row("set_diag", lambda x, d: tf.linalg.set_diag(x, d), ((3, 4), (3,))),
    Row("lstsq by normal equations", lambda a, b: tf.linalg.lstsq(a, b), (matrices((4, 3)), (4, 2))),
    Row("cholesky_solve", lambda a, b: tf.linalg.cholesky_solve(ops.tril(a), b), (matrices((3, 3)), (3, 2))),
    Row("local response normalization", lambda x: tf.nn.lrn(x, 1), ((1, 2, 2, 4),)),
    Row(
        "weighted crossentropy",
        lambda y, x: tf.nn.weighted_cross_entropy_with_logits(y, x, 2.0),
        (between(0.1, 0.9, (2, 3)), away_from_zero((2, 3))),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_first_order(row):
    check_first_order(row)


@pytest.mark.parametrize("row", [row for row in ROWS if row.order > 1], ids=str)
def test_second_order(row):
    check_second_order(row)
