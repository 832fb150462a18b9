"""The formulas of the optimizers: one step of one weight w with its gradient g. `update_rule.py` makes them run.

The order of the operations is that of Keras's TensorFlow graph in the variable's dtype, so float32 results equal those
of tf.keras bit for bit (but for divisions by a root inside a tf.function, which TensorFlow rewrites: up to 1e-5).

The numbers (`learning_rate`, `alpha`, …) are rounded to the variable's dtype first; a factor written 1 − β is rounded
after the subtraction, as Keras does. What they are in each step, the optimizers' own files say.
"""

import numpy as np

from minikeras.kernels.scaled_rule import ScaledRule
from minikeras.kernels.update_rule import update_rule


def sgd_step(w, g, learning_rate):
    """`sgd` for each gradient of a row."""
    return (w - g * learning_rate,)


@update_rule(slots=0, in_turn=(sgd_step,))
def sgd(w, g, learning_rate):
    """w ← w − lr·g."""
    return (w - g * learning_rate,)


@update_rule(slots=1)
def sgd_momentum(w, step, m, learning_rate, momentum):
    """m ← momentum·m − lr·g,   w ← w + m  (Polyak, 1964)."""
    m = m * momentum - step
    return w + m, m


@update_rule(slots=1)
def sgd_nesterov(w, step, m, learning_rate, momentum):
    """m ← momentum·m − lr·g,   w ← w + momentum·m − lr·g  (Sutskever et al., 2013)."""
    m = m * momentum - step
    return w + (m * momentum - step), m


def rmsprop_moment(w, share, v, learning_rate, rho, one_minus_rho, epsilon):
    """v of `rmsprop`, by the sum over a row's gradients."""
    return w, v * rho + share


def rmsprop_step(w, g, v, learning_rate, rho, one_minus_rho, epsilon):
    """Then w for each of them."""
    return w - g * learning_rate / np.sqrt(v + epsilon), v


@update_rule(slots=1, of_rows=rmsprop_moment, in_turn=(rmsprop_step,))
def rmsprop(w, g, share, v, learning_rate, rho, one_minus_rho, epsilon):
    """v ← ρ·v + (1 − ρ)·g²,   w ← w − lr·g / √(v + ε)  (Tieleman and Hinton, 2012)."""
    v = v * rho + share
    return w - g * learning_rate / np.sqrt(v + epsilon), v


@update_rule(slots=2)
def rmsprop_momentum(w, g, share, v, m, learning_rate, rho, one_minus_rho, epsilon, momentum):
    """v ← ρ·v + (1 − ρ)·g²,   m ← momentum·m + lr·g / √(v + ε),   w ← w − m."""
    v = v * rho + share
    m = m * momentum + g * learning_rate / np.sqrt(v + epsilon)
    return w - m, v, m


@update_rule(slots=2)
def rmsprop_centered(w, g, share, v, a, learning_rate, rho, one_minus_rho, epsilon):
    """v ← ρ·v + (1 − ρ)·g²,   a ← ρ·a + (1 − ρ)·g,   w ← w − lr·g / √(v − a² + ε)."""
    v = v * rho + share
    a = a * rho + g * one_minus_rho
    return w - g * learning_rate / np.sqrt(v - a * a + epsilon), v, a


@update_rule(slots=3)
def rmsprop_centered_momentum(w, g, share, v, a, m, learning_rate, rho, one_minus_rho, epsilon, momentum):
    """v, a as in `rmsprop_centered`,   m ← momentum·m + lr·g / √(v − a² + ε),   w ← w − m."""
    v = v * rho + share
    a = a * rho + g * one_minus_rho
    m = m * momentum + g * learning_rate / np.sqrt(v - a * a + epsilon)
    return w - m, v, a, m


@update_rule(slots=2)
def adam(w, g, square, m, v, alpha, one_minus_beta_1, one_minus_beta_2, epsilon):
    """m ← m + (g − m)·(1 − β₁),   v ← v + (g² − v)·(1 − β₂),   w ← w − α·m / (√v + ε)  (Kingma and Ba, 2015).

    α = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ) at step t. AdamW is the same after its weight decay.
    """
    m = m + (g - m) * one_minus_beta_1
    v = v + (square - v) * one_minus_beta_2
    return w - m * alpha / (np.sqrt(v) + epsilon), m, v


@update_rule(slots=3)
def adam_amsgrad(w, g, square, m, v, largest_v, alpha, one_minus_beta_1, one_minus_beta_2, epsilon):
    """Adam whose step is divided by the root of the largest v so far  (Reddi et al., 2018)."""
    m = m + (g - m) * one_minus_beta_1
    v = v + (square - v) * one_minus_beta_2
    largest_v = np.maximum(largest_v, v)
    return w - m * alpha / (np.sqrt(largest_v) + epsilon), m, v, largest_v


@update_rule(slots=2)
def adamax(w, g, size, m, u, learning_rate, one_minus_beta_1, beta_2, correction, epsilon):
    """m ← m + (g − m)·(1 − β₁),   u ← max(β₂·u, |g|),   w ← w − lr·m / ((1 − β₁ᵗ)·(u + ε))  (Kingma and Ba, 2015)."""
    m = m + (g - m) * one_minus_beta_1
    u = np.maximum(u * beta_2, size)
    return w - m * learning_rate / (correction * (u + epsilon)), m, u


