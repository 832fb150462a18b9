"""Exercise: one step of Adam (Kingma and Ba, arXiv:1412.6980), in Keras's form."""

import numpy as np

from minikeras.tools.learn.exercise import FORMULA, MISSING_TERM, ORDER, RANGE, Exercise, Mistake, Task

STARTER = '''"""One step of the optimizer Adam."""

import numpy as np


def adam(w, g, m, v, step, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """The new (w, m, v) after step number `step`, which is 1 in the first step.

    m ← β₁ m + (1 − β₁) g                    the moving mean of the gradients,
    v ← β₂ v + (1 − β₂) g²                   that of their squares: both start from 0,
    so in step t they are too small by the factors (1 − β₁ᵗ) and (1 − β₂ᵗ), which Keras puts into the rate:

    w ← w − rate · m / (√v + ε),   rate = learning_rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ)
    """
    raise NotImplementedError
'''


def _cases():
    rng = np.random.default_rng(2)
    w, g, m = rng.standard_normal((3, 2, 3))
    v, zeros = rng.random((2, 3)), np.zeros((2, 3))
    tiny = np.full((2, 3), 1e-7)
    return [
        ("the first step", (w, g, zeros, zeros, 1)),
        ("step 5, m and v from earlier ones", (w, g, m, v, 5)),
        ("a gradient as small as ε", (w, tiny, zeros, zeros, 1)),
        ("other settings: learning_rate=0.1, β₁=0.5, β₂=0.8", (w, g, m, v, 3, 0.1, 0.5, 0.8, 1e-3)),
    ]


def _oracle(keras, w, g, m, v, step, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    variable = keras.Variable(w, dtype="float64")
    optimizer = keras.optimizers.Adam(learning_rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)
    optimizer.build([variable])
    iterations, _, momentum, velocity = optimizer.variables
    iterations.assign(step - 1)
    momentum.assign(m)
    velocity.assign(v)
    optimizer.apply([keras.ops.convert_to_tensor(g, "float64")], [variable])
    return variable, momentum, velocity


def _variant(change):
    """Adam with one part of it changed: `change(m, v, t, rate, β₁, β₂, ε, earlier v, g)` is the step."""

    def step_of(w, g, m, v, t, rate=0.001, b1=0.9, b2=0.999, epsilon=1e-7):
        new_m, new_v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        return w - change(new_m, new_v, t, rate, b1, b2, epsilon), new_m, new_v

    return step_of


def _unbiased(m, v, t, rate, b1, b2, epsilon):
    return rate * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + epsilon)


def _rate(t, rate, b1, b2):
    return rate * np.sqrt(1 - b2**t) / (1 - b1**t)


def _v_without_square(w, g, m, v, t, rate=0.001, b1=0.9, b2=0.999, epsilon=1e-7):
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g
    return w - _rate(t, rate, b1, b2) * m / (np.sqrt(v) + epsilon), m, v


def _swapped_shares(of_m, of_v):
    """Adam with β and 1 − β exchanged in m, in v or in both."""

    def step_of(w, g, m, v, t, rate=0.001, b1=0.9, b2=0.999, epsilon=1e-7):
        share_m, share_v = 1 - b1 if of_m else b1, 1 - b2 if of_v else b2
        m, v = share_m * m + (1 - share_m) * g, share_v * v + (1 - share_v) * g**2
        return w - _rate(t, rate, b1, b2) * m / (np.sqrt(v) + epsilon), m, v

    return step_of


def _old_moments(w, g, m, v, t, rate=0.001, b1=0.9, b2=0.999, epsilon=1e-7):
    new_m, new_v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    return w - _rate(t, rate, b1, b2) * m / (np.sqrt(v) + epsilon), new_m, new_v


def _without_shares(w, g, m, v, t, rate=0.001, b1=0.9, b2=0.999, epsilon=1e-7):
    m, v = b1 * m + g, b2 * v + g**2
    return w - _rate(t, rate, b1, b2) * m / (np.sqrt(v) + epsilon), m, v


