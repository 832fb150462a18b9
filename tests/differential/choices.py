"""Where generated cases take their choices from, and the arrays, shapes and axes that most functions need.

A generator of cases is a function of a `Chooser`. Behind it is hypothesis in the tests, which shrinks what fails, and a
plain random generator in long hunts.
"""

import random

import numpy as np
from hypothesis import strategies as st

from tests.differential.values import Eager, Symbol

FLOATS = ("float32", "float32", "float32", "float64", "float16")
INTEGERS = ("int32", "int32", "int64", "uint8", "int8", "int16", "uint16", "uint32")
DTYPES = ("float32",) * 6 + ("int32",) * 3 + ("bool",) * 2 + FLOATS[3:] + INTEGERS[2:]
WRONG = (None, "wrong", -1, 0, 1.5, (), [], {}, (1, 2, 3), True, np.float32(2), "valid", object)
"""Values of types and ranges that an argument usually refuses."""


class Chooser:
    """Choices made by `integer(low, high)`; the first option of each choice is the simplest."""

    def __init__(self, integer):
        self.integer = integer

    @classmethod
    def of_hypothesis(cls, draw):
        return cls(lambda low, high: draw(st.integers(low, high)))

    @classmethod
    def of_seed(cls, seed):
        return cls(random.Random(seed).randint)

    def pick(self, *options):
        return options[self.integer(0, len(options) - 1)]

    def chance(self, percent):
        return self.integer(1, 100) > 100 - percent

    def shape(self, low=0, high=4, lengths=(2, 3, 1, 4, 0)):
        return tuple(self.pick(*lengths) for _ in range(self.integer(low, high)))

    def array(self, shape=None, dtype=None, low=-5, high=5):
        """An array of a dtype (one of `DTYPES` unless given) with values between `low` and `high`."""
        shape = self.shape() if shape is None else shape
        dtype = dtype or self.pick(*DTYPES)
        rng = np.random.default_rng(self.integer(0, 9))
        if dtype == "bool":
            return rng.integers(0, 2, shape).astype(bool)
        if "int" in dtype:
            return np.asarray(rng.integers(max(low, 0) if dtype[0] == "u" else low, high + 1, shape)).astype(dtype)
        style = self.pick("normal", "normal", "ties", "special")
        if style == "ties":
            return np.asarray(rng.integers(low, high + 1, shape)).astype(dtype)
        values = np.asarray(rng.uniform(low, high, shape)).astype(dtype)
        if "complex" in dtype:
            values = values + np.asarray(1j * rng.uniform(low, high, shape)).astype(dtype)
        if style == "special" and values.size:
            positions = rng.uniform(size=shape) < 0.3
            values = np.where(positions, rng.choice([np.nan, np.inf, -np.inf, -0.0, 0.0], shape).astype(dtype), values)
        return values.astype(dtype)

    def finite(self, shape=None, dtype=None, low=-3, high=3):
        """A float array without infinities and NaN."""
        shape = self.shape() if shape is None else shape
        rng = np.random.default_rng(self.integer(0, 9))
        return np.asarray(rng.uniform(low, high, shape)).astype(dtype or self.pick(*FLOATS))

    def sorted(self, x):
        """Mostly sorted."""
        return np.sort(x) if x.ndim and not self.chance(10) else x

    def companion(self, x, dtypes=DTYPES):
        """An array (or Python number) to go with `x` in a function of two: mostly of a shape that broadcasts."""
        kind = self.pick("same", "suffix", "number", "ones", "any")
        if kind == "number":
            return self.pick(2, 0.5, True, -1, 0)
        dtype = self.pick(x.dtype.name, x.dtype.name, *dtypes)
        shape = x.shape
        if kind == "suffix":
            shape = shape[self.integer(0, len(shape)) :]
        elif kind == "ones":
            shape = tuple(self.pick(n, 1) for n in shape)
        elif kind == "any":
            shape = self.shape()
        return self.array(shape, dtype)

    def axis(self, rank):
        """One axis, rarely one out of range."""
        return self.integer(-rank - 1, rank) if self.chance(7) or rank == 0 else self.integer(-rank, rank - 1)

    def axes(self, rank):
        """What reductions take as `axis`: an axis, None, or several."""
        kind = self.pick("one", "one", "none", "tuple", "list")
        if kind == "one":
            return self.axis(rank)
        if kind == "none":
            return None
        several = [self.axis(rank) for _ in range(self.integer(0, 2))]
        return tuple(several) if kind == "tuple" else several

    def dtype(self):
        return self.pick("float32", "int32", "float64", "bool", "int64", "uint8", "float16", None)


def as_given(chooser, value, forms=("array", "eager", "symbolic", "unknown", "mixed", "list")):
    """The arguments with their arrays given in one of several forms: as they are, as tensors, as symbolic tensors …"""
    return in_form(chooser, value, chooser.pick(*forms))


def in_form(chooser, value, form):
    """The (nested) arguments with each array in this form."""
    if isinstance(value, dict):
        return {key: in_form(chooser, item, form) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(in_form(chooser, item, form) for item in value)
    if not isinstance(value, np.ndarray) or form == "array":
        return value
    if form == "mixed":
        form = chooser.pick("array", "eager", "unknown")
    if form == "symbolic":
        return Symbol(value.shape, value.dtype.name)
    if form == "unknown":
        return Symbol(tuple(None if chooser.chance(40) else n for n in value.shape), value.dtype.name)
    if form == "list" and value.size and value.dtype.name in ("float32", "int32", "bool"):
        return value.tolist()
    return Eager(value)
