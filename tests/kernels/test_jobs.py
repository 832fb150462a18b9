"""Jobs on rows and images (sums, relu, batch normalization, pooling, optimizers) against their references."""

import itertools

import numpy as np
import pytest

from minikeras.kernels import batch_normalization, layer_normalization, pooling
from minikeras.kernels.batch_normalization_jobs import (
    batch_normalization_gradient_jobs,
    batch_normalization_inference_jobs,
    batch_normalization_jobs,
)
from minikeras.kernels.cast_jobs import PAIRS, cast_jobs
from minikeras.kernels.clipping_jobs import ClippedGradients
from minikeras.kernels.column_jobs import column_sums_jobs, image_relu_gradient_jobs, relu_gradient_jobs
from minikeras.kernels.embedding_jobs import take_rows_jobs
from minikeras.kernels.global_pooling_jobs import global_max_gradient_jobs, global_max_jobs
from minikeras.kernels.job_lists import run
from minikeras.kernels.layer_normalization_jobs import layer_normalization_gradient_jobs, layer_normalization_jobs
from minikeras.kernels.optimizer_jobs import CHUNK, AverageJobs
from minikeras.kernels.pooling_jobs import (
    average_pool_gradient_jobs,
    average_pool_jobs,
    max_pool_gradient_jobs,
    max_pool_jobs,
)
from minikeras.kernels.row_updates import row_update_jobs
from minikeras.kernels.windows import explicit_pads, output_sizes
from minikeras.optimizers import clipping
from tests.kernels.update_rules import COMPILED, RULES

# Sums of up to 2000 float32 values about 3, and what batch normalization makes of them.
TOLERANCE = 2e-3
CLOSE = 1e-5  # one or two roundings of numbers about 1
UNSET = 7

MATRICES = [(1, 1), (5, 3), (63, 33), (2000, 7)]


