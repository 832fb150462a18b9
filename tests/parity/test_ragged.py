"""Ragged tensors in ops, layers and models: those that tf.keras takes on TensorFlow give the same rows here."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import minikeras
from minikeras.tensors import ragged
from tests.rows import quick_rows

ROUNDING = 1e-6  # of float32 functions and sums of three elements
ROWS, NUMBERS = [[1.0, 2.0], [3.0]], [[1], [2, 3]]
VECTORS = [[[1.0, 2.0]], [[3.0, 4.0], [1.0, 1.0]]]
TABLE = np.arange(20, dtype="float32").reshape(5, 4)


def of(name, *others, rows=ROWS, times=1, **arguments):
    """A row: the function of `keras.ops` of a ragged tensor (in a list of `times` if more than one)."""
    return lambda k, make: getattr(k.ops, name)(
        make(rows) if times == 1 else [make(rows)] * times, *others, **arguments
    )


def layer(name, *arguments, rows=ROWS, times=1, **named):
    """A row: the layer called on a ragged tensor (on a list of `times` if more than one)."""
    return lambda k, make: getattr(k.layers, name)(*arguments, **named)(
        make(rows) if times == 1 else [make(rows)] * times
    )


def table(k):
    return k.layers.Embedding(5, 4, weights=[TABLE])


def functional(k, make):
    inputs = k.Input((None,), ragged=True, dtype="int32")
    outputs = table(k)(inputs)
    assert outputs.ragged
    return k.Model(inputs, outputs).predict(make(NUMBERS), verbose=0)


def fitted(k, make):
    model = k.Sequential([table(k), k.layers.GlobalAveragePooling1D(), k.layers.Dense(1, kernel_initializer="ones")])
    model.compile(k.optimizers.SGD(0.01), "mse")
    model.fit(make(NUMBERS), np.array([1.0, 2.0]), batch_size=1, shuffle=False, verbose=0)
    return model.predict(make(NUMBERS), verbose=0)


def predicted_lengths(k, make):
    model = k.Sequential([k.Input((None, 1)), k.layers.Rescaling(2.0)])
    return model.predict(((np.ones((rows, n, 1), "float32"),) for rows, n in ((2, 3), (1, 2))), verbose=0, steps=2)


CASES = {
    **{name: of(name) for name in (
        "exp", "relu", "sigmoid", "log", "isnan", "softmax", "sum", "mean", "max", "min", "ndim", "gelu",
    )},
    **{f"{name} with a number": of(name, 2.0) for name in ("add", "multiply", "divide", "maximum", "equal", "greater")},
    **{f"{name} of rows": of(name, axis=1) for name in ("sum", "mean", "max", "min")},
    **{f"{name} of negative integers": of(name, rows=[[-5, -6], [-3]], axis=1) for name in ("max", "min", "mean")},
    **{f"{name} of an empty row": of(name, rows=[[1.0], [], [2.0, 3.0]], axis=1) for name in ("max", "min", "sum")},
    "max of columns of integers": of("max", rows=[[-5, -6], [-3]], axis=0),
    "all axes": of("max", axis=(0, 1)),
    "all axes, which stay": of("sum", keepdims=True),
    "mean of rows of vectors": of("mean", rows=VECTORS, axis=1),
    "sum of columns": of("sum", axis=0),
    "two of them": lambda k, make: k.ops.subtract(make(ROWS), make(ROWS)),
    "two with other lengths": lambda k, make: k.ops.add(make(ROWS), make(NUMBERS)),
    "where": lambda k, make: k.ops.where(k.ops.greater(make(ROWS), 1), make(ROWS), 0.0),
    "one_hot": of("one_hot", 4, rows=NUMBERS),
    "expand_dims": of("expand_dims", 0),
    "concatenate rows": of("concatenate", times=2, axis=0),
    "concatenate elements": of("concatenate", times=2, axis=1),
    "stack": of("stack", times=2),
    "take": lambda k, make: k.ops.take(TABLE, make(NUMBERS)),
    "take rows": lambda k, make: k.ops.take(TABLE, make(NUMBERS), axis=0),
    "take columns": lambda k, make: k.ops.take(TABLE, make(NUMBERS), axis=1),
    "take of last axes": lambda k, make: k.ops.take(np.arange(24.0).reshape(2, 3, 4), make(NUMBERS), axis=-1),
    "Embedding": lambda k, make: table(k)(make(NUMBERS)),
    "Activation": layer("Activation", "relu"),
    "Add": layer("Add", times=2),
    "Concatenate": layer("Concatenate", times=2),
    "GlobalAveragePooling1D": layer("GlobalAveragePooling1D", rows=VECTORS),
    "Discretization": layer("Discretization", [0.5, 1.5]),
    "CategoryEncoding": layer("CategoryEncoding", 4, rows=NUMBERS),
    "CategoryEncoding of counts": layer("CategoryEncoding", 4, output_mode="count", rows=NUMBERS),
    "Dense": layer("Dense", 2, rows=VECTORS),
    "functional model": functional,
    "fit": fitted,
    "predictions of several lengths": predicted_lengths,
}  # fmt: skip


def outcome(package, make, case):
    try:
        y = case(package, make)
    except Exception:  # of any type, since most are TensorFlow's own
        return "an error"
    return y.to_list() if hasattr(y, "to_list") else np.asarray(y).tolist()


def rows_of(outcome):
    """(lengths of all lists, numbers) in order."""
    if not isinstance(outcome, list):
        return [], [outcome]
    inner = [rows_of(item) for item in outcome]
    return [len(outcome), *(n for lengths, _ in inner for n in lengths)], [x for _, numbers in inner for x in numbers]


@pytest.mark.parametrize("name", quick_rows(CASES, [*CASES][::4]))
def test_both_packages_give_the_same_rows(name):
    rank = {"ragged_rank": 1}
    ours = outcome(minikeras, lambda rows: ragged.constant(rows, **rank), CASES[name])
    theirs = outcome(keras, lambda rows: tf.ragged.constant(rows, **rank), CASES[name])
    if theirs == "an error" or ours == "an error":
        assert ours == theirs
        return
    (lengths, numbers), (their_lengths, their_numbers) = rows_of(ours), rows_of(theirs)
    assert lengths == their_lengths
    np.testing.assert_allclose(numbers, their_numbers, rtol=ROUNDING, atol=ROUNDING)
