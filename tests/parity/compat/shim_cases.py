"""Tables of calls that are made on the tf shim and on the live TensorFlow, and how their results are compared."""

import numpy as np
import tensorflow as live

from minikeras.compat import tensorflow as shim
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed
from tests.parity.comparing import assert_close

RNG = np.random.default_rng(11)


class Case:
    """One call: `name` below `tf`, and its arguments, of which arrays (in lists too) become tensors.

    Args:
        tolerance: of values and gradients, relative to the largest.
        gradients: whether gradients of the float arguments are compared, too.
    """

    def __init__(self, name, *args, tolerance=None, gradients=True, **kwargs):
        self.name, self.args, self.kwargs = name, args, kwargs
        self.tolerance, self.gradients = tolerance, gradients

    def __repr__(self):
        shown = [f"{a.dtype}{list(a.shape)}" if isinstance(a, np.ndarray) else repr(a) for a in self.args]
        shown += [f"{k}={v!r}" for k, v in self.kwargs.items() if not isinstance(v, np.ndarray)]
        return f"{self.name}({', '.join(shown)})"[:100]


def function_of(tf, name):
    """The function that a dotted name such as "math.add" names."""
    for part in name.split("."):
        tf = getattr(tf, part)
    return tf


def run(tf, case):
    """(flat results as arrays, gradients of the float tensors among the arguments), all on one of the two."""
    arrays = []
    build = _builder(tf, arrays)
    args, kwargs = build(case.args), build(case.kwargs)
    floats = [x for x in arrays if x.dtype in (tf.float32, tf.float64)]
    with tf.GradientTape(persistent=True) as tape:
        for x in floats:
            tape.watch(x)
        results = flatten(function_of(tf, case.name)(*args, **kwargs))
        scalars = [
            tf.reduce_sum(tf.cast(y, tf.float32) * projection(y.shape))
            for y in results
            if case.gradients and tf.is_tensor(y) and y.dtype in (tf.float32, tf.float64)
        ]
        total = tf.add_n(scalars) if scalars else None
    gradients = tape.gradient(total, floats) if scalars and floats else []
    return results, [None if g is None else tf.convert_to_tensor(g) for g in gradients]


def _builder(tf, arrays):
    def build(x):
        if isinstance(x, np.ndarray):
            arrays.append(tf.constant(x))
            return arrays[-1]
        if isinstance(x, dict):
            return {key: build(value) for key, value in x.items()}
        if isinstance(x, (list, tuple)):
            return type(x)(build(item) for item in x)
        return getattr(tf, x.removeprefix("tf.")) if isinstance(x, str) and x.startswith("tf.") else x

    return build


def flatten(results):
    """Nested results as a flat list."""
    if isinstance(results, (list, tuple)) and not hasattr(results, "as_list"):
        return [y for item in results for y in flatten(item)]
    return [results]


def projection(shape):
    """Fixed random factors, by which an output becomes one number that depends on every element."""
    return np.random.default_rng(99).normal(size=tuple(shape)).astype("float32")


def check(case, group, tolerance):
    """Run a case on both and compare types, shapes, dtypes, values and gradients."""
    tolerance = case.tolerance or tolerance
    with tensor_attributes_installed():
        ours, our_gradients = run(shim, case)
        theirs, their_gradients = run(live, case)
        assert len(ours) == len(theirs), f"{case}: {len(ours)} results, TensorFlow has {len(theirs)}"
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            compare(a, b, group, tolerance, f"{case}[{i}]")
        for i, (a, b) in enumerate(zip(our_gradients, their_gradients, strict=True)):
            if b is None or a is None:
                given = a if b is None else b
                assert given is None or not np.any(given.numpy()), f"{case}: gradient {i} is None on one side"
            else:
                compare(a, b, group, tolerance, f"{case}: gradient {i}")


def compare(ours, theirs, group, tolerance, what):
    """One result: a tensor of the same dtype, shape and values, or a value that is equal."""
    if not live.is_tensor(theirs):
        assert repr(ours) == repr(theirs), f"{what}: {ours!r}, TensorFlow has {theirs!r}"
        return
    assert ours.dtype.name == theirs.dtype.name, f"{what}: dtype {ours.dtype}, TensorFlow has {theirs.dtype}"
    assert repr(ours.shape) == repr(theirs.shape), f"{what}: shape {ours.shape}, TensorFlow has {theirs.shape}"
    if theirs.dtype == live.string:
        assert np.array_equal(ours.numpy(), theirs.numpy()), what
    elif theirs.dtype.is_complex:
        parts = [np.stack([z.numpy().real, z.numpy().imag]) for z in (ours, theirs)]
        assert_close(group, *parts, tolerance, what)
    else:
        assert_close(group, ours.numpy(), theirs.numpy(), tolerance, what)
