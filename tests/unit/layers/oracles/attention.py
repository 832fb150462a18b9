"""Attention, target by target and source by source."""

from functools import partial

import numpy as np

from tests.unit.layers.oracles.activations import softmax
from tests.unit.layers.oracles.case import Case


def attended(scores, values):
    """For each target of a sample the mean of the values, weighted by softmax of its scores; −∞ is not looked at."""
    result = np.zeros((len(scores), values.shape[-1]))
    for t, row in enumerate(scores):
        for s, weight in enumerate(softmax(row)):
            result[t] += weight * values[s]
    return result


def score_matrix(score, queries, keys, causal=False, window=None, allowed=None):
    """score(query, key) for each pair; −∞ where a target must not look."""
    result = np.full((len(queries), len(keys)), -np.inf)
    for t, query in enumerate(queries):
        for s, key in enumerate(keys[: t + 1] if causal else keys):
            if (window is None or abs(t - s) < window) and (allowed is None or allowed[t, s]):
                result[t, s] = score(query, key)
    return result


def attention(query, value, key=None, scale=1.0, concat_score_weight=1.0, use_scale=False, score_mode="dot", **call):
    """One head without projections."""
    key, causal = value if key is None else key, call.get("use_causal_mask", False)

    def score(q, k):
        return scale * (q @ k) if score_mode == "dot" else concat_score_weight * np.tanh(scale * (q + k)).sum()

    return np.array([attended(score_matrix(score, *x[:2], causal), x[2]) for x in zip(query, key, value, strict=True)])


def additive_attention(query, value, scale=1.0, use_scale=True):
    """Scores are sums of tanh, each times its own factor."""

    def score(q, k):
        return (scale * np.tanh(q + k)).sum()

    return np.array([attended(score_matrix(score, q, v), v) for q, v in zip(query, value, strict=True)])


def in_heads(query, value, weights, share=1, causal=False, window=None, allowed=None):
    """Attention for each head of projections, and the sum of what each head's own projection makes of it."""
    (wq, bq), (wk, bk), (wv, bv), (wo, bo) = weights
    result = np.zeros((*query.shape[:-1], wo.shape[-1])) + bo
    for n in range(len(query)):
        for head in range(wq.shape[1]):
            source = head // share
            q = query[n] @ wq[:, head] + bq[head]
            k, v = (value[n] @ w[:, source] + b[source] for w, b in ((wk, bk), (wv, bv)))
            seen = None if allowed is None else allowed[n]
            scores = score_matrix(lambda q, k: q @ k / np.sqrt(len(q)), q, k, causal, window, seen)
            result[n] += attended(scores, v) @ wo[head]
    return result


def pairs(kernel, bias, kernel_1, bias_1, kernel_2, bias_2, kernel_3, bias_3):
    return (kernel, bias), (kernel_1, bias_1), (kernel_2, bias_2), (kernel_3, bias_3)


def multi_head_attention(
    query, value, num_heads=1, key_dim=1, use_causal_mask=False, sliding_window=None, allowed=None, **weights
):
    return in_heads(query, value, pairs(**weights), 1, use_causal_mask, sliding_window, allowed)


def grouped_query_attention(
    query, value, head_dim=1, num_query_heads=1, num_key_value_heads=1, sliding_window=None, allowed=None, **weights
):
    share = num_query_heads // num_key_value_heads
    return in_heads(query, value, pairs(**weights), share, window=sliding_window, allowed=allowed)


class Masks(list):
    """Of the targets and of the sources, the same for all samples."""

    __name__ = "masks"


def attention_of_masked(query, value, mask):
    """Sources that their mask leaves out are not looked at; targets that theirs leaves out are zeros."""
    result = np.zeros((*query.shape[:-1], value.shape[-1]))
    (kept,), (seen,) = mask
    for n in range(len(query)):
        scores = score_matrix(np.dot, query[n], value[n], allowed=np.tile(seen, (len(kept), 1)))
        result[n] = attended(scores, value[n]) * kept[:, None]
    return result


def of_two(layer, query, value, **call):
    return layer(query, value, **call)


def of_allowed_pairs(layer, query, value, **call):
    return layer(query, value, attention_mask=ALLOWED, **call)


TARGETS, SOURCES = (2, 3, 4), (2, 5, 4)
HEADS, GROUPS = {"num_heads": 2, "key_dim": 3}, {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 2}
CAUSAL = {"use_causal_mask": True}
ALLOWED = np.array([["x.xx.", ".xx..", "xxxxx"], ["....x", "x..x.", "xx..x"]])
ALLOWED = np.array([[[letter == "x" for letter in row] for row in rows] for rows in ALLOWED])
MASKS = Masks([np.array([[1, 0, 1]]) > 0, np.array([[1, 1, 0, 1, 0]]) > 0])

CASES = [
    Case("Attention", {}, (TARGETS, SOURCES), attention),
    Case("Attention", {"use_scale": True, "score_mode": "concat"}, (TARGETS, SOURCES), attention, CAUSAL),
    Case("AdditiveAttention", {}, (TARGETS, SOURCES), additive_attention),
    Case("MultiHeadAttention", HEADS, (TARGETS, SOURCES), multi_head_attention, call_by=of_two),
    Case("MultiHeadAttention", HEADS, (TARGETS, TARGETS), multi_head_attention, CAUSAL, call_by=of_two),
    Case("GroupQueryAttention", GROUPS, (TARGETS, SOURCES), grouped_query_attention, call_by=of_two),
    Case("Attention", {}, (TARGETS, SOURCES), attention_of_masked, {"mask": MASKS}),
    *[
        Case(layer, {**arguments, "sliding_window": 2}, (TARGETS, TARGETS), definition, call_by=of_two)
        for layer, arguments, definition in (
            ("MultiHeadAttention", HEADS, multi_head_attention),
            ("GroupQueryAttention", GROUPS, grouped_query_attention),
        )
    ],
    *[
        Case(layer, arguments, (TARGETS, SOURCES), partial(definition, allowed=ALLOWED), call_by=of_allowed_pairs)
        for layer, arguments, definition in (
            ("MultiHeadAttention", HEADS, multi_head_attention),
            ("GroupQueryAttention", GROUPS, grouped_query_attention),
        )
    ],
]
