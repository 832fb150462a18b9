"""GPTQ: the weights of an input are rounded one input after the other, and those still to be rounded make up for the
error.

The loss of an output by rounding is, to second order, wᵀHw for the errors w of its weights, with the Hessian
H = 2/n · Σ xxᵀ over the n inputs x of the layer. If the weight of input j is off by e, the loss is smallest with

    w[k] −= e · H⁻¹[j, k] / H⁻¹[j, j]        for all later inputs k > j

Source: Frantar et al., "GPTQ: accurate post-training quantization for generative pre-trained transformers", 2022. As in
Keras, H⁻¹ is not updated while inputs are taken out of it, and ranges are those of the weights before the block of 128
inputs to which a group belongs.
"""

import numpy as np

from minikeras.quantizers.uniform_levels import Levels, restored

BLOCK = 128  # after so many inputs, errors are passed on to all the others
_ONE = np.float32(1)


class Hessian:
    """2/n · Σ xxᵀ of the inputs of a layer, as a running mean.

    Args:
        features: length of an input.
    """

    def __init__(self, features):
        self.matrix = np.zeros((features, features), np.float32)
        self.count = 0

    def add(self, x):
        """Take in inputs (n, features)."""
        x = np.asarray(x, np.float32)
        products = x.T @ x
        products = (products + products.T) / np.float32(2)
        total = self.count + len(x)
        self.matrix = self.matrix * np.float32(self.count / total) + np.float32(2 / total) * products
        self.count = total

    def damped(self, damping):
        """The matrix with 1 on the diagonal for inputs that are always 0, and `damping` of its mean added to it."""
        diagonal = self.matrix.diagonal()
        diagonal = np.where(diagonal == 0, _ONE, diagonal)
        matrix = self.matrix.copy()
        np.fill_diagonal(matrix, diagonal + np.float32(damping) * diagonal.mean(dtype=np.float32))
        return matrix


def gptq(weights, hessian, levels, damping=0.01, by_activation=False):
    """(q, scale, zero, group): weights (outputs, inputs) as integers, and the group of each input.

    Args:
        weights: (outputs, inputs), float32.
        hessian: the `Hessian` of the inputs.
        levels: the `Levels`.
        damping: see `Hessian.damped`.
        by_activation: whether to round inputs with large values first, instead of going from the first to the last.

    Returns:
        q: (outputs, inputs), uint8. scale, zero: (outputs, groups). group: (inputs,), float32: as in Keras the index of
        the input divided by the group's size; only its integer part counts.
    """
    matrix = hessian.damped(damping)
    inverse = np.linalg.inv(matrix)
    inputs = len(inverse)
    order = np.argsort(-matrix.diagonal(), kind="stable") if by_activation else np.arange(inputs)
    q, scale, zero = _in_order(weights[:, order], inverse[np.ix_(order, order)], levels)
    place = np.argsort(order)
    size = inputs if levels.group_size == -1 else levels.group_size
    return q[:, place], scale, zero, (np.arange(inputs, dtype=np.float32) / np.float32(size))[place]


def _in_order(weights, inverse, levels):
    """(q, scale, zero) of weights whose inputs are rounded from the first to the last."""
    weights, inputs = weights.copy(), weights.shape[1]
    size = inputs if levels.group_size == -1 else levels.group_size
    q, scales = np.zeros(weights.shape, np.uint8), {}
    for start in range(0, inputs, BLOCK):
        block = slice(start, min(start + BLOCK, inputs))
        left, errors = weights[:, block].copy(), np.zeros_like(weights[:, block])
        own = inverse[block, block]
        for j in range(left.shape[1]):
            group = (start + j) // size
            if group not in scales:
                scales[group] = levels.of_group(weights[:, group * size : (group + 1) * size])
            column = left[:, j : j + 1]
            integers = levels.rounded(column, *scales[group])
            q[:, start + j] = integers[:, 0]
            errors[:, j : j + 1] = (column - restored(integers, *scales[group])) / own[j, j]
            left[:, j + 1 :] -= errors[:, j : j + 1] * own[j, j + 1 :]
        weights[:, block.stop :] -= errors @ inverse[block, block.stop :]
    scale, zero = zip(*[scales[group] for group in sorted(scales)], strict=True)
    return q, np.concatenate(scale, axis=1), np.concatenate(zero, axis=1)


def levels_of(config):
    """The `Levels` of a `GPTQConfig`."""
    return Levels(config.weight_bits, config.group_size, config.symmetric, config.per_channel)
