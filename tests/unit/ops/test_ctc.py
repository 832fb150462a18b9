"""CTC by enumerating all paths, which is feasible for a few steps, and attention by its definition."""

import itertools

import numpy as np
import pytest

from minikeras import ops

LOGITS = np.random.default_rng(0).normal(size=(1, 5, 3))
P = np.exp(LOGITS[0]) / np.exp(LOGITS[0]).sum(axis=-1, keepdims=True)


def read(path, blank):
    """The labels that a path of classes stands for."""
    return tuple(label for label, _ in itertools.groupby(path) if label != blank)


def probabilities(blank, steps=5):
    """{label sequence: its probability}, over all 3^steps paths."""
    total = {}
    for path in itertools.product(range(3), repeat=steps):
        probability = np.prod([P[t, label] for t, label in enumerate(path)])
        total[read(path, blank)] = total.get(read(path, blank), 0) + probability
    return total


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("steps", [1, 3, 5])
def test_loss_is_the_sum_over_all_paths(blank, steps):
    for labels, probability in probabilities(blank, steps).items():
        target = np.zeros((1, 5), int)
        target[0, : len(labels)] = labels
        loss = ops.ctc_loss(target, LOGITS, [len(labels)], [steps], mask_index=blank)
        assert float(loss[0]) == pytest.approx(-np.log(probability), rel=1e-9)


def test_beam_search_finds_the_most_probable_labels():
    best = sorted(probabilities(0).items(), key=lambda item: -item[1])[:4]
    paths, scores = ops.ctc_decode(LOGITS, [5], "beam_search", top_paths=4)
    found = [tuple(label for label in path if label >= 0) for path in paths.numpy()[:, 0].tolist()]
    assert found == [labels for labels, _ in best]
    np.testing.assert_allclose(scores[0], np.log([probability for _, probability in best]))


def test_greedy_takes_the_best_class_of_every_step():
    logits = np.log(np.eye(3)[[1, 1, 0, 1, 2, 2]] + 0.1)[None]
    assert ops.ctc_decode(logits, [6])[0].numpy().tolist() == [[[1, 1, 2, -1, -1, -1]]]
    assert ops.ctc_decode(logits, [6], merge_repeated=False)[0].numpy().tolist() == [[[1, 1, 1, 2, 2, -1]]]
    assert ops.ctc_decode(logits, [3])[0].numpy().tolist() == [[[1, -1, -1, -1, -1, -1]]]


def test_a_target_too_long_for_its_time_has_a_large_finite_loss():
    loss = float(ops.ctc_loss([[1, 1, 1]], LOGITS, [3], [4])[0])
    assert 700 < loss < 730


def test_samples_must_agree():
    with pytest.raises(ValueError, match="number of samples"):
        ops.ctc_loss([[1], [2]], LOGITS, [1, 1], [5, 5])


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


def test_attention_is_a_mean_of_values():
    rng = np.random.default_rng(1)
    query, key, value = (rng.normal(size=(1, n, 2, 4)) for n in (3, 5, 5))
    weights = softmax(np.einsum("btnh,bsnh->bnts", query, key) / 2)
    expected = np.einsum("bnts,bsnh->btnh", weights, value)
    np.testing.assert_allclose(ops.dot_product_attention(query, key, value), expected, rtol=1e-12)


def test_causal_attention_does_not_look_ahead():
    query, key = np.zeros((1, 3, 1, 2)), np.zeros((1, 3, 1, 2))
    value = np.array([1.0, 3.0, 8.0]).reshape(1, 3, 1, 1)
    y = ops.dot_product_attention(query, key, value, is_causal=True)
    np.testing.assert_allclose(y.numpy().ravel(), [1, 2, 4])


def test_a_target_that_may_look_nowhere_gets_the_plain_mean():
    value = np.array([1.0, 3.0]).reshape(1, 2, 1, 1)
    zeros = np.zeros((1, 2, 1, 2))
    y = ops.dot_product_attention(zeros, zeros, value, mask=np.zeros((2, 2), bool))
    np.testing.assert_allclose(y.numpy().ravel(), [2, 2])


def test_key_heads_serve_several_query_heads():
    rng = np.random.default_rng(1)
    query, key = rng.normal(size=(1, 3, 4, 2)), rng.normal(size=(1, 5, 2, 2))
    both = np.repeat(key, 2, axis=2)
    np.testing.assert_allclose(ops.dot_product_attention(query, key, key), ops.dot_product_attention(query, both, both))
