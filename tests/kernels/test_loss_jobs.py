"""The jobs at the end of a step and the elementwise ones, against NumPy."""

import numpy as np
import pytest

from minikeras import metrics
from minikeras.kernels import activation, crossentropy
from minikeras.kernels.activation_jobs import relu_chunks
from minikeras.kernels.batch_normalization_jobs import scaled_add_jobs
from minikeras.kernels.column_jobs import total_jobs
from minikeras.kernels.elementwise_jobs import (
    CHUNK,
    add_jobs,
    bound_gradient_chunks,
    bound_jobs,
    divide_by_jobs,
    divide_chunks,
    divisor_gradient_chunks,
    fill_jobs,
    fill_rows_jobs,
    floor_gradient_jobs,
    keep_scaled_jobs,
    log_chunks,
    move_towards_jobs,
    multiply_chunks,
    negative_chunks,
    put_columns_jobs,
    scale_jobs,
    square_chunks,
    square_gradient_chunks,
    subtract_chunks,
    take_columns_jobs,
)
from minikeras.kernels.job_lists import run
from minikeras.kernels.loss_jobs import (
    add_rows_job,
    add_weighted_job,
    argmax_job,
    categorical_crossentropy_gradient_job,
    categorical_crossentropy_job,
    hits_among_top_job,
    hits_job,
    hits_of_sides_job,
    mean_job,
    mean_of_rows_job,
    sigmoid_crossentropy_gradient_job,
    sigmoid_crossentropy_job,
    softmax_crossentropy_gradient_job,
    softmax_crossentropy_job,
)
from minikeras.kernels.random import stateless_dropout_mask
from minikeras.kernels.random.dropout_jobs import dropout_mask_jobs
from minikeras.random.seed_generator import SEED_MODULUS

# exp and the sums of up to a thousand float32 values, in another order.
CLOSE = 2e-6
UNSET = 7
SIZES = [1, 5, 1000, CHUNK + 3]


