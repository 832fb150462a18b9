"""Any tf function in a `tf.function`: a replay returns what the function itself gives on these numbers.

All public functions of numbers are tried with one, two and three tensors. The inputs differ from call to call in sign,
size and order, so that a function which looks at values takes other turns than in the traced calls.
"""

import inspect

import numpy as np
import pytest

from minikeras import Tensor, ops, tree
from minikeras.compat import tensorflow as tf
from minikeras.plans.plan import Plan

NAMESPACES = {"tf": tf, "math": tf.math, "nn": tf.nn, "linalg": tf.linalg, "signal": tf.signal, "image": tf.image,
         "bitwise": tf.bitwise, "sets": tf.sets, "debugging": tf.debugging, "strings": tf.strings,
         "ops": ops}  # fmt: skip
NOT_FUNCTIONS_OF_NUMBERS = {
    "py_function", "numpy_function", "print", "timestamp", "function", "Variable", "enable_check_numerics",
    "disable_check_numerics", "set_log_device_placement", "custom_gradient", "dtype", "shape", "ndim",
    "convert_to_numpy",
}  # fmt: skip
DIFFERENT = [
    [[1.0, 2.0, 3.0], [0.5, 1.5, 2.5], [2.0, 4.0, 1.0]],
    [[2.0, 1.0, 0.5], [3.0, 2.0, 1.0], [1.0, 0.25, 5.0]],
    [[-1.0, 0.0, 2.0], [0.0, -3.0, 0.0], [7.0, 0.0, 0.0]],
    [[0.0, 0.0, 0.0], [30.0, -40.0, 5.0], [-1.0, 1.0, -1.0]],
]


def functions():
    """(name, function) of what the namespaces offer."""
    for namespace, module in NAMESPACES.items():
        for name in dir(module):
            value = getattr(module, name)
            public = not name.startswith("_") and name not in NOT_FUNCTIONS_OF_NUMBERS and "random" not in name
            if public and inspect.isfunction(value) and "save" not in name and "write" not in name:
                yield f"{namespace}.{name}", value


def outcome(function, arguments):
    """What a call gives, as flat arrays; the class of what it raises."""
    try:
        result = function(*arguments)
    except Exception as error:
        return type(error)
    return [np.asarray(leaf.array if isinstance(leaf, Tensor) else leaf) for leaf in tree.flatten(result)]


def same(one, other):
    if isinstance(one, type) or isinstance(other, type):
        return one is other
    return len(one) == len(other) and all(
        a.dtype == b.dtype and a.shape == b.shape and _equal(a, b) for a, b in zip(one, other, strict=True)
    )


def _equal(a, b):
    if a.dtype.kind in "fc":
        return np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True)
    return bool(np.all(a == b))


@pytest.mark.one_in(3)
@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.filterwarnings("ignore")
def test_a_replay_gives_what_the_function_gives(count, dtype):
    wrong, planned = [], 0
    for name, function in functions():
        compiled = tf.function(lambda *xs, function=function: function(*xs))
        for i in range(4):
            arrays = [np.roll(np.array(DIFFERENT[i], dtype), k, axis=1) for k in range(count)]
            expected = outcome(function, [tf.constant(a) for a in arrays])
            if i == 0 and (isinstance(expected, type) or any(a.dtype == object for a in expected)):
                break  # not for such arguments, or it gives something other than tensors
            if not same(expected, outcome(compiled, [tf.constant(a) for a in arrays])):
                wrong.append(f"{name} in call {i + 1}")
        planned += any(type(entry) is Plan for entry in compiled.plans.entries.values())
    assert not wrong, wrong
    assert planned > 50
