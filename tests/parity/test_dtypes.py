"""Dtypes against tf.keras: names, the promotion table, and the dtype of every op's result for every dtype."""

import itertools
import random

import pytest

pytest.importorskip("tensorflow")

import minikeras
from tests.parity import dtype_rows
from tests.rows import quick_rows

import keras as tf_keras  # isort: skip

ALLOWED = (*dtype_rows.DTYPES, "uint64", "complex64", "complex128", "string", "float8_e4m3fn", "float8_e5m2")
NAMES = (*ALLOWED, int, float, bool, str, complex, None, "int", "float", "int4", "half", "double", "foo", 3, object, "")
DEFAULTS = ("float32", "float16", "bfloat16", "float64")


def outcome(function, *arguments):
    """What a function returns, or the type of its exception."""
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__


def test_names():
    for name in NAMES:
        for function in ("standardize_dtype", "is_float_dtype", "is_int_dtype"):
            ours, theirs = (outcome(getattr(k.backend, function), name) for k in (minikeras, tf_keras))
            assert ours == theirs, (function, name)


@pytest.mark.parametrize("default", DEFAULTS)
def test_promotion(default):
    operands = (*ALLOWED, int, float, bool, None)
    random_state = random.Random(0)
    sets = [(), *itertools.product(operands, repeat=1), *itertools.product(operands, repeat=2)]
    sets += [random_state.choices(operands, k=random_state.choice((3, 4))) for _ in range(1500)]
    try:
        for k in (minikeras, tf_keras):
            k.config.set_floatx(default)
        for dtypes in sets if default == "float32" else sets[::5]:
            ours, theirs = (outcome(k.backend.result_type, *dtypes) for k in (minikeras, tf_keras))
            assert ours == theirs, dtypes
    finally:
        for k in (minikeras, tf_keras):
            k.config.set_floatx("float32")


# The symbolic dtype of tf.keras is another than that of its own eager result; ours is that of the result.
SYMBOLIC_BUGS = {"reciprocal", "leaky_relu", "normalize", "eig", "lu_factor", "logsumexp", "multi_hot", "psnr", "polar"}
SYMBOLIC_BUGS |= {"mod", "fmod", "arctan2", "logaddexp", "logaddexp2", "gcd", "lcm", "linspace two", "clip float"}
# Eager results that differ on purpose: integers give floats, and promotion is that of all other functions.
DIFFERENT = {"geomspace", "moments", "conv", "conv_transpose", "attention", "meshgrid", "select", "x * 1.5", "x / 2"}


def compare(name, call, *inputs):
    """Check the dtypes of one call. Where tf.keras's raises an error when it runs, minikeras may compute."""
    ours, theirs = (dtype_rows.answers(k, call, *inputs) for k in (minikeras, tf_keras))
    if isinstance(theirs[0], str) or name in DIFFERENT:
        return
    assert ours[0] == theirs[0], f"{name}, eager, {inputs}"
    if not isinstance(theirs[1], str) and name not in SYMBOLIC_BUGS:
        assert ours[1] == theirs[1], f"{name}, symbolic, {inputs}"


QUICK = ("mean", "exp", "sum")


@pytest.mark.parametrize("name", quick_rows(dtype_rows.UNARY, QUICK))
def test_functions_of_one_tensor(name):
    for dtype in dtype_rows.DTYPES if name in QUICK else dtype_rows.FEW_DTYPES:
        compare(name, dtype_rows.UNARY[name], dtype)


@pytest.mark.parametrize("name", quick_rows(dtype_rows.BINARY, ["add"]))
def test_functions_of_two_tensors(name):
    numbers = () if name in dtype_rows.SCALARS else dtype_rows.PYTHON
    dtypes = dtype_rows.DTYPES if name == "multiply" else dtype_rows.FEW_DTYPES
    for pair in (*itertools.product(dtypes, repeat=2), *itertools.product(dtypes, numbers)):
        compare(name, dtype_rows.BINARY[name], *pair)


@pytest.mark.parametrize("name", dtype_rows.CREATION)
def test_dtype_arguments(name):
    for dtype in (*dtype_rows.DTYPES, None, "foo", int, "int", "float"):
        ours, theirs = (
            dtype_rows.answers(k, lambda ops, x, dtype=dtype: dtype_rows.CREATION[name](ops, dtype), "int32")[0]
            for k in (minikeras, tf_keras)
        )
        if isinstance(theirs, str):
            assert isinstance(ours, str) is (dtype in ("foo", int, "int", "float")), (name, dtype)
        else:
            assert ours == theirs, (name, dtype)
