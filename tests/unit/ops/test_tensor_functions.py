"""Functions beyond `keras.ops` by definition: batched indexing, partitions, segments, counts, moments, losses."""

import math

import numpy as np
import pytest

from minikeras import Tensor, ops
from minikeras.compat.keras import thresholded
from minikeras.compat.keras.backend import probability_crossentropy
from minikeras.compat.tensorflow.gradient_checking import compute_gradient
from minikeras.compat.tensorflow.image import similarity as image_similarity
from minikeras.compat.tensorflow.nn.weighted_moments import moments_of_sums, sufficient_statistics, weighted_moments
from minikeras.ops import (
    batched_indexing,
    binary_functions,
    counting,
    elementwise_losses,
    partitioning,
    scattering,
    segments,
    space_blocks,
    standardization,
    typed_reductions,
)
from minikeras.ops.cumulative import running
from minikeras.ops.row_searching import searchsorted_rows, unique_strings
from minikeras.ops.shaping import bitcast

RNG = np.random.default_rng(5)
SINGLE = 1e-5  # relative, in float32


def test_gathering_in_batches():
    x, i = RNG.normal(size=(2, 3, 4)), np.array([[2, 0], [1, 1]])
    expected = np.stack([x[b][i[b]] for b in range(2)])
    np.testing.assert_array_equal(batched_indexing.gather_batch(Tensor(x), Tensor(i), 1, 1).array, expected)
    positions = Tensor(np.array([[[2, 3]], [[0, 1]]]))
    found = batched_indexing.gather_nd(Tensor(x), positions, batch_dims=1).array
    np.testing.assert_array_equal(found, [[x[0, 2, 3]], [x[1, 0, 1]]])
    beyond = batched_indexing.gather_nd(Tensor(x), Tensor(np.array([[9, 0], [1, 2]])), ignore_bad_indices=True).array
    np.testing.assert_array_equal(beyond, [np.zeros(4), x[1, 2]])


def test_masks():
    x = np.arange(12).reshape(3, 4)
    mask = np.array([True, False, True])
    np.testing.assert_array_equal(batched_indexing.boolean_mask(Tensor(x), Tensor(mask)).array, x[mask])
    np.testing.assert_array_equal(batched_indexing.boolean_mask(Tensor(x), Tensor(x % 5 == 0)).array, [0, 5, 10])
    with pytest.raises(ValueError, match="incompatible"):
        batched_indexing.boolean_mask(Tensor(x), Tensor(mask), axis=1)
    lengths = Tensor(np.array([0, 2, 3]))
    np.testing.assert_array_equal(batched_indexing.sequence_mask(lengths).array, np.arange(3) < [[0], [2], [3]])
    assert batched_indexing.positions_where(Tensor(mask)).array.tolist() == [[0], [2]]


@pytest.mark.parametrize("seq_axis, batch_axis", [(1, 0), (0, 1), (-1, 0)])
def test_reversed_beginnings(seq_axis, batch_axis):
    x, lengths = RNG.normal(size=(3, 3)), [2, 0, 3]
    expected = np.moveaxis(x.copy(), batch_axis, 0)
    for row, n in zip(expected, lengths, strict=True):
        row[:n] = row[:n][::-1].copy()
    found = batched_indexing.reverse_sequence(Tensor(x), lengths, seq_axis, batch_axis).array
    np.testing.assert_array_equal(np.moveaxis(found, batch_axis, 0), expected)


def test_partitions_and_stitches():
    x, parts = RNG.normal(size=(5, 2)), np.array([1, 0, 1, 2, 1])
    rows = partitioning.dynamic_partition(Tensor(x), Tensor(parts), 4)
    for i, row in enumerate(rows):
        np.testing.assert_array_equal(row.array, x[parts == i])
    positions = [Tensor(np.flatnonzero(parts == i)) for i in range(4)]
    np.testing.assert_array_equal(partitioning.dynamic_stitch(positions, rows).array, x)
    table, numbers = partitioning.joined_table([Tensor(x[:3]), Tensor(x[3:])], Tensor(np.arange(5)))
    np.testing.assert_array_equal(table.array[numbers.array], x[[0, 3, 1, 4, 2]])  # rows were distributed in turn


def test_segments():
    x, ids = RNG.normal(size=(5, 2)), np.array([2, 0, 2, -1, 0])
    mean = segments.segment_mean(Tensor(x), Tensor(ids), 4).array
    by_root = segments.segment_sqrt_n(Tensor(x), Tensor(ids), 4).array
    for s in range(4):
        rows = x[ids == s]
        np.testing.assert_allclose(mean[s], rows.mean(0) if len(rows) else 0)
        np.testing.assert_allclose(by_root[s], rows.sum(0) / math.sqrt(max(len(rows), 1)))


