"""Random numbers by TensorFlow's stateless operations, which draw the same numbers."""

import numpy as np

from minikeras.exporting.draws import StatelessDraw
from minikeras.exporting.tensorflow.registry import converts
from minikeras.formats.saved_model.attributes import kind_of
from minikeras.kernels.random import stateless_normal, stateless_truncated_normal, stateless_uniform
from minikeras.random.seed_generator import SEED_MODULUS

PHILOX = 1  # the algorithm
OPERATORS = {
    stateless_uniform: "StatelessRandomUniformV2",
    stateless_normal: "StatelessRandomNormalV2",
    stateless_truncated_normal: "StatelessTruncatedNormalV2",
}


@converts(StatelessDraw)
def stateless_draw(graph, step, pair):
    seeds = graph.add("FloorMod", graph.read(pair), graph.constant(SEED_MODULUS, np.int64))
    key, counter = graph.add("StatelessRandomGetKeyCounter", seeds)
    shape, algorithm = graph.shape(step.setting("shape")), graph.constant(PHILOX, np.int32)
    operator, kind = OPERATORS[step.op.kernel], kind_of(np.dtype(step.op.dtype))
    return graph.add(operator, shape, key, counter, algorithm, dtype=kind)
