"""Random numbers: those that follow from a seed are TensorFlow's, the others are drawn from minikeras's sequences."""

import numpy as np

from minikeras import random
from minikeras.autodiff.tensor import Tensor
from minikeras.formats.saved_model.graph_ops.registry import EFFECT, graph_op
from minikeras.kernels.random.normal import normal, truncated_normal
from minikeras.kernels.random.philox import Philox, from_seed_pair
from minikeras.kernels.random.uniform import full_integers, uniform, uniform_integers

PHILOX, AUTOMATIC = 1, 3  # TensorFlow's numbers of algorithms; on a processor the last is the first


@graph_op("StatelessRandomGetKeyCounter", "seed!", gives="key counter", kind=EFFECT)
def key_and_counter(seed):
    """The sequence of a seed."""
    sequence = from_seed_pair(seed.tolist())
    return np.array([sequence.key], np.uint64), np.array([0, sequence.stream], np.uint64)


@graph_op("StatelessRandomGetAlg", kind=EFFECT)
def algorithm():
    """TensorFlow's number of the algorithm."""
    return np.asarray(PHILOX, np.int32)


def _sequence(key, counter, alg):
    if alg not in (PHILOX, AUTOMATIC):
        raise ValueError(f"Random numbers are drawn by Philox alone, algorithm {PHILOX}. Received: alg={alg}")
    return Philox(key[0], counter[1], counter[0])


def _stateless(name, draw, default="float32"):
    @graph_op(name, "shape! key! counter! alg!", kind=EFFECT)
    def draw_from(shape, key, counter, alg, *, dtype=default):
        return Tensor(draw(_sequence(key, counter, alg), tuple(shape.tolist()), dtype))


_stateless("StatelessRandomUniformV2", uniform)
_stateless("StatelessRandomNormalV2", normal)
_stateless("StatelessTruncatedNormalV2", truncated_normal)
_stateless("StatelessRandomUniformFullIntV2", full_integers, "uint64")


@graph_op("StatelessRandomUniformIntV2", "shape! key! counter! alg! minval! maxval!", kind=EFFECT)
def stateless_integers(shape, key, counter, alg, minval, maxval):
    """Integers from `minval` on, below `maxval`."""
    bounds = int(minval), int(maxval)
    return Tensor(uniform_integers(_sequence(key, counter, alg), tuple(shape.tolist()), minval.dtype.name, *bounds))


def _drawn(name, draw):
    @graph_op(name, "shape!", kind=EFFECT)
    def draw_next(shape, *, dtype, seed=0, seed2=0):
        return draw(tuple(shape.tolist()), dtype=dtype)


_drawn("RandomUniform", random.uniform)
_drawn("RandomStandardNormal", random.normal)
_drawn("TruncatedNormal", random.truncated_normal)


@graph_op("RandomShuffle", "value", kind=EFFECT)
def shuffled(x, *, seed=0, seed2=0):
    """The slices along the first axis in another order."""
    return random.shuffle(x)


@graph_op("RandomUniformInt", "shape! minval! maxval!", kind=EFFECT)
def integers(shape, minval, maxval, *, seed=0, seed2=0):
    """Integers from `minval` on, below `maxval`."""
    return random.randint(tuple(shape.tolist()), int(minval), int(maxval), minval.dtype.name)
