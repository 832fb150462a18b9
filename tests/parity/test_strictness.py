"""Operators and functions of `tf` refuse the dtypes that TensorFlow refuses: `strictness.py`, live."""

import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat.namespaces import namespace_shim  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402
from tests.parity.strictness import CALLS, counts, operator_outcomes, outcome, outcomes, verdict  # noqa: E402

shim = namespace_shim("tensorflow")
QUICK_DTYPES = ("bool", "int32", "float32", "float64", "complex64", "string")
# Of 100 outcomes so many may differ: the page says which, and why. Dtypes that are accepted here alone are few.
MAX_ACCEPTED, MAX_DIFFERENT = 2, 12

MISTAKES = [  # what used to pass here and failed there
    "tf.constant(1) + 1.5",
    "1.5 + tf.constant(1)",
    "tf.constant(1.0) * tf.constant(1.0, tf.float64)",
    "tf.matmul(tf.ones((1, 1)), tf.constant([[1]]))",
    "tf.sqrt(4)",
    "tf.one_hot([0.5], 3)",
    "tf.Variable([1, 2]).assign([1.5, 2.5])",
    "tf.Variable([1, 2]).assign([1, 2, 3])",
    "tf.Variable([1.0]).assign_sub(tf.constant([1]))",
    "tf.constant(True) - tf.constant(True)",
    "tf.range(3)[1.0]",
    "tf.range(3)[5]",
    "tf.range(3)[np.array([0, 1])]",
    "tf.cast('1', tf.int32)",
    "tf.constant(1.5, tf.int32)",
    "tf.ones(2) + tf.ones(3)",
    "tf.ones((2, 3)) @ tf.ones((2, 3))",
    "tf.reshape(tf.range(6), (4, 2))",
    "tf.gather([1, 2, 3], 5)",
    "tf.concat([tf.ones(2), tf.constant([1])], 0)",
    "tf.where(tf.constant([1]), tf.constant([1]), tf.constant([2]))",
    "tf.strings.lower(tf.constant(1))",
    "tf.math.argmax(tf.constant(['a']))",
    "len(tf.Variable([1, 2]))",
    "{tf.constant(1): 2}",
    "tf.keras.Input(28, 28)",
    "tf.keras.ops.ones(2) * tf.keras.ops.ones(2, dtype='float64')",
    "tf.keras.layers.Dense(3)(tf.ones((2, 2))) * tf.constant(2)",
    *[f"tf.constant([1, 2]) {symbol} tf.keras.Variable([0.5, 2.0])" for symbol in ("+", "<", "==")],
    "tf.constant([[1]]) @ tf.keras.Variable([[0.5]])",
]
KERAS_PROMOTES = [
    "tf.keras.ops.add(tf.constant(1), tf.constant(1.5))",
    "tf.keras.ops.multiply(tf.constant(1.0), tf.constant(1.5, tf.float64))",
    "tf.keras.ops.sqrt(tf.constant(4))",
    "tf.keras.losses.mse(tf.constant([1]), tf.constant([1.5]))",
    "tf.keras.Variable([1, 2]) + 1.5",
    *[
        f"tf.constant([1, 2]) {symbol} tf.keras.Variable([0.5, 2.0])"
        for symbol in ("+", "-", "*", "/", "**", "<", "==")
    ],
    "tf.constant(1.0, tf.float64) * tf.keras.Variable([1.0, 2.0])",
]


@pytest.mark.parametrize("code", [*MISTAKES, *KERAS_PROMOTES])
def test_same_error_or_same_dtype(code):
    expected = outcome(tf, code, {})
    with tensor_attributes_installed():
        actual = outcome(shim, code, {})
    assert actual == expected
    assert expected.endswith("Error") == (code in MISTAKES)


def test_operators():
    expected = operator_outcomes(tf, QUICK_DTYPES)
    with tensor_attributes_installed():
        actual = operator_outcomes(shim, QUICK_DTYPES)
    accepted = [key for key in expected if verdict(expected[key], actual[key]) in ("we accept", "other dtype")]
    assert not accepted
    assert counts(expected, actual)["agree"] / len(expected) > 1 - MAX_DIFFERENT / 100


# Percent of the outcomes in which both sides may differ where both mostly refuse, by another type of error.
OTHER_ERRORS = {"Random numbers": 22}


@pytest.mark.full
@pytest.mark.parametrize("family", CALLS)
def test_functions(family):
    total = {"agree": 0, "both refuse": 0, "we accept": 0, "we refuse": 0, "other dtype": 0}
    for call in CALLS[family][::8]:  # all of them are on the page
        expected = outcomes(tf, call)
        with tensor_attributes_installed():
            for name, number in counts(expected, outcomes(shim, call)).items():
                total[name] += number
    assert total["agree"] / sum(total.values()) > 1 - OTHER_ERRORS.get(family, MAX_DIFFERENT) / 100
    assert total["we accept"] / sum(total.values()) < MAX_ACCEPTED / 100
