"""Rules that look at a whole matrix, for float64 arrays: w after some gradients at the learning rate lr."""

import numpy as np


def muon(w, gradients, lr):
    """Momentum whose direction is made nearly orthogonal by five rounds of a polynomial, with weight decay."""
    m = np.zeros_like(w)
    for g in gradients:
        w = w * (1 - 0.004 * lr)
        m = 0.95 * m + g
        x = g + 0.95 * m
        x = x / (np.linalg.norm(x) + 1e-7)
        for _ in range(5):  # x = U·S·Vᵀ becomes U·p(S)·Vᵀ
            square = x @ x.T
            x = 3.4445 * x - 4.7750 * square @ x + 2.0315 * square @ square @ x
        w = w - lr * 0.2 * np.sqrt(max(w.shape)) * x
    return w


def adafactor(w, gradients, lr):
    """Second moments as an outer product of row and column means; the step is a share of the size of w."""
    rows, columns = np.zeros(len(w)), np.zeros(w.shape[1])
    for t, g in enumerate(gradients, start=1):
        beta = 1 - t**-0.8
        rows = beta * rows + (1 - beta) * np.mean(g * g + 1e-30, axis=1)
        columns = beta * columns + (1 - beta) * np.mean(g * g + 1e-30, axis=0)
        u = g / np.sqrt(np.outer(rows / rows.mean(), columns))
        w = w - max(1e-3, rms(w)) * min(lr, 1 / np.sqrt(t)) * u / max(1.0, rms(u))
    return w


def lamb(w, gradients, lr):
    """Adam's step, as long as a share of w."""
    m = v = np.zeros_like(w)
    for t, g in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        u = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
        w = w - lr * np.linalg.norm(w) / np.linalg.norm(u) * u
    return w


def rms(x):
    """The root of the mean of the squares."""
    return np.sqrt(np.mean(x * x))
