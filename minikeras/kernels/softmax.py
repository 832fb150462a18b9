"""softmax along the last axis: p = exp(x) / Σ exp(x)."""

import numpy as np

from minikeras.kernels.addresses import address, view
from minikeras.kernels.registry import is_float, kernel, native


def softmax(x):
    """p = exp(x − max x) / Σ exp(x − max x) along the last axis.  x (…, classes), any float dtype, which p keeps."""
    return softmax_rows(np.ascontiguousarray(x.reshape(-1, x.shape[-1]))).reshape(x.shape) if x.size else x.copy()


def softmax_gradient(p, dp):
    """dx = p · (dp − Σ dp · p) along the last axis, from p = softmax(x) and the gradient dp.  Both (…, classes)."""
    if not p.size:
        return p.copy()
    rows = (-1, p.shape[-1])
    p_rows, dp_rows = np.ascontiguousarray(p.reshape(rows)), np.ascontiguousarray(dp.reshape(rows))
    return softmax_gradient_rows(p_rows, dp_rows).reshape(p.shape)


def softmax_rows_reference(x):
    """p = exp(x − max x) / Σ exp(x − max x) in each row.  x (rows, classes)."""
    exponentials = np.exp(x - x.max(axis=1, keepdims=True))  # exp overflows float32 above 88; the shift changes nothing
    return exponentials / exponentials.sum(axis=1, keepdims=True)


@native("minikeras.kernels.machine.softmax:softmax_lines")
def softmax_lines(rows, classes, x, p, statistics):
    """p = softmax of each row of x, and statistics[i] = (max x[i], Σ exp(x[i] − max)), float32, given by addresses.

    A row with NaN or +∞, or with −∞ alone, has p and Σ NaN.
    """
    x_rows, p_rows = view(x, (rows, classes), (classes, 1)), view(p, (rows, classes), (classes, 1))
    with np.errstate(invalid="ignore"):
        highest = x_rows.max(axis=1, keepdims=True)
        p_rows[...] = np.exp(x_rows - highest)
    total = p_rows.sum(axis=1, keepdims=True)
    p_rows /= total
    view(statistics, (rows, 2), (2, 1))[...] = np.hstack([highest, total])


# 128×10: 1/3 of the reference's time, 128×100: 1/2, 1024×1000: 1/2 (float32, Intel Sapphire Rapids).
@kernel(reference=softmax_rows_reference, when=lambda x: x.dtype.char == "f")
def softmax_rows(x):
    p = np.empty_like(x)
    rows, classes = x.shape
    statistics = np.empty(2 * rows, np.float32)
    softmax_lines(rows, classes, address(x, 0), address(p, 0), address(statistics, 0))
    return p


def softmax_gradient_rows_reference(p, dp):
    """dx = p · (dp − Σ dp · p) in each row.  p, dp (rows, classes)."""
    return p * (dp - (dp * p).sum(axis=1, keepdims=True))


@kernel(reference=softmax_gradient_rows_reference, when=lambda p, dp: is_float(p, dp) and p.shape[1] <= 128)
def softmax_gradient_rows(p, dp):
    dx = np.empty_like(p)
    rows, classes = p.shape
    for i in range(rows):
        mean = p[i, 0] * dp[i, 0]
        for j in range(1, classes):
            mean += p[i, j] * dp[i, j]
        for j in range(classes):
            dx[i, j] = p[i, j] * (dp[i, j] - mean)
    return dx