def random(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


@pytest.mark.parametrize("rows, columns", MATRICES)
def test_sums_and_the_gradient_of_relu(rows, columns):
    rng = np.random.default_rng(rows)
    dy, y = random(rng, rows, columns), random(rng, rows, columns)
    total, dx = np.full(columns, UNSET, np.float32), np.full_like(dy, UNSET)
    run(column_sums_jobs(dy, total))
    np.testing.assert_allclose(total, dy.sum(axis=0), atol=TOLERANCE)
    run(relu_gradient_jobs(dy, y, dx, total))
    np.testing.assert_array_equal(dx, dy * (y > 0))
    np.testing.assert_allclose(total, dx.sum(axis=0), atol=TOLERANCE)
    run(relu_gradient_jobs(dy, y, dy, total))
    np.testing.assert_array_equal(dy, dx)
    np.testing.assert_allclose(total, dx.sum(axis=0), atol=TOLERANCE)


@pytest.mark.parametrize("images, pixels, columns", [(1, 1, 1), (3, 5, 3), (40, 49, 7)])
def test_the_gradient_of_relu_below_a_mean_over_images(images, pixels, columns):
    rng = np.random.default_rng(pixels)
    dy, y = random(rng, images, columns), random(rng, images * pixels, columns)
    total, dx = np.full(columns, UNSET, np.float32), np.full_like(y, UNSET)
    run(image_relu_gradient_jobs(dy, y, dx, 1 / pixels, total))
    np.testing.assert_allclose(dx, np.repeat(dy / pixels, pixels, axis=0) * (y > 0), atol=CLOSE)
    np.testing.assert_allclose(total, dx.sum(axis=0), atol=TOLERANCE)


@pytest.mark.parametrize("rows, columns", MATRICES)
def test_batch_normalization(rows, columns):
    rng = np.random.default_rng(rows)
    x, dy = 3 * random(rng, rows, columns) + 2, random(rng, rows, columns)
    gamma, beta = random(rng, columns), random(rng, columns)
    mean, variance, dgamma, dbeta = np.full((4, columns), UNSET, np.float32)
    y, dx = np.full_like(x, UNSET), np.full_like(x, UNSET)
    run(batch_normalization_jobs(x, mean, variance, gamma, beta, 1e-3, y))
    moments = batch_normalization.channel_moments(x)
    np.testing.assert_allclose((mean, variance), moments, rtol=CLOSE, atol=CLOSE)
    expected = batch_normalization.batch_normalization(x, *moments, gamma, beta, 1e-3)
    np.testing.assert_allclose(y, expected, atol=TOLERANCE)
    for relu in (False, True):
        run(batch_normalization_inference_jobs(x, mean, variance, gamma, beta, 1e-3, dx, relu))
        np.testing.assert_allclose(dx, np.maximum(y, 0) if relu else y, atol=CLOSE)
    run(batch_normalization_gradient_jobs(dy, x, mean, variance, gamma, 1e-3, dx, dgamma, dbeta))
    gradients = batch_normalization.batch_normalization_gradient(dy, x, mean, variance, gamma, 1e-3)
    for actual, wanted in zip((dx, dgamma, dbeta), gradients, strict=True):
        np.testing.assert_allclose(actual, wanted, atol=TOLERANCE)


@pytest.mark.parametrize("rows, features", [(1, 1), (5, 3), (63, 33), (200, 64)])
def test_layer_normalization(rows, features):
    rng = np.random.default_rng(rows)
    x, dy = 3 * random(rng, rows, features) + 2, random(rng, rows, features)
    gamma, beta = random(rng, features), random(rng, features)
    y, dx = np.full_like(x, UNSET), np.full_like(x, UNSET)
    mean, inverse = np.full((2, rows), UNSET, np.float32)
    run(layer_normalization_jobs(x, gamma, beta, 1e-3, y, mean, inverse))
    wide = [array.astype(float) for array in (x, gamma, beta)]
    expected, *statistics = layer_normalization.layer_normalization_reference(*wide, 1e-3)
    np.testing.assert_allclose(y, expected, atol=TOLERANCE)
    np.testing.assert_allclose((mean, inverse), statistics, rtol=CLOSE, atol=CLOSE)
    dgamma, dbeta = np.full((2, features), UNSET, np.float32)
    run(layer_normalization_gradient_jobs(dy, x, mean, inverse, gamma, dx, dgamma, dbeta))
    gradients = layer_normalization.layer_normalization_gradient_reference(dy, x, mean, inverse, gamma)
    for actual, wanted in zip((dx, dgamma, dbeta), gradients, strict=True):
        np.testing.assert_allclose(actual, wanted, atol=TOLERANCE)


@pytest.mark.parametrize("padding", ["valid", "same", ((1, 0), (0, 1))], ids=str)
@pytest.mark.parametrize("window", [(2, 2), (3, 2), (3, 3)], ids=str)
def test_pooling(window, padding):
    rng = np.random.default_rng(0)
    for sizes, strides in itertools.product([(6, 7), (9, 5), (8, 8)], [(2, 2), (1, 2), (3, 3), (3, 4)]):
        pads = explicit_pads(padding, sizes, window, strides, (1, 1))
        outputs = output_sizes(sizes, window, strides, pads, (1, 1))
        geometry = window, strides, pads
        x = np.maximum(rng.integers(-3, 4, (3, *sizes, 21)), 0).astype(np.float32)  # many equal numbers, many zeros
        y, argmax = np.full((3, *outputs, 21), UNSET, np.float32), np.full((3, *outputs, 21), -1, np.int32)
        dy, dx = random(rng, *y.shape), np.full_like(x, UNSET)
        run(max_pool_jobs(x, y, argmax, *geometry))
        maxima, positions = pooling.max_pool_with_argmax(x, *geometry)
        np.testing.assert_array_equal(y, maxima)
        np.testing.assert_array_equal(argmax, positions)
        y[...] = UNSET
        run(max_pool_jobs(x, y, None, *geometry))
        np.testing.assert_array_equal(y, maxima)
        expected = pooling.max_pool_gradient(dy, argmax, sizes, *geometry)
        run(max_pool_gradient_jobs(dy, argmax, dx, *geometry))
        np.testing.assert_allclose(dx, expected, atol=CLOSE)
        run(max_pool_gradient_jobs(dy, argmax, dx, *geometry, positive=y))
        np.testing.assert_allclose(dx, expected * (x > 0), atol=CLOSE)
        dbias, total = np.full(21, UNSET, np.float32), np.full_like(dx, UNSET)
        for job in max_pool_gradient_jobs(dy, argmax, total, *geometry, positive=y, dbias=dbias):
            job.run_in_python()
        np.testing.assert_array_equal(dx, total)
        np.testing.assert_allclose(dbias, dx.sum(axis=(0, 1, 2)), atol=TOLERANCE)
        dbias[:] = UNSET
        run(max_pool_gradient_jobs(dy, argmax, total, *geometry, positive=y, dbias=dbias))
        np.testing.assert_array_equal(dx, total)
        np.testing.assert_allclose(dbias, dx.sum(axis=(0, 1, 2)), atol=TOLERANCE)
        run(average_pool_jobs(x, y, *geometry))
        np.testing.assert_allclose(y, pooling.average_pool(x, *geometry), atol=CLOSE)
        run(average_pool_gradient_jobs(dy, dx, *geometry))
        np.testing.assert_allclose(dx, pooling.average_pool_gradient(dy, sizes, *geometry), atol=CLOSE)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_rows_of_a_table_are_read_and_strangers_counted(dtype):
    rng = np.random.default_rng(0)
    table, index = random(rng, 50, 33), rng.integers(-50, 50, 1200).astype(dtype)
    rows, wrong = np.full((1200, 33), UNSET, np.float32), np.ones(1, np.int64)
    run(take_rows_jobs(table, index, rows, wrong))
    np.testing.assert_array_equal(rows, table[index])
    assert wrong == 0
    index[[0, 700]] = 50, -51
    run(take_rows_jobs(table, index, rows, wrong))
    np.testing.assert_array_equal(rows[[0, 1, 700]], table[[0, index[1], 0]])
    assert wrong == 2


@pytest.mark.parametrize("source, target", PAIRS)
def test_casts_are_numpys(source, target):
    x = np.array([0, 3, 250, *([-3, 2.75, -2.75] if source == "float32" else [7, 8, 9])] * 5000).astype(source)
    y = np.full(x.shape, 77, target)
    run(cast_jobs(x, y))
    np.testing.assert_array_equal(y, x.astype(target))


def test_maxima_of_whole_images_share_what_comes_back():
    rng = np.random.default_rng(0)
    x = rng.integers(-2, 3, (40, 9, 21)).astype(np.float32)  # most maxima occur several times
    x[3, 4, 5] = np.nan
    y, dy, dx = np.full((40, 21), UNSET, np.float32), random(rng, 40, 21), np.full_like(x, UNSET)
    run(global_max_jobs(x, y))
    np.testing.assert_array_equal(y, x.max(axis=1))
    run(global_max_gradient_jobs(dy, x, y, dx))
    chosen = (x == y[:, None]).astype(np.float32)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(dx, chosen * (dy / chosen.sum(axis=1))[:, None], rtol=CLOSE)


def test_a_nan_is_no_maximum():
    x = np.array([[np.nan, 1], [-np.inf, np.nan]], np.float32).reshape(1, 2, 2, 1)
    y, argmax = np.zeros((1, 1, 1, 1), np.float32), np.zeros((1, 1, 1, 1), np.int32)
    geometry = (2, 2), (2, 2), ((0, 0), (0, 0))
    for image in (x, np.full_like(x, np.nan), np.full_like(x, -np.inf)):
        run(max_pool_jobs(image, y, argmax, *geometry))
        maxima, positions = pooling.max_pool_with_argmax(image, *geometry)
        assert (y, argmax) == (maxima, positions)


@pytest.mark.parametrize("rule", COMPILED, ids=lambda rule: rule.name)
def test_an_optimizers_step_for_variables_of_any_size(rule):
    rng = np.random.default_rng(0)
    sizes = [1, 10, CHUNK, 2 * CHUNK + 5]
    decaying = [True, False, False, True]
    scalars = rng.uniform(0.1, 0.5, len(rule.scalars)).astype("float32")
    groups = [[random(rng, size), *rng.random((1 + rule.slots, size), np.float32)] for size in sizes]
    for group in groups:
        for slot in group[2:3]:
            slot += 1  # above the square of the second: the difference is a variance
    expected = [[array.copy() for array in group] for group in groups]
    update = rule.jobs([(size,) for size in sizes], decaying)
    update.point_to([array for group in groups for array in group])
    update.scalars[:] = *scalars, 0.1, 0.3
    run(update.jobs)
    for group, arrays, decays in zip(groups, expected, decaying, strict=True):
        if decays:
            arrays[0] -= arrays[0] * np.float32(0.1) * np.float32(0.3)
        rule.reference(*arrays, *scalars)
        for actual, wanted in zip(group, arrays, strict=True):
            np.testing.assert_array_equal(actual, wanted)


@pytest.mark.parametrize("index_dtype", ["int32", "int64"])
@pytest.mark.parametrize("name", ["sgd", "adagrad", "adam"])
def test_rows_that_are_summed_first_are_the_gradient_of_the_table(name, index_dtype):
    rule = RULES[name]
    rng = np.random.default_rng(0)
    index, dy = rng.integers(0, 9, 40).astype(index_dtype), random(rng, 40, 300)
    arrays = [random(rng, 9, 300), *rng.random((rule.slots, 9, 300), np.float32)]
    expected, gradient = [array.copy() for array in arrays], np.zeros((9, 300), np.float32)
    np.add.at(gradient, index, dy)
    scalars = rng.uniform(0.1, 0.5, len(rule.scalars)).astype("float32")
    rule.reference(expected[0], gradient, *expected[1:], *scalars)
    flat = [array.reshape(-1) for array in arrays]
    run(row_update_jobs(rule, index, dy, np.append(scalars, [0, 0]).astype("float32"), False, *flat, summed=True))
    for actual, wanted in zip(arrays, expected, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=CLOSE, atol=CLOSE)


CLIPPINGS = {  # kind → the same as a function of (gradients, limit)
    None: lambda gradients, limit: gradients,
    "clipvalue": lambda gradients, limit: [clipping.clip_by_value(g, limit) for g in gradients],
    "clipnorm": lambda gradients, limit: [clipping.clip_by_norm(g, limit) for g in gradients],
    "global_clipnorm": clipping.clip_by_global_norm,
}


@pytest.mark.parametrize("largest", [3.0, np.inf])
@pytest.mark.parametrize("kind", CLIPPINGS)
def test_gradients_are_clipped(kind, largest):
    rng = np.random.default_rng(0)
    sizes = [1, 10, 2 * CHUNK + 5]
    gradients = [8 * random(rng, size) for size in sizes]
    gradients[1][3] = largest
    before = [g.copy() for g in gradients]
    clipped = ClippedGradients(sizes, kind, 0.7, 8.0)
    clipped.point_to(gradients)
    run(clipped.jobs)
    with np.errstate(invalid="ignore"):  # of inf / inf
        expected = CLIPPINGS[kind]([g / np.float32(8) for g in gradients], 0.7)
    for actual, wanted in zip(clipped.results, expected, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=CLOSE)
    for actual, wanted in zip(gradients, before, strict=True):
        np.testing.assert_array_equal(actual, wanted)


@pytest.mark.parametrize("overwrite", [False, True])
def test_averages_move(overwrite):
    rng = np.random.default_rng(0)
    shapes = [(1,), (CHUNK, 3)]
    weights, averages = ([random(rng, *shape) for shape in shapes] for _ in range(2))
    expected = [np.float32(0.9) * a + np.float32(0.1) * w for w, a in zip(weights, averages, strict=True)]
    held = weights if overwrite else [w.copy() for w in weights]
    job = AverageJobs(shapes)
    job.point_to([array for pair in zip(weights, averages, strict=True) for array in pair])
    job.scalars[:] = 0.9, 0.1, overwrite
    run(job.jobs)
    for w, a, before, wanted in zip(weights, averages, held, expected, strict=True):
        np.testing.assert_array_equal(a, wanted)
        np.testing.assert_array_equal(w, wanted if overwrite else before)
