"""Softmax, crossentropy, normalization, embedding rows and activations by their formulas, on awkward inputs."""

import math

import numpy as np
import pytest

from minikeras.formats.tfrecord import written_record
from minikeras.kernels import (
    activation,
    batch_normalization,
    checksum,
    crossentropy,
    embedding,
    layer_normalization,
    record_jobs,
    softmax,
)
from minikeras.kernels.registry import compiles

# Chains of about ten float64 operations on numbers near 1, and sums of a few dozen of them.
ATOL = 1e-13
# The same in float32.
ATOL_FLOAT32 = 1e-5

SHAPES = [(5,), (0, 3), (4, 1), (3, 7), (2, 3, 5)]


def _softmax_by_formula(x):
    return np.array([math.exp(value) for value in x]) / sum(math.exp(value) for value in x)


@pytest.mark.parametrize("dtype, atol", [("float32", ATOL_FLOAT32), ("float64", ATOL)])
@pytest.mark.parametrize("shape", SHAPES)
def test_softmax_and_its_gradient(shape, dtype, atol):
    rng = np.random.default_rng(0)
    x, dp = (rng.normal(size=shape).astype(dtype) for _ in range(2))
    p = softmax.softmax(x)
    dx = softmax.softmax_gradient(p, dp)
    assert p.dtype == dx.dtype == dtype
    for index in np.ndindex(shape[:-1]):
        row = _softmax_by_formula(x[index].astype(float))
        jacobian = np.diag(row) - np.outer(row, row)
        np.testing.assert_allclose(p[index], row, rtol=0, atol=atol)
        np.testing.assert_allclose(dx[index], jacobian @ dp[index], rtol=0, atol=atol)


@pytest.mark.parametrize("labels_dtype", ["int32", "int64", "uint8"])
@pytest.mark.parametrize("dtype, atol", [("float32", ATOL_FLOAT32), ("float64", ATOL)])
@pytest.mark.parametrize("shape", SHAPES)
def test_sparse_crossentropy_and_its_gradient(shape, dtype, atol, labels_dtype):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=shape).astype(dtype)
    labels = rng.integers(0, shape[-1], size=shape[:-1]).astype(labels_dtype)
    dloss = np.asarray(rng.normal(size=shape[:-1])).astype(dtype)
    loss, p = crossentropy.sparse_softmax_crossentropy(logits, labels)
    dlogits = crossentropy.sparse_softmax_crossentropy_gradient(dloss, p, labels)
    assert loss.dtype == p.dtype == dlogits.dtype == dtype
    assert loss.shape == labels.shape
    for index in np.ndindex(shape[:-1]):
        row = _softmax_by_formula(logits[index].astype(float))
        np.testing.assert_allclose(loss[index], -math.log(row[labels[index]]), rtol=0, atol=atol)
        expected = dloss[index] * (row - np.eye(shape[-1])[labels[index]])
        np.testing.assert_allclose(dlogits[index], expected, rtol=0, atol=atol)


@pytest.mark.parametrize("dtype, atol", [("float32", ATOL_FLOAT32), ("float64", ATOL)])
@pytest.mark.parametrize("shape", SHAPES)
def test_crossentropy_of_probabilities(shape, dtype, atol):
    rng = np.random.default_rng(0)
    target, logits = (rng.normal(size=shape).astype(dtype) for _ in range(2))
    loss, p = crossentropy.softmax_crossentropy(target, logits)
    assert loss.dtype == p.dtype == dtype
    assert loss.shape == shape[:-1]
    for index in np.ndindex(shape[:-1]):
        row = np.array(_softmax_by_formula(logits[index].astype(float)))
        np.testing.assert_allclose(p[index], row, rtol=0, atol=atol)
        np.testing.assert_allclose(loss[index], -(target[index] * np.log(row)).sum(), rtol=0, atol=atol)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_of_extreme_logits(dtype):
    x = np.array([[0, np.nan, 1], [0, np.inf, 1], [-np.inf, 0, 0], [1e30, -1e30, 0], [-1e4, -1e4, -1e4]], dtype)
    nan = np.nan
    expected = [[nan] * 3, [nan] * 3, [0, 0.5, 0.5], [1, 0, 0], [1 / 3] * 3]
    np.testing.assert_allclose(softmax.softmax(x), expected, rtol=1e-6)
    loss, _ = crossentropy.sparse_softmax_crossentropy(x, np.array([0, 0, 0, 1, 3]))
    np.testing.assert_allclose(loss, [nan, nan, np.inf, 2e30, nan])  # the last label is not a class


