"""`tf.random.stateless_…`: TensorFlow's parameters over `minikeras/compat/tensorflow/random/stateless_draws.py`.

`seed` is two integers; the result depends on nothing else. `name` has no effect.
"""

from minikeras.compat.tensorflow.random import stateless_draws as stateless


def stateless_normal(shape, seed, mean=0.0, stddev=1.0, dtype="float32", name=None, alg="auto_select"):
    """mean + stddev · z, z of the density exp(−z²/2) / √(2π)."""
    check_algorithm(alg)
    return stateless.normal(shape, seed, mean, stddev, dtype)


def stateless_truncated_normal(shape, seed, mean=0.0, stddev=1.0, dtype="float32", name=None, alg="auto_select"):
    """mean + stddev · z with |z| < 2: values further out are redrawn."""
    check_algorithm(alg)
    return stateless.truncated_normal(shape, seed, mean, stddev, dtype)


def stateless_uniform(shape, seed, minval=0, maxval=None, dtype="float32", name=None, alg="auto_select"):
    """Values uniform in [minval, maxval); for integers both None mean the whole range of the dtype."""
    check_algorithm(alg)
    return stateless.uniform(shape, seed, minval, maxval, dtype)


def stateless_gamma(shape, seed, alpha, beta=None, dtype="float32", name=None):
    """Gamma values; `shape` ends with the shape of the concentration alpha and the rate beta (1 if None)."""
    return stateless.gamma(shape, seed, alpha, beta, dtype)


def stateless_poisson(shape, seed, lam, dtype="int32", name=None):
    """Numbers of events where `lam` are expected; `shape` ends with the shape of `lam`."""
    return stateless.poisson(shape, seed, lam, dtype)


def stateless_binomial(shape, seed, counts, probs, output_dtype="int32", name=None):
    """The number of `counts` trials that succeed with probability `probs`; `shape` ends with their common shape."""
    return stateless.binomial(shape, seed, counts, probs, output_dtype)


def stateless_categorical(logits, num_samples, seed, dtype="int64", name=None):
    """(batch, num_samples) class indices, drawn with probabilities softmax(logits), (batch, classes)."""
    return stateless.categorical(logits, num_samples, seed, dtype)


def split(seed, num=2, alg="auto_select"):
    """`num` new seeds from one, (num, 2), of the seed's dtype: int32 for Python integers."""
    check_algorithm(alg)
    return stateless.split(seed, num)


def fold_in(seed, data, alg="auto_select"):
    """A new seed (2,) from a seed and an integer, such as a step's."""
    check_algorithm(alg)
    return stateless.fold_in(seed, data)


def stateless_shuffle(value, seed, alg="auto_select", name=None):
    """The slices of `value` along its first axis, in an order that depends on `seed`."""
    check_algorithm(alg)
    return stateless.shuffle(value, seed)


def check_algorithm(alg):
    """Raise a ValueError unless `alg` is Philox, under one of its names."""
    if str(getattr(alg, "name", alg)).lower() not in ("philox", "auto_select", "1", "3"):
        raise ValueError(f"minikeras supports only the algorithm 'philox'. Received: alg={alg!r}")
