import numpy as np


def dropout(x, rate, training, rng):
    if not training:
        return x
    kept = rng.random(x.shape) >= rate
    return np.where(kept, x / (1 - rate), 0)
