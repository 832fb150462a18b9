"""Exercise: dropout (Srivastava et al. 2014), in the inverted form of Keras: its properties are checked."""

import numpy as np

from minikeras.tools.learn.exercise import (
    BROADCASTING,
    FORMULA,
    MISSING_TERM,
    RANDOMNESS,
    SHAPE,
    SIDE_EFFECT,
    Exercise,
    Hint,
    PropertyTask,
)

STARTER = '''"""Dropout."""

import numpy as np


def dropout(x, rate, training, rng):
    """In training each element of x is 0 with the probability `rate`, independently of all others; the others are
    scaled so that the expected value of each element does not change. Otherwise the result is x.

    rng: NumPy's Generator, from which all random numbers come: rng.random(shape) is uniform in [0, 1).
    """
    raise NotImplementedError
'''

SAMPLES, FEATURES = 200, 300
DEVIATIONS = 6  # of a binomial share: a right function fails once in 10⁹ seeds, and the seeds here are fixed
SEED = 8


def check(dropout):
    """Raise a `Hint` about the first property that fails."""
    x = 1 + np.random.default_rng(0).random((SAMPLES, FEATURES))
    _check_inference(dropout, x)
    for rate in (0.2, 0.7):
        before = x.copy()
        y = np.asarray(dropout(x, rate, True, np.random.default_rng(SEED)))
        if not np.array_equal(x, before):
            raise Hint(SIDE_EFFECT, "x was changed in place: compute into a new array.")
        _check_values(x, y, rate)
        _check_independence(y == 0, rate)
    _check_randomness(dropout, x)
    if not np.array_equal(np.asarray(dropout(x, 0.0, True, np.random.default_rng(SEED))), x):
        raise Hint(FORMULA, "With rate=0 everything is kept, so the result is x.")


def _check_inference(dropout, x):
    y = dropout(x, 0.5, False, np.random.default_rng(SEED))
    if y is None or np.shape(y) != x.shape:
        raise Hint(SHAPE, f"The result should have the shape of x, {x.shape}.")
    if (np.asarray(y) == 0).any():
        raise Hint(FORMULA, "With training=False elements were dropped: the result is x then.")
    if not np.allclose(y, x):
        ratio = float(np.mean(np.asarray(y) / x))
        raise Hint(
            FORMULA, f"With training=False the result is x itself. It was {ratio:.4g} · x: only training scales."
        )


def _check_values(x, y, rate):
    if y.shape != x.shape:
        raise Hint(SHAPE, f"The result has shape {y.shape}, expected that of x, {x.shape}.")
    kept = y != 0
    share, right = float(kept.mean()), 1 - rate
    error = DEVIATIONS * np.sqrt(rate * right / x.size)
    if abs(share - right) > error and abs(share - rate) <= error:
        raise Hint(FORMULA, f"With rate={rate} the share {share:.2f} was kept: `rate` is the share that is dropped.")
    factors = y[kept] / x[kept]
    if kept.any() and not np.allclose(factors, factors[0]):
        raise Hint(FORMULA, "What is kept is to be multiplied by one number, the same for all elements.")
    factor = float(factors[0]) if kept.any() else 0.0
    _check_factor(factor, rate)
    rows = kept.reshape(SAMPLES, -1)
    if (rows == rows[:1]).all() or (rows == rows[:, :1]).all():
        return  # see `_check_independence`: its share says little
    if abs(share - right) > error:
        raise Hint(RANDOMNESS, f"With rate={rate} the share {share:.3f} was kept, expected about {right:.3f}.")


def _check_factor(factor, rate):
    if np.isclose(factor, 1 / (1 - rate)):
        return
    if np.isclose(factor, 1):
        text = f"What is kept is not scaled: the mean of the result is {1 - rate:.1f} times that of x."
        raise Hint(MISSING_TERM, text + " Which factor repairs that?")
    raise Hint(
        FORMULA,
        f"With rate={rate} the kept elements are multiplied by {factor:.4g}. (share that is kept) · factor must be 1, "
        "so that the expected value does not change.",
    )


def _check_independence(dropped, rate):
    if (dropped == dropped[:1]).all():
        raise Hint(BROADCASTING, "The same features were dropped in all samples: draw a number for each element of x.")
    if (dropped == dropped[:, :1]).all():
        raise Hint(BROADCASTING, "Whole samples were dropped: draw a number for each element of x.")
    per_row = dropped.sum(1)
    if (per_row == per_row[0]).all():
        raise Hint(RANDOMNESS, "The same number of elements was dropped in each sample: each is to be drawn by itself.")


def _check_randomness(dropout, x):
    rng = np.random.default_rng(SEED)
    first, second = (np.asarray(dropout(x, 0.5, True, rng)) for _ in range(2))
    if np.array_equal(first, second):
        raise Hint(RANDOMNESS, "Two calls dropped the same elements: is the generator made again, with a fixed seed?")
    third = np.asarray(dropout(x, 0.5, True, rng))
    if (first == 0).sum() == (second == 0).sum() == (third == 0).sum():  # by chance once in 100 000 seeds
        text = "Each call dropped the same number of elements: whether one is dropped must not depend on the others."
        raise Hint(RANDOMNESS, text)
    again = np.asarray(dropout(x, 0.5, True, np.random.default_rng(SEED)))
    if not np.array_equal(first, again):
        raise Hint(RANDOMNESS, "The same seed gave another result: all random numbers must come from `rng`.")


EXERCISE = Exercise(
    name="dropout",
    title="dropout, by its properties",
    where="minikeras/layers/regularization/dropout.py, minikeras/kernels/random/",
    starter=STARTER,
    tasks=(PropertyTask("dropout", check),),
)
