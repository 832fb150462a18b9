"""AWQ: weights of inputs with large values are scaled up before rounding, so that they lose less precision.

    w ≈ restored(rounded(w · s)) / s        s = m^p / √(max m^p · min m^p)

m is the largest absolute value of each input; of a grid of exponents p from 0 to 1, the one with the smallest mean of
(error · m)² is chosen.

Source: Lin et al., "AWQ: activation-aware weight quantization for LLM compression and acceleration", 2023.
"""

import numpy as np

from minikeras.quantizers.uniform_levels import Levels, restored

BITS = 4
_MIN_MAGNITUDE, _MIN_FACTOR = np.float32(1e-8), np.float32(1e-4)


class Magnitudes:
    """The largest absolute value of each input of a layer.

    Args:
        features: length of an input.
    """

    def __init__(self, features):
        self.largest = np.zeros(features, np.float32)

    def add(self, x):
        """Take in inputs (n, features)."""
        self.largest = np.maximum(self.largest, np.abs(np.asarray(x, np.float32)).max(axis=0))


def awq(weights, magnitudes, group_size=-1, grid_points=20):
    """(q, scale, zero, group, factors): weights (outputs, inputs) as integers, and the factor s of each input.

    Args:
        weights: (outputs, inputs), float32.
        magnitudes: the `Magnitudes` of the inputs.
        group_size: the number of inputs that share a scale; −1 for all.
        grid_points: the number of steps of the grid.

    Returns:
        q: (outputs, inputs), uint8. scale, zero: (outputs, groups). group and factors: (inputs,), float32.
    """
    levels = Levels(BITS, group_size)
    inputs = weights.shape[1]
    group = np.zeros(inputs, np.int64) if group_size == -1 else np.arange(inputs) // group_size
    largest = np.where(magnitudes.largest < _MIN_MAGNITUDE, np.float32(1), magnitudes.largest)
    best, chosen = None, None
    for step in range(grid_points + 1):
        factors = _factors(largest, step / grid_points)
        found = _rounded(weights * factors, levels, group)
        error = weights - restored(found[0], found[1][:, group], found[2][:, group]) / factors
        loss = np.mean(np.square(error) * np.square(largest))
        if best is None or loss < best:
            best, chosen = loss, (*found, factors)
    q, scale, zero, factors = chosen
    return q.astype(np.uint8), scale, zero, group.astype(np.float32), factors


def _factors(largest, exponent):
    """s for an exponent p."""
    powers = np.maximum(largest ** np.float32(exponent), _MIN_FACTOR)
    return powers / np.maximum(np.sqrt(powers.max() * powers.min()), _MIN_MAGNITUDE)


def _rounded(weights, levels, group):
    """(q, scale, zero) of scaled weights."""
    scale, zero = levels.of_groups(weights)
    return levels.rounded(weights, scale[:, group], zero[:, group]), scale, zero