def _corrected_state(w, g, m, v, t, rate=0.001, b1=0.9, b2=0.999, epsilon=1e-7):
    m, v = (b1 * m + (1 - b1) * g) / (1 - b1**t), (b2 * v + (1 - b2) * g**2) / (1 - b2**t)
    return w - rate * m / (np.sqrt(v) + epsilon), m, v


MISTAKES = (
    Mistake(
        MISSING_TERM,
        "m and v start from zero and are too small at first: the factors of step t, (1 − βᵗ), are missing.",
        _variant(lambda m, v, t, rate, b1, b2, epsilon: rate * m / (np.sqrt(v) + epsilon)),
    ),
    Mistake(
        MISSING_TERM,
        "The factor (1 − β₁ᵗ) of m is there, that of v, √(1 − β₂ᵗ), is not.",
        _variant(lambda m, v, t, rate, b1, b2, epsilon: rate * m / (1 - b1**t) / (np.sqrt(v) + epsilon)),
    ),
    Mistake(
        FORMULA,
        "ε is under the root: √(v + ε). It should be added to the root.",
        _variant(lambda m, v, t, rate, b1, b2, epsilon: _rate(t, rate, b1, b2) * m / np.sqrt(v + epsilon)),
    ),
    Mistake(
        FORMULA,
        "That is the paper's form, with ε next to √(v / (1 − β₂ᵗ)): Keras adds ε to √v, which differs where "
        "gradients are as small as ε.",
        _variant(_unbiased),
    ),
    Mistake(MISSING_TERM, "v is the moving mean of g, expected that of g².", _v_without_square),
    Mistake(ORDER, "β and 1 − β are exchanged: the old means keep the share β.", _swapped_shares(True, True)),
    Mistake(ORDER, "β₁ and 1 − β₁ are exchanged: the old m keeps the share β₁.", _swapped_shares(True, False)),
    Mistake(ORDER, "β₂ and 1 − β₂ are exchanged: the old v keeps the share β₂.", _swapped_shares(False, True)),
    Mistake(
        FORMULA,
        "The sign: the gradient points uphill, and the step goes against it.",
        _variant(lambda m, v, t, rate, b1, b2, epsilon: -_rate(t, rate, b1, b2) * m / (np.sqrt(v) + epsilon)),
    ),
    Mistake(
        FORMULA,
        "`step` is 1 in the first step already: there the factors are (1 − β₁) and (1 − β₂).",
        _variant(lambda m, v, t, rate, b1, b2, epsilon: _rate(t + 1, rate, b1, b2) * m / (np.sqrt(v) + epsilon)),
    ),
    Mistake(
        RANGE,
        "`step` is 1 in the first step, not 0: with t − 1 the factors are 0 there.",
        _variant(lambda m, v, t, rate, b1, b2, epsilon: _rate(t - 1, rate, b1, b2) * m / (np.sqrt(v) + epsilon)),
    ),
    Mistake(
        FORMULA,
        "In βᵗ the step is an exponent: β ** step.",
        _variant(
            lambda m, v, t, rate, b1, b2, epsilon: (
                rate * np.sqrt(1 - b2 * t) / (1 - b1 * t) * m / (np.sqrt(v) + epsilon)
            )
        ),
    ),
    Mistake(
        MISSING_TERM,
        "In the rate, (1 − β₂ᵗ) is under a root, as v is.",
        _variant(lambda m, v, t, rate, b1, b2, epsilon: rate * (1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + epsilon)),
    ),
    Mistake(MISSING_TERM, "The new gradient was added whole: it gets the share 1 − β.", _without_shares),
    Mistake(
        FORMULA,
        "m and v were returned after the division by (1 − βᵗ), so the next step would divide again: the state keeps "
        "them as they are.",
        _corrected_state,
    ),
    Mistake(ORDER, "The step was taken with the old m and v: update them first.", _old_moments),
)

EXERCISE = Exercise(
    name="adam",
    title="one step of Adam",
    where="minikeras/optimizers/adam.py",
    starter=STARTER,
    tasks=(Task("adam", ("w", "m", "v"), _cases, _oracle, MISTAKES),),
)
