"""Exercise: scaled dot-product attention with a mask (Vaswani et al., arXiv:1706.03762, section 3.2.1)."""

import numpy as np

from minikeras.tools.learn.exercise import BROADCASTING, FORMULA, MISSING_TERM, ORDER, RANGE, Exercise, Mistake, Task

STARTER = '''"""Scaled dot-product attention."""

import numpy as np


def attention(query, key, value, mask=None):
    """y[b, q] = Σₖ p[b, q, k] · value[b, k], with p the softmax over the keys k of query[b, q] · key[b, k] / √d.

    query: (batch, queries, d), key: (batch, keys, d), value: (batch, keys, e), y: (batch, queries, e).
    mask: (batch, queries, keys) booleans: where False, query q does not see key k, so p is 0 there and the others' sum
    is 1. Each query sees at least one key. Scores may be as large as ±10⁶.
    """
    raise NotImplementedError
'''


def _cases():
    rng = np.random.default_rng(6)

    def arrays(batch, queries, keys, d, e, scale=1.0):
        shapes = (batch, queries, d), (batch, keys, d), (batch, keys, e)
        query, key, value = (rng.standard_normal(shape) for shape in shapes)
        return scale * query, scale * key, value

    causal = np.tril(np.ones((1, 4, 4), bool)).repeat(2, 0)
    return [
        ("2 sequences, 3 queries, 4 keys", arrays(2, 3, 4, 5, 6)),
        ("as many queries, keys and dimensions, 4", arrays(2, 4, 4, 4, 4)),
        ("a causal mask: query q sees the keys up to q", (*arrays(2, 4, 4, 3, 3), causal)),
        ("scores up to about 10⁶", arrays(1, 3, 4, 4, 2, 1000.0)),
    ]


def _oracle(keras, query, key, value, mask=None):
    # Keras's function has an axis of heads; here it has length 1.
    heads = [keras.ops.convert_to_tensor(part[:, :, None], "float64") for part in (query, key, value)]
    if mask is not None:
        mask = keras.ops.convert_to_tensor(mask[:, None])
    return keras.ops.squeeze(keras.ops.dot_product_attention(*heads, mask=mask), 2)


def _shifted(x, axis=-1):
    return np.exp(x - x.max(axis, keepdims=True))


def _softmax(x, axis=-1):
    return _shifted(x, axis) / _shifted(x, axis).sum(axis, keepdims=True)


def _scores(query, key):
    return query @ key.swapaxes(1, 2) / np.sqrt(query.shape[-1])


def _masked(scores, mask):
    return scores if mask is None else np.where(mask, scores, -np.inf)


def _of_scores(scores_of, softmax=_softmax):
    """Attention with other scores, or another softmax."""
    return lambda query, key, value, mask=None: softmax(_masked(scores_of(query, key), mask)) @ value


def _unstable(x):
    e = np.exp(x)
    return e / e.sum(-1, keepdims=True)


def _zeroed_after(query, key, value, mask=None):
    p = _softmax(_scores(query, key))
    return (p if mask is None else p * mask) @ value


def _zeroed_before(query, key, value, mask=None):
    scores = _scores(query, key)
    return _softmax(scores if mask is None else scores * mask) @ value


MISTAKES = (
    Mistake(
        MISSING_TERM,
        "The scores are not divided by √d.",
        _of_scores(lambda query, key: query @ key.swapaxes(1, 2)),
    ),
    Mistake(
        FORMULA,
        "The scores are divided by d, but should be divided by its root.",
        _of_scores(lambda query, key: query @ key.swapaxes(1, 2) / query.shape[-1]),
    ),
    Mistake(
        FORMULA,
        "The scores are divided by the root of the number of keys. d is the length of one key.",
        _of_scores(lambda query, key: query @ key.swapaxes(1, 2) / np.sqrt(key.shape[1])),
    ),
    Mistake(
        MISSING_TERM,
        "The scores were divided by their sum: a softmax takes exp of them first.",
        _of_scores(_scores, lambda x: x / x.sum(-1, keepdims=True)),
    ),
    Mistake(
        BROADCASTING,
        "The shares were summed over all queries: for each query the shares of the keys have the sum 1.",
        _of_scores(_scores, lambda x: _shifted(x, (1, 2)) / _shifted(x, (1, 2)).sum((1, 2), keepdims=True)),
    ),
    Mistake(
        BROADCASTING,
        "The shares were summed over the whole batch: for each query the shares of the keys have the sum 1.",
        _of_scores(_scores, lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum()),
    ),
    Mistake(
        RANGE,
        "The largest score of all was subtracted. Where a row's own scores are far below it, all its exp are 0: each "
        "row needs its own maximum.",
        _of_scores(_scores, lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(-1, keepdims=True)),
    ),
    Mistake(
        BROADCASTING,
        "The softmax goes over the queries. For each query the shares of the keys, the last axis, have the sum 1.",
        _of_scores(_scores, lambda x: _softmax(x, 1)),
    ),
    Mistake(
        BROADCASTING,
        "The shares were summed over the queries. For each query those of the keys, the last axis, have the sum 1.",
        _of_scores(_scores, lambda x: _shifted(x) / _shifted(x).sum(1, keepdims=True)),
    ),
    Mistake(
        RANGE,
        "exp(score) overflows: subtract each row's maximum first, which does not change the softmax.",
        _of_scores(_scores, _unstable),
    ),
    Mistake(
        MISSING_TERM, "The mask is ignored.", lambda query, key, value, mask=None: _softmax(_scores(query, key)) @ value
    ),
    Mistake(
        FORMULA,
        "The shares were set to zero after the softmax, so those left no longer have the sum 1. Mask the scores.",
        _zeroed_after,
    ),
    Mistake(
        FORMULA,
        "Masked scores were set to 0, and exp(0) is 1: they need a score whose exp is 0.",
        _zeroed_before,
    ),
    Mistake(
        ORDER,
        "The mask is reversed: True means that the key is seen.",
        lambda query, key, value, mask=None: (
            _softmax(_masked(_scores(query, key), None if mask is None else ~mask)) @ value
        ),
    ),
)

EXERCISE = Exercise(
    name="attention",
    title="scaled dot-product attention with a mask",
    where="minikeras/kernels/attention.py, minikeras/layers/attention/",
    starter=STARTER,
    tasks=(Task("attention", ("y",), _cases, _oracle, MISTAKES),),
)