@pytest.mark.parametrize("dtype, atol", [("float32", ATOL_FLOAT32), ("float64", ATOL)])
@pytest.mark.parametrize("shape", [(1, 3), (70, 1), (200, 5), (3, 4, 5, 6)])
def test_batch_normalization(shape, dtype, atol):
    rng = np.random.default_rng(0)
    x, dy = (rng.normal(size=shape).astype(dtype) for _ in range(2))
    gamma, beta = (rng.normal(size=shape[-1:]).astype(dtype) for _ in range(2))
    axes = tuple(range(x.ndim - 1))
    count = x.size / shape[-1]
    mean, variance = batch_normalization.channel_moments(x)
    np.testing.assert_allclose(mean, x.astype(float).mean(axis=axes), rtol=0, atol=atol)
    np.testing.assert_allclose(variance, x.astype(float).var(axis=axes), rtol=0, atol=atol)
    y = batch_normalization.batch_normalization(x, mean, variance, gamma, beta, 1e-3)
    inverse = 1 / np.sqrt(x.astype(float).var(axis=axes) + 1e-3)
    normalized = (x - x.astype(float).mean(axis=axes)) * inverse
    np.testing.assert_allclose(y, gamma * normalized + beta, rtol=0, atol=atol)
    dx, dgamma, dbeta = batch_normalization.batch_normalization_gradient(dy, x, mean, variance, gamma, 1e-3)
    assert {array.dtype.name for array in (mean, variance, y, dx, dgamma, dbeta)} == {dtype}
    sum_dy, sum_dy_normalized = dy.astype(float).sum(axis=axes), (dy * normalized).sum(axis=axes)
    expected = gamma * inverse * (dy - sum_dy / count - normalized * sum_dy_normalized / count)
    scale = 10 * max(1, np.abs(gamma * inverse).max())  # a channel of one value has 1 / √ε for its inverse
    np.testing.assert_allclose(dx, expected, rtol=0, atol=scale * atol)
    np.testing.assert_allclose(dgamma, sum_dy_normalized, rtol=0, atol=10 * atol)
    np.testing.assert_allclose(dbeta, sum_dy, rtol=0, atol=10 * atol)


@pytest.mark.parametrize("dtype, atol", [("float32", ATOL_FLOAT32), ("float64", ATOL)])
@pytest.mark.parametrize("shape", [(5,), (1, 1), (0, 4), (20, 33), (2, 3, 8)])
def test_layer_normalization(shape, dtype, atol):
    rng = np.random.default_rng(0)
    x, dy = (rng.normal(size=shape).astype(dtype) for _ in range(2))
    gamma, beta = (rng.normal(size=shape[-1:]).astype(dtype) for _ in range(2))
    y, mean, inverse = layer_normalization.layer_normalization(x, gamma, beta, 1e-3)
    dx, dgamma, dbeta = layer_normalization.layer_normalization_gradient(dy, x, mean, inverse, gamma)
    assert {array.dtype.name for array in (y, mean, inverse, dx, dgamma, dbeta)} == {dtype}
    assert mean.shape == inverse.shape == shape[:-1]
    exact = x.astype(float)
    exact_inverse = 1 / np.sqrt(exact.var(axis=-1, keepdims=True) + 1e-3)
    normalized = (exact - exact.mean(axis=-1, keepdims=True)) * exact_inverse
    h = dy * gamma
    expected = exact_inverse * (
        h - h.mean(axis=-1, keepdims=True) - normalized * (h * normalized).mean(axis=-1, keepdims=True)
    )
    rows = tuple(range(x.ndim - 1))
    np.testing.assert_allclose(y, gamma * normalized + beta, rtol=0, atol=atol)
    np.testing.assert_allclose(dx, expected, rtol=0, atol=10 * atol)
    np.testing.assert_allclose(dgamma, (dy * normalized).sum(axis=rows), rtol=0, atol=10 * atol)
    np.testing.assert_allclose(dbeta, dy.sum(axis=rows), rtol=0, atol=10 * atol)


