"""The elementwise part of each step of recurrent layers, after the products, as formulas (see `../formulas.py`).

All are for tanh and, for the gates, the sigmoid; `lstm.py` and `gru.py` derive the gradients.
"""

from minikeras.kernels.exponential import sigmoid, tanh
from minikeras.kernels.formulas import fma, where


def lstm(i, f, g, o, c):
    """(i, f, g, o, c, h): the gates and the new states."""
    i, f, g, o = sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)
    c = fma(f, c, i * g)
    return i, f, g, o, c, o * tanh(c)


def lstm_gradient(i, f, g, o, c_before, c, dh, dc):
    """(di, df, dg, do, dc): the gradients of the gates' inputs, and of the previous c."""
    value = tanh(c)
    dc = fma(dh * o, 1 - value * value, dc)
    di, df, dg = dc * g * i * (1 - i), dc * c_before * f * (1 - f), dc * i * (1 - g * g)
    return di, df, dg, dh * value * o * (1 - o), dc * f


def gru(z_u, z_r, z_n, s_u, s_r, s_n, h):
    """(u, r, n, s_n, h): the gates, the candidate, the reset gate's operand, and the new state."""
    u, r = sigmoid(z_u + s_u), sigmoid(z_r + s_r)
    n = tanh(fma(r, s_n, z_n))
    return u, r, n, s_n, fma(u, h - n, n)


def gru_gradient(u, r, n, s_n, h_before, dh):
    """(du, dr, dn, du, dr, dn · r, dh · u): of z, of the products with the state, and the direct path."""
    dn = dh * (1 - u) * (1 - n * n)
    du = dh * (h_before - n) * u * (1 - u)
    dr = dn * s_n * r * (1 - r)
    return du, dr, dn, du, dr, dn * r, dh * u


def tanh_of(x):
    """(tanh x,)"""
    return (tanh(x),)


def tanh_gradient(h, dh):
    """(dx,) of h = tanh x."""
    return (dh * (1 - h * h),)


def relu_of(x):
    """(max(x, 0),); NaN stays NaN."""
    return (where(x < 0, 0, x),)


def relu_gradient(h, dh):
    """(dx,) of h = max(x, 0)."""
    return (where(h > 0, dh, 0),)