def random(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


def empty(*shape):
    return np.full(shape, UNSET, np.float32)


@pytest.mark.parametrize("rows, classes", [(1, 1), (3, 10), (7, 1000)])
def test_softmax_crossentropy(rows, classes):
    rng = np.random.default_rng(classes)
    logits, labels = 30 * random(rng, rows, classes), rng.integers(0, classes, rows)
    loss, p, dlogits, wrong = empty(rows), empty(rows, classes), empty(rows, classes), np.array([UNSET])
    dloss = random(rng, rows)
    run(
        [
            softmax_crossentropy_job(logits, labels, loss, p, wrong),
            softmax_crossentropy_gradient_job(dloss, p, labels, dlogits),
        ]
    )
    expected_loss, expected_p = crossentropy.sparse_softmax_crossentropy_reference(logits, labels)
    np.testing.assert_allclose(loss, expected_loss, rtol=CLOSE, atol=CLOSE)
    np.testing.assert_allclose(p, expected_p, rtol=CLOSE, atol=CLOSE)
    expected = crossentropy.sparse_softmax_crossentropy_gradient_reference(dloss, p, labels)
    np.testing.assert_allclose(dlogits, expected, rtol=CLOSE, atol=CLOSE)
    assert wrong[0] == 0


def test_binary_crossentropy():
    rng = np.random.default_rng(0)
    logits, target, dloss = 30 * random(rng, 200), rng.random(200, dtype=np.float32), random(rng, 200)
    loss, dlogits = empty(200), empty(200)
    run(
        [
            sigmoid_crossentropy_job(target, logits, loss),
            sigmoid_crossentropy_gradient_job(dloss, target, logits, dlogits),
        ]
    )
    expected = np.maximum(logits, 0) - logits * target + np.log1p(np.exp(-np.abs(logits)))
    np.testing.assert_allclose(loss, expected, rtol=CLOSE, atol=CLOSE)
    p = activation.sigmoid_reference(logits)
    np.testing.assert_allclose(dlogits, dloss * (p - target), rtol=CLOSE, atol=CLOSE)


def test_labels_without_a_class_are_counted():
    loss, p, wrong = empty(4), empty(4, 3), np.array([UNSET])
    run([softmax_crossentropy_job(np.zeros((4, 3), np.float32), np.array([0, -1, 3, 2]), loss, p, wrong)])
    assert wrong[0] == 2
    assert np.isnan(loss).tolist() == [False, True, True, False]


def test_nan_logits_give_nan():
    logits = np.array([[0, np.nan, 1]], np.float32)
    loss, p, wrong = empty(1), empty(1, 3), np.array([UNSET])
    run([softmax_crossentropy_job(logits, np.array([0]), loss, p, wrong)])
    assert np.isnan(loss[0])


def test_hits_at_the_maximum():
    rng = np.random.default_rng(0)
    p, labels = random(rng, 50, 4), rng.integers(0, 4, 50)
    p[3] = p[3, 0]  # equal ones: the first counts
    p[4, 2] = np.nan  # which argmax takes for the largest
    hits, positions = empty(50), np.full(50, UNSET)
    run([hits_job(p, labels, hits), argmax_job(p, positions)])
    np.testing.assert_array_equal(hits, p.argmax(axis=1) == labels)
    np.testing.assert_array_equal(positions, p.argmax(axis=1))


@pytest.mark.parametrize("k", [1, 3, 9])
def test_hits_among_the_best(k):
    rng = np.random.default_rng(0)
    p, labels = random(rng, 40, 6), rng.integers(0, 6, 40)
    p[3] = p[3, 0]  # equal ones all count
    p[4, 2], p[5, labels[5]], p[6, labels[6]] = np.nan, np.nan, np.inf
    labels[7:9] = -1, 6
    hits = empty(40)
    run([hits_among_top_job(p, labels, k, hits)])
    np.testing.assert_array_equal(hits, metrics.accuracy.sparse_top_k_categorical_accuracy(labels, p, k=k))


def test_hits_on_the_right_side():
    p, labels, hits = np.array([0.2, 0.6, 0.5, np.nan], np.float32), np.array([0, 1, 1, 0], np.float32), empty(4)
    run([hits_of_sides_job(p, labels, 0.5, hits)])
    np.testing.assert_array_equal(hits, labels == (p > 0.5))


@pytest.mark.parametrize("shape", [(1, 1), (70, 33), (300, 256)])
def test_means_of_rows(shape):
    values, means = random(np.random.default_rng(0), *shape), empty(shape[0])
    run([mean_of_rows_job(values, means)])
    np.testing.assert_allclose(means, values.mean(axis=1, dtype=float), rtol=CLOSE, atol=CLOSE)


def test_means():
    rng = np.random.default_rng(0)
    values, mean, means = random(rng, 100, 10), empty(1), empty(100)
    total, count = np.ones(1, np.float32), np.full(1, 2, np.float32)
    run(
        [
            mean_job(values.reshape(-1), mean),
            mean_of_rows_job(values, means),
            add_weighted_job(mean, 32.0, total, count),
        ]
    )
    np.testing.assert_allclose(mean[0], values.mean(), atol=CLOSE)
    np.testing.assert_allclose(means, values.mean(axis=1), rtol=CLOSE, atol=CLOSE)
    np.testing.assert_allclose(total[0], 1 + 32 * mean[0], rtol=CLOSE)
    assert count[0] == 34


@pytest.mark.parametrize("weights", [np.full(1, 0.5, np.float32), np.arange(30, dtype=np.float32)])
@pytest.mark.parametrize("columns", [1, 7])
def test_rows_are_added_by_their_weights(weights, columns):
    values = random(np.random.default_rng(0), 30, columns)
    total, count = np.ones(1, np.float32), np.full(1, 2, np.float32)
    run([add_rows_job(values, weights, total, count)])
    of_rows = np.broadcast_to(weights, 30).astype(float)
    np.testing.assert_allclose(total[0], 1 + (values.mean(axis=1, dtype=float) * of_rows).sum(), rtol=1e-5)
    assert count[0] == 2 + of_rows.sum()


@pytest.mark.parametrize("rows, classes", [(1, 1), (3, 10), (7, 1000)])
def test_categorical_crossentropy(rows, classes):
    rng = np.random.default_rng(classes)
    logits, target = 3 * random(rng, rows, classes), rng.random((rows, classes), np.float32)
    target /= target.sum(axis=1, keepdims=True)
    loss, p, dlogits, dloss = empty(rows), empty(rows, classes), empty(rows, classes), random(rng, rows)
    run([
        categorical_crossentropy_job(target, logits, loss, p),
        categorical_crossentropy_gradient_job(dloss, p, target, dlogits),
    ])  # fmt: skip
    wide = logits.astype(float)
    logarithms = wide - np.log(np.exp(wide).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(loss, -(target * logarithms).sum(axis=1), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(p, np.exp(logarithms), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(dlogits, dloss[:, None] * (p - target), rtol=CLOSE, atol=1e-7)


@pytest.mark.parametrize("size", SIZES)
def test_passes_over_arrays(size):
    rng = np.random.default_rng(size)
    a, b, y = random(rng, size), random(rng, size), empty(size)
    a[0] = np.nan
    run(add_jobs(a, b, y))
    np.testing.assert_array_equal(y, a + b)
    run(add_jobs(a, b, y, relu=True))
    np.testing.assert_array_equal(y, np.maximum(a + b, 0))
    run(relu_chunks.jobs(a, y))
    np.testing.assert_array_equal(y, np.maximum(a, 0))
    for jobs, expected in (
        (subtract_chunks.jobs(a, b, y), a - b),
        (negative_chunks.jobs(b, y), -b),
        (square_chunks.jobs(b, y), b * b),
        (square_gradient_chunks.jobs(a, b, y), 2 * a * b),
        (multiply_chunks.jobs(a, b, y), a * b),
        (scale_jobs(b, 4.0, 0.0, y), 4 * b),
        (scale_jobs(b, 1.0, 0.5, y), b + np.float32(0.5)),
        (fill_jobs(b[:1], y), np.full_like(b, b[0])),
        (fill_jobs(b[:1], y, 3.0), np.full_like(b, b[0] / np.float32(3))),
        (fill_rows_jobs(b, y.reshape(-1, 1), 3.0), b / np.float32(3)),
        (divide_chunks.jobs(a, b, y), a / b),
        (divide_by_jobs(a, 3.0, y), a / np.float32(3)),
        (bound_jobs(a, -0.5, 1.0, y), np.clip(a, -0.5, 1)),
        (bound_jobs(a, 0.1, np.inf, y), np.maximum(a, np.float32(0.1))),
        (bound_gradient_chunks.jobs(b, a, y, -0.5, 1.0), np.where((a < -0.5) | (a > 1), 0, b)),
        (floor_gradient_jobs(b, a, 0.5, y), np.where(a >= 0.5, b, 0)),
        (divisor_gradient_chunks.jobs(b, a, b, y), b * (-a / b / b)),
    ):
        run(jobs)
        np.testing.assert_array_equal(y, expected)
    run(log_chunks.jobs(np.abs(a), y))
    np.testing.assert_allclose(y, np.log(np.abs(a).astype(float)), rtol=CLOSE, atol=CLOSE)
    mask = rng.random(size) > 0.5
    run(keep_scaled_jobs(a, mask.view(np.uint8), y, 1.25))
    np.testing.assert_array_equal(y, np.where(mask, a * np.float32(1.25), 0))
    total = empty(1)
    run(total_jobs(b, total))
    np.testing.assert_allclose(total, b.sum(dtype=float, keepdims=True), rtol=1e-5, atol=1e-3)
    moving = b.copy()
    run(move_towards_jobs(moving, a, 0.9))
    np.testing.assert_allclose(moving, b * np.float32(0.9) + a * np.float32(0.1), rtol=CLOSE, atol=CLOSE)


def test_columns_put_into_a_matrix_and_taken_out():
    rng = np.random.default_rng(0)
    x, y, back = random(rng, 3000, 8), empty(3000, 12), empty(3000, 8)
    run(put_columns_jobs(x, y, 3))
    np.testing.assert_array_equal(y[:, 3:11], x)
    assert (y[:, [0, 1, 2, 11]] == empty(1)).all()
    run(take_columns_jobs(y, 3, back))
    np.testing.assert_array_equal(back, x)


@pytest.mark.parametrize("seed", [(3, 5), (-7, 1), (2**40, 2)])
@pytest.mark.parametrize("size", [1, 30, 20000])
def test_masks_of_dropout(size, seed):
    state, mask = np.array(seed, np.int64), np.full(size, 7, np.uint8)
    jobs = dropout_mask_jobs(state, mask, 0.3, SEED_MODULUS)
    for uses in range(2):
        run(jobs)
        pair = seed[0] % SEED_MODULUS, (seed[1] + uses) % SEED_MODULUS
        np.testing.assert_array_equal(mask, stateless_dropout_mask(pair, (size,), 0.3))
    assert state.tolist() == [seed[0], seed[1] + 2]


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("rows, columns", [(1, 1), (70, 33), (3000, 8)])
def test_scale_and_shift(rows, columns, relu):
    rng = np.random.default_rng(rows)
    x, scale, shift, y = random(rng, rows, columns), random(rng, columns), random(rng, columns), empty(rows, columns)
    run(scaled_add_jobs(x, scale, shift, y, relu))
    expected = x * scale + shift
    np.testing.assert_allclose(y, np.maximum(expected, 0) if relu else expected, rtol=CLOSE, atol=CLOSE)


def test_bounds_leave_nan():
    x, y = np.array([np.nan, np.inf, -np.inf, 0.25], np.float32), empty(4)
    run(bound_jobs(x, 0.25, 1.0, y))
    np.testing.assert_array_equal(y, np.minimum(np.maximum(x, np.float32(0.25)), np.float32(1)))
    run(bound_gradient_chunks.jobs(np.ones(4, np.float32), x, y, 0.25, 1.0))
    np.testing.assert_array_equal(y, [1, 0, 0, 1])
    run(floor_gradient_jobs(np.ones(4, np.float32), x, 0.25, y))
    np.testing.assert_array_equal(y, [0, 1, 0, 1])