@update_rule(slots=2)
def nadam(
    w,
    g,
    square,
    m,
    v,
    learning_rate,
    one_minus_beta_1,
    one_minus_beta_2,
    next_mu,
    one_minus_mu,
    for_m,
    for_g,
    for_v,
    epsilon,
):
    """m, v as in Adam,   m̂ = μ_{t+1}·m / for_m + (1 − μ_t)·g / for_g,   w ← w − lr·m̂ / (√(v / for_v) + ε)

    (Dozat, 2016.) What the numbers are, `nadam.py` says.
    """
    m = m + (g - m) * one_minus_beta_1
    v = v + (square - v) * one_minus_beta_2
    m_hat = next_mu * m / for_m + one_minus_mu * g / for_g
    return w - m_hat * learning_rate / (np.sqrt(v / for_v) + epsilon), m, v


def adagrad_moment(w, g, a, learning_rate, epsilon):
    """a of `adagrad` for each gradient of a row."""
    return w, a + g * g


def adagrad_step(w, g, a, learning_rate, epsilon):
    """Then w for each of them."""
    return w - g * learning_rate / np.sqrt(a + epsilon), a


@update_rule(slots=1, in_turn=(adagrad_moment, adagrad_step))
def adagrad(w, g, square, a, learning_rate, epsilon):
    """a ← a + g²,   w ← w − lr·g / √(a + ε)  (Duchi et al., 2011)."""
    a = a + square
    return w - g * learning_rate / np.sqrt(a + epsilon), a


def adadelta_of_rows(w, g, share, a, b, learning_rate, rho, one_minus_rho, epsilon):
    """`adadelta` where d² is a sum of squares, too."""
    a = a * rho + share
    factor = np.sqrt(b + epsilon) / np.sqrt(a + epsilon)
    b = b * rho + share * factor * factor
    return w - g * factor * learning_rate, a, b


@update_rule(slots=2, of_rows=adadelta_of_rows)
def adadelta(w, g, share, a, b, learning_rate, rho, one_minus_rho, epsilon):
    """a ← ρ·a + (1 − ρ)·g²,   d = g·√(b + ε) / √(a + ε),   b ← ρ·b + (1 − ρ)·d²,   w ← w − lr·d  (Zeiler, 2012)."""
    a = a * rho + share
    d = g * np.sqrt(b + epsilon) / np.sqrt(a + epsilon)
    b = b * rho + d * d * one_minus_rho
    return w - d * learning_rate, a, b


@update_rule(slots=2)
def ftrl(w, g, square, a, z, learning_rate, l1, shrinkage, l2):
    """a' = a + g²,   z ← z + g + shrinkage·w − w·(√a' − √a) / lr,   w ← (clip(z, ±λ₁) − z) / (√a' / lr + l2),   a ← a'

    (McMahan et al., 2013, with the power −½ of the learning rate.) What `shrinkage` and `l2` are, `ftrl.py` says.
    """
    root, a = np.sqrt(a), a + square
    new_root = np.sqrt(a)
    z = z + ((g + shrinkage * w) - (new_root - root) / learning_rate * w)
    clipped = np.minimum(np.maximum(z, -l1), l1)
    return (clipped - z) / (new_root / learning_rate + l2), a, z


@update_rule(slots=1)
def lion(w, g, m, learning_rate, beta_1, one_minus_beta_1, beta_2, one_minus_beta_2):
    """w ← w − lr·sign(β₁·m + (1 − β₁)·g),   m ← β₂·m + (1 − β₂)·g  (Chen et al., 2023)."""
    step = np.sign(m * beta_1 + g * one_minus_beta_1) * learning_rate
    return w - step, m * beta_2 + g * one_minus_beta_2


@update_rule(slots=2)
def schedule_free_adamw(
    y, g, square, z, v, learning_rate, beta_1, one_minus_beta_1, one_minus_beta_2, for_v, epsilon, c, rest
):
    """v as in Adam,   z ← z − lr·g / (√(v / for_v) + ε),   x = (y − (1 − β₁)·z) / β₁,   x ← rest·x + c·z,
    y ← (1 − β₁)·z + β₁·x  with c = 1/t and rest = 1 − c  (Defazio et al., 2024).
    """
    v = v + (square - v) * one_minus_beta_2
    z = z - g * learning_rate / (np.sqrt(v / for_v) + epsilon)
    x = (y - one_minus_beta_1 * z) / beta_1
    x = rest * x + c * z
    return one_minus_beta_1 * z + beta_1 * x, z, v


# --- a step whose length depends on all weights of a variable --------------------------------------------------------


@update_rule(slots=2)
def lamb_direction(u, g, square, m, v, one_minus_beta_1, one_minus_beta_2, for_m, for_v, epsilon):
    """m, v as in Adam,   u ← (m / for_m) / (√(v / for_v) + ε)  with for_m = 1 − β₁ᵗ, for_v = 1 − β₂ᵗ.

    (You et al., 2020.) What u is before does not matter.
    """
    m = m + (g - m) * one_minus_beta_1
    v = v + (square - v) * one_minus_beta_2
    return m / for_m / (np.sqrt(v / for_v) + epsilon), m, v


def lamb_scale(w_size, u_size, learning_rate):
    """lr·‖w‖ / ‖u‖, or lr where one of them is 0."""
    if w_size > 0 and u_size > 0:
        return w_size / u_size * learning_rate
    return learning_rate


lamb = ScaledRule("lamb", lamb_direction, lamb_scale)