@pytest.mark.parametrize("shape", [(6,), (6, 3), (6, 2, 2), (6, 0)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_rows_are_read_and_added_by_number(shape, dtype):
    indices = np.array([1, -1, 1, 5, -6])
    rows = np.arange(5 * math.prod(shape[1:])).reshape(5, *shape[1:]).astype(dtype)
    table, expected = np.ones(shape, dtype), np.ones(shape, dtype)
    for index, row in zip(indices, rows, strict=True):
        expected[index] += row
    assert embedding.scatter_add_rows(table, indices, rows) is table
    np.testing.assert_array_equal(table, expected)
    np.testing.assert_array_equal(embedding.take_rows(table, indices), table[indices])


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_many_rows_are_read_by_all_threads(dtype, monkeypatch):
    monkeypatch.setattr(embedding, "MANY", 1)
    table = np.arange(7 * 3 * 5, dtype=np.float32).reshape(7, 3, 5)
    indices = np.random.default_rng(0).integers(-7, 7, 4000).astype(dtype)
    for _ in range(3):  # the jobs are kept from the third time on
        np.testing.assert_array_equal(embedding.take_rows(table, indices), table[indices])
    indices[17] = 7
    with pytest.raises(IndexError):
        embedding.take_rows(table, indices)


@pytest.mark.parametrize("dtype", ["int16", "int32", "uint64"])
@pytest.mark.parametrize("width, count", [(1, 1), (3, 700), (100, 4000)])
def test_rows_added_by_jobs_are_those_of_numpy(width, count, dtype):
    rng = np.random.default_rng(0)
    table, rows = rng.normal(size=(50, width)).astype("float32"), rng.normal(size=(count, width)).astype("float32")
    indices = rng.integers(0 if dtype == "uint64" else -50, 50, count).astype(dtype)
    expected = embedding.scatter_add_rows_reference(table.astype(float), indices, rows.astype(float))
    for _ in range(3):  # the jobs are kept from the third time on
        actual = embedding.scatter_add_rows(table.copy(), indices, rows)
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-6 * np.abs(expected).max() * count**0.5)
    indices[-1] = 50
    before = table.copy()
    with pytest.raises(IndexError):
        embedding.scatter_add_rows(table, indices, rows)
    if compiles():
        np.testing.assert_array_equal(table, before)


@pytest.mark.parametrize("size", [0, 9, 2048, 50_001])
def test_checksums_are_those_of_the_reference(size):
    message = np.random.default_rng(0).integers(0, 256, size).astype(np.uint8)
    actual, expected = checksum.crc32c(message), checksum.crc32c_reference(message)
    assert actual.dtype == expected.dtype == np.uint32
    np.testing.assert_array_equal(actual, expected)


def test_records_are_found_as_far_as_they_are_right():
    rng = np.random.default_rng(0)
    records = [written_record(rng.bytes(length)) for length in (0, 9, 16, 33_000, 3, 40_001)]
    whole = np.frombuffer(b"".join(records), np.uint8)
    ends = np.cumsum([len(record) for record in records])
    for place, count in [(None, 6), (0, 0), (13, 0), (20, 1), (-1, 5), (-40_010, 5), (-40_060, 3), (20_000, 3)]:
        content = whole.copy()
        if place is not None:
            content[place] ^= 1
        for held in (len(content), len(content) - 1, len(content) - 40_017):  # the last record cut off
            found = record_jobs.RecordFinder().find(content, held)
            for one, other in zip(found, record_jobs.found_reference(content, held), strict=True):
                np.testing.assert_array_equal(one, other)
            starts, lengths, end, _ = found
            right = min(count, int(np.searchsorted(ends, held, "right")))
            assert len(starts) == right
            assert end == (starts + lengths + 4)[-1:].sum()


def test_rows_are_added_into_a_table_that_is_not_contiguous():
    whole = np.zeros((4, 6), "float32")
    embedding.scatter_add_rows(whole[:, ::2], np.array([0, 0]), np.ones((2, 3), "float32"))
    np.testing.assert_array_equal(whole[0], [2, 0, 2, 0, 2, 0])


@pytest.mark.parametrize("index", [3, -4])
def test_a_row_that_is_not_there_is_an_error_and_nothing_is_written(index):
    indices, rows = np.array([index]), np.ones((1, 2), "float32")
    with pytest.raises(IndexError):
        embedding.scatter_add_rows(np.zeros((3, 2), "float32"), indices, rows)
    with pytest.raises(IndexError):
        embedding.take_rows(np.zeros((3, 2), "float32"), indices)


ACTIVATIONS = {
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
}


@pytest.mark.parametrize("dtype, atol", [("float32", ATOL_FLOAT32), ("float64", ATOL)])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_their_gradients(name, dtype, atol):
    x = np.linspace(-6, 6, 60).reshape(3, 4, 5).astype(dtype)
    y = getattr(activation, name)(x)
    assert y.dtype == dtype
    expected = np.array([ACTIVATIONS[name](value) for value in x.reshape(-1).tolist()]).reshape(x.shape)
    np.testing.assert_allclose(y, expected, rtol=0, atol=atol)
    step = 1e-5
    slope = [(ACTIVATIONS[name](v + step) - ACTIVATIONS[name](v - step)) / (2 * step) for v in x.reshape(-1).tolist()]
    dy = np.linspace(-1, 1, x.size).reshape(x.shape).astype(dtype)
    dx = getattr(activation, name + "_gradient")(dy, y if name == "sigmoid" else x)
    assert dx.dtype == dtype
    # Central differences are wrong by step² and by the rounding error divided by the step: 1e-10.
    np.testing.assert_allclose(dx, dy * np.reshape(slope, x.shape), rtol=0, atol=max(atol, 1e-9))


def test_the_gradient_of_relu_stops_at_zero():
    y = np.array([[0.0, 1.0], [2.0, 0.0]], "float32").T
    dy = np.array([[5.0, 6.0], [7.0, 8.0]], "float32")
    np.testing.assert_array_equal(activation.relu_gradient(dy, y), [[0, 6], [7, 0]])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_far_from_zero(name):
    x = np.array([-1e30, -200, 200, 1e30], "float32")
    expected = [0, 0, 1, 1] if name == "sigmoid" else [0, 0, 200, 1e30]
    np.testing.assert_allclose(getattr(activation, name)(x), np.array(expected, "float32"), rtol=1e-6, atol=1e-30)