def test_counts():
    x, weights = np.array([[3, 1, 1], [0, 7, 3]]), np.array([[1.0, 2, 3], [4, 5, 6]])
    assert counting.count_integers(x).tolist() == [1, 2, 0, 2, 0, 0, 0, 1]
    assert counting.count_integers(x, weights, length=4, by_row=True).tolist() == [[0, 5, 0, 1], [4, 0, 0, 6]]
    matrix = counting.confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]))
    assert matrix.tolist() == [[1, 0], [1, 1]]
    assert counting.fixed_width_histogram(np.array([-1.0, 0.1, 0.9, 5.0]), 0.0, 1.0, 2).tolist() == [2, 2]
    assert counting.invert_permutation(np.array([2, 0, 1])).tolist() == [1, 2, 0]
    for broken in ([0, 0], [1, 2]):
        with pytest.raises(ValueError, match="permutation"):
            counting.invert_permutation(np.array(broken))


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_running_sums(exclusive, reverse):
    x = [3.0, 1.0, 4.0, 1.0]
    order = x[::-1] if reverse else x
    expected = [sum(order[: i + (not exclusive)]) for i in range(4)]
    found = running(ops.cumsum, Tensor(np.array(x)), 0, exclusive, reverse).array
    np.testing.assert_array_equal(found, expected[::-1] if reverse else expected)


def test_moments_of_weighted_elements_and_of_sums():
    x = RNG.normal(size=(6, 2))
    weights = np.array([1, 2, 0, 1, 1, 3])[:, None]
    repeated = np.repeat(x, weights[:, 0], axis=0)
    for found, expected in zip(
        weighted_moments(Tensor(x), (0,), weights), (repeated.mean(0), repeated.var(0)), strict=True
    ):
        np.testing.assert_allclose(found.array, expected)
    sums = sufficient_statistics(Tensor(x), (0,), Tensor(np.array(0.5)))
    for found, expected in zip(moments_of_sums(*sums), (x.mean(0), x.var(0)), strict=True):
        np.testing.assert_allclose(found.array, expected)


def test_reductions_keep_dtypes():
    x = Tensor(np.array([[-3, 2], [4, 6]], "int8"))
    assert typed_reductions.mean_in_dtype(x, 1).array.tolist() == [0, 5]  # −0.5 is rounded towards 0
    assert str(typed_reductions.sum_in_dtype(x).array.dtype) == "int8"
    z = RNG.normal(size=4) + 1j * RNG.normal(size=4)
    np.testing.assert_allclose(typed_reductions.variance(Tensor(z)).array, np.var(z))


def test_functions_of_two():
    x, y = Tensor(np.array([0.0, 2.0])), Tensor(np.array([0.0, 3.0]))
    np.testing.assert_allclose(binary_functions.xlogy(x, y).array, [0, 2 * math.log(3)])
    np.testing.assert_allclose(binary_functions.xdivy(x, y).array, [0, 2 / 3])
    a, b = Tensor(np.array([7, -7])), Tensor(np.array([2, 2]))
    assert binary_functions.truncated_quotient(a, b).array.tolist() == [3, -3]
    assert (
        binary_functions.polynomial([Tensor(np.array(c)) for c in (2.0, 0.0, -1.0)], Tensor(np.array(3.0))).array == 17
    )
    by_tape, by_differences = compute_gradient(binary_functions.xlogy, [x[1:], y[1:]])
    np.testing.assert_allclose(by_tape, by_differences, rtol=SINGLE)
    np.testing.assert_allclose(by_tape, [[[math.log(3)]], [[2 / 3]]])


def test_losses():
    z, x, weight = 1.0, -0.7, 3.0
    p = 1 / (1 + math.exp(-x))
    tensors = [Tensor(np.array([v])) for v in (z, x)]
    found = elementwise_losses.weighted_sigmoid_crossentropy(*tensors, weight).array
    np.testing.assert_allclose(found, -weight * z * math.log(p) - (1 - z) * math.log(1 - p))
    count = Tensor(np.array([5.0]))
    stirling = 5 * math.log(5) - 5 + 0.5 * math.log(2 * math.pi * 5)
    found = elementwise_losses.log_poisson(count, tensors[1], full=True).array
    np.testing.assert_allclose(found, math.exp(x) - 5 * x + stirling)
    losses = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert elementwise_losses.average_loss(losses, Tensor(np.array([1.0, 0.5]))).array == (3 + 3.5) / 2
    assert elementwise_losses.half_square_sum(losses).array == 15


