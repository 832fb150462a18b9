"""Formulas on 16 elements at a time, the language of `exponential.py`, `activation_jobs.py` and others.

A formula is a Python function whose steps are the same for all elements:

    def sigmoid(x):
        small = exp(-abs(x))
        return where(x < 0, small, 1) / (1 + small)

Given NumPy arrays, it computes step by step like any NumPy code. Given a `VectorValue` (see
`machine/vector_values.py`), each step emits a vector instruction instead, so that the formula becomes machine code:
one pass over memory, 16 elements in registers, no calls. Both support Python's operators, and the functions below
where Python has none.
"""

import numpy as np


def fma(a, b, c):
    """a · b + c: rounded once in machine code if the processor has FMA, twice in NumPy.  a is not a Python number."""
    return a * b + c if type(a) is np.ndarray else a.fma(b, c)


def polynomial(x, coefficients):
    """Σ c_k · x^k by Horner's rule, coefficients with the highest power first."""
    first, second, *rest = coefficients
    value = fma(x, first, second)
    for coefficient in rest:
        value = fma(value, x, coefficient)
    return value


def where(condition, a, b):
    """a where the condition holds, else b: arrays, or Python numbers (not both)."""
    if type(condition) is np.ndarray:
        dtype = next(x.dtype for x in (a, b) if type(x) is np.ndarray)
        return np.where(condition, np.asarray(a, dtype), np.asarray(b, dtype))
    return condition.select(a, b)


def bits(x):
    """The 32 bits of float32 values as integers, on which +, −, << and >> work; `from_bits` is the inverse."""
    return x.view(np.int32) if type(x) is np.ndarray else x.bits()


def from_bits(x):
    """The float32 values that have these bits."""
    return x.view(np.float32) if type(x) is np.ndarray else x.from_bits()


def copysign(magnitude, sign):
    """|magnitude|, an array or a Python number, with the signs of `sign`."""
    return np.copysign(magnitude, sign) if type(sign) is np.ndarray else sign.copysign_onto(magnitude)


def sqrt(x):
    """√x, correctly rounded."""
    return np.sqrt(x) if type(x) is np.ndarray else x.sqrt()


def double(x):
    """float32 values as float64."""
    return x.astype(np.float64) if type(x) is np.ndarray else x.double()


def single(x):
    """float64 values rounded to float32."""
    return x.astype(np.float32) if type(x) is np.ndarray else x.single()