def test_crossentropies_of_probabilities():
    target, p = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.2, 0.6], [0.5, 0.5]])
    normed = p / p.sum(-1, keepdims=True)
    expected = [-math.log(normed[0, 1]), -math.log(normed[1, 0])]
    np.testing.assert_allclose(probability_crossentropy.categorical_crossentropy(target, p).array, expected)
    focal = probability_crossentropy.categorical_focal_crossentropy(target, p, alpha=0.5, gamma=1.0).array
    np.testing.assert_allclose(focal, [0.5 * (1 - math.exp(-loss)) * loss for loss in expected])
    binary = probability_crossentropy.binary_crossentropy(target, p).array
    np.testing.assert_allclose(binary[0, 0], -math.log(1 - 0.2), rtol=SINGLE)
    ignored = probability_crossentropy.sparse_categorical_crossentropy(np.array([1, 0]), p, ignore_class=0).array
    np.testing.assert_allclose(ignored, [expected[0], 0])


def test_activations_of_straight_chunks():
    x = Tensor(np.array([-1.0, 0.5, 3.0]))
    assert thresholded.thresholded_relu(x, 0.1, 2.0, 1.0).array.tolist() == [0.1 * -2, 0.1 * -0.5, 2]
    np.testing.assert_allclose(thresholded.steep_hard_sigmoid(x).array, [0.3, 0.6, 1])


def test_standardization():
    x, mean, variance = RNG.normal(size=(4, 3)), np.arange(3.0), np.array([1.0, 4.0, 9.0])
    found = standardization.standardize_by(Tensor(x), mean, variance, None, None, 0.0).array
    np.testing.assert_allclose(found, (x - mean) / np.sqrt(variance))
    unit = standardization.l2_normalize(Tensor(x), 1).array
    np.testing.assert_allclose((unit**2).sum(1), 1)
    lrn = standardization.local_response_normalization(Tensor(x), 1, bias=2.0, alpha=0.5, beta=0.75).array
    for i, j in np.ndindex(4, 3):
        near = x[i, max(j - 1, 0) : j + 2]
        np.testing.assert_allclose(lrn[i, j], x[i, j] / (2 + 0.5 * (near**2).sum()) ** 0.75)


def test_blocks_of_places_there_and_back():
    x = RNG.normal(size=(2, 3, 4, 1))
    parts = space_blocks.space_to_batch_blocks(Tensor(x), [2, 2], [(1, 0), (0, 0)])
    assert tuple(parts.shape) == (8, 2, 2, 1)
    np.testing.assert_array_equal(parts.array[2:4], np.pad(x, [(0, 0), (1, 0), (0, 0), (0, 0)])[:, ::2, 1::2])
    np.testing.assert_array_equal(space_blocks.batch_to_space_blocks(parts, [2, 2], [(1, 0), (0, 0)]).array, x)


def test_the_two_definitions_of_ssim_agree():
    a, b = (RNG.uniform(size=(2, 16, 16, 3)).astype("float32") for _ in range(2))
    ours = image_similarity.ssim_of_images(a, b, 1.0).array.mean()
    np.testing.assert_allclose(ours, ops.image.ssim(a, b, 1.0, data_format="channels_last").array.mean(), rtol=1e-4)
    np.testing.assert_allclose(image_similarity.ssim_of_images(a, a, 1.0).array, 1, rtol=SINGLE)
    down, right = image_similarity.image_gradients(a)
    np.testing.assert_array_equal(down.array[:, :-1], np.diff(a, axis=1))
    np.testing.assert_allclose(
        image_similarity.total_variation(a).array,
        np.abs(down.array).sum((1, 2, 3)) + np.abs(right.array).sum((1, 2, 3)),
        rtol=SINGLE,
    )


def test_searches_and_distinct_strings():
    rows, values = np.array([[1, 3, 5], [2, 2, 9]]), np.array([[3, 6], [2, 0]])
    found = searchsorted_rows(Tensor(rows), Tensor(values), "right").array
    assert found.tolist() == [[2, 3], [2, 0]]
    words = Tensor(np.array([b"b", b"a", b"b"], object))
    assert [part.array.tolist() for part in unique_strings(words)] == [[b"b", b"a"], [0, 1, 0], [2, 1]]


def test_bits():
    x = np.array([1.5, -2.0], "float32")
    halves = bitcast(Tensor(x), "uint16")
    np.testing.assert_array_equal(halves.array, x.view("uint16").reshape(2, 2))
    np.testing.assert_array_equal(bitcast(halves, "float32").array, x)
    with pytest.raises(ValueError, match="of length 2"):
        bitcast(Tensor(np.zeros(3, "uint16")), "float32")


CHANGED = [(None, [9, 5, 3]), ("add", [12, 7, 3]), ("max", [9, 5, 3]), ("sub", [-10, -3, 3])]


@pytest.mark.parametrize("how, expected", CHANGED)
def test_arrays_changed_in_places(how, expected):
    array = np.array([1, 2, 3])
    changed = scattering.combined_at(array, np.array([0, 0, 1]), np.array([2, 9, 5]), how)
    assert changed.tolist() == expected
    assert array.tolist() == [1, 2, 3]
