"""Sparse tensors in ops, layers and training: the results of the live tf.keras, sparse where its are."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402

import minikeras  # noqa: E402
from minikeras.tensors.sparse import SparseTensor, from_dense  # noqa: E402
from tests.parity.comparing import assert_close  # noqa: E402
from tests.rows import quick_rows  # noqa: E402

# tf.keras's own variables do not know NumPy 2's `copy` argument.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

X = np.array([[1, 0, 2], [0, 0, -0.5]], "float32")
Y = np.array([[0, 0, 2], [1, 0, 4]], "float32")
D = np.array([[1, 2, 3], [4, 5, 6]], "float32")
W = np.arange(12, dtype="float32").reshape(3, 4) / 7
CLASSES = np.array([[1, 0], [3, 0]], "int64")
TOLERANCE = 1e-6  # sums of few products of float32, in another order
GRADIENTS = 1e-5  # through tanh, which both sides compute to 2e-7
TRAINING = 1e-5  # losses after two updates by Adam

UNARY = (
    *(
        "abs",
        "arcsin",
        "arctan",
        "ceil",
        "conj",
        "copy",
        "expm1",
        "floor",
        "imag",
        "log1p",
        "negative",
        "real",
        "round",
    ),
    *("sign", "sin", "sinh", "square", "tan", "tanh", "erf", "cos", "cosh", "exp", "isfinite", "log", "reciprocal"),
    *("relu", "cbrt", "mean", "cumsum", "transpose", "squeeze", "sqrt", "arctanh"),
)
BINARY = ("add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "equal")
STACK = np.array([[[0, 1, 2], [3, 0, 0]], [[0, 0, 1], [4, 0, 5]]], "float32")

OPS = {
    **{name: lambda k, s, name=name: getattr(k.ops, name)(s(X)) for name in UNARY},
    **{f"{n} of two": lambda k, s, n=n: getattr(k.ops, n)(s(X), s(Y)) for n in BINARY},
    **{f"{n} and dense": lambda k, s, n=n: getattr(k.ops, n)(s(X), D) for n in BINARY},
    **{f"{n} after dense": lambda k, s, n=n: getattr(k.ops, n)(D, s(X)) for n in BINARY},
    **{f"{n} and number": lambda k, s, n=n: getattr(k.ops, n)(s(X), 2.0) for n in BINARY},
    "cast": lambda k, s: k.ops.cast(s(X), "float16"),
    "divide by zeros and NaN": lambda k, s: k.ops.divide(s(X), np.array([[0, 2, 0], [np.nan, 1, 0]], "float32")),
    "matmul": lambda k, s: k.ops.matmul(s(X), W),
    "matmul after dense": lambda k, s: k.ops.matmul(np.ones((4, 2), "float32"), s(X)),
    "matmul of two": lambda k, s: k.ops.matmul(s(X), s(W)),
    "matmul of two stacks": lambda k, s: k.ops.matmul(s(STACK), s(np.swapaxes(STACK, 1, 2))),
    "digitize": lambda k, s: k.ops.digitize(s(X), np.array([0.5, 1.5], "float32")),
    "arccos": lambda k, s: k.ops.arccos(s(np.array([[0.0, 0.5], [-1.0, 0.0]], "float32"))),
    "matmul with a vector": lambda k, s: k.ops.matmul(s(X), W[:, 0]),
    "matmul of other lengths": lambda k, s: k.ops.matmul(s(X), D),
    "concatenate": lambda k, s: k.ops.concatenate([s(X), s(Y)], 1),
    "concatenate with dense": lambda k, s: k.ops.concatenate([s(X), D]),
    "reshape": lambda k, s: k.ops.reshape(s(X), (3, 2)),
    "expand_dims": lambda k, s: k.ops.expand_dims(s(X), 1),
    "sum of columns": lambda k, s: k.ops.sum(s(X), axis=0),
    "take": lambda k, s: k.ops.take(D, s(np.array([[1, 0], [0, 1]])), axis=0),
    "dense": lambda k, s: k.ops.convert_to_tensor(s(X), sparse=False),
    "as it is": lambda k, s: k.ops.convert_to_tensor(s(X), "float64"),
    "an array": lambda k, s: k.ops.convert_to_numpy(s(X)),
    "one_hot": lambda k, s: k.ops.one_hot(CLASSES, 4, sparse=True),
    "multi_hot": lambda k, s: k.ops.multi_hot(CLASSES, 4, sparse=True),
    "multi_hot of a row": lambda k, s: k.ops.multi_hot(CLASSES[0], 4, sparse=True),
    "bincount": lambda k, s: k.ops.bincount(CLASSES, minlength=5, sparse=True),
    "bincount of sparse": lambda k, s: k.ops.bincount(s(CLASSES), minlength=5),
}  # fmt: skip


def with_kernel(k, activation=None):
    layer = k.layers.Dense(4, activation, kernel_initializer=k.initializers.Constant(W))
    layer.build((None, 3))
    return layer


def table(k):
    return k.layers.Embedding(4, 2, embeddings_initializer=k.initializers.Constant(np.arange(8).reshape(4, 2)))


LAYERS = {
    **{
        f"{name} of {what}": lambda k, s, name=name, other=other: getattr(k.layers, name)()([s(X), other(s)])
        for name in ("Add", "Average", "Concatenate", "Maximum", "Multiply", "Subtract")
        for what, other in (("two", lambda s: s(Y)), ("one", lambda s: D))
    },
    "Dot of two": lambda k, s: k.layers.Dot(axes=1)([s(X), s(Y)]),
    "Dot of one": lambda k, s: k.layers.Dot(axes=1)([s(X), D]),
    "Dense": lambda k, s: with_kernel(k, "tanh")(s(X)),
    "Embedding": lambda k, s: table(k)(s(CLASSES)),
    "Activation": lambda k, s: k.layers.Activation("tanh")(s(X)),
    "Flatten": lambda k, s: k.layers.Flatten()(s(X)),
    "Reshape": lambda k, s: k.layers.Reshape((1, 3))(s(X)),
    "ReLU": lambda k, s: k.layers.ReLU()(s(X)),
    "Softmax": lambda k, s: k.layers.Softmax()(s(X)),
    **{
        f"CategoryEncoding {mode}": lambda k, s, mode=mode: k.layers.CategoryEncoding(4, mode, sparse=True)(CLASSES)
        for mode in ("one_hot", "multi_hot", "count")
    },
    **{
        f"StringLookup {mode}": lambda k, s, mode=mode: k.layers.StringLookup(
            vocabulary=["a", "b"], output_mode=mode, sparse=True
        )(np.array([["a", "b"], ["b", "z"]]))
        for mode in ("int", "one_hot", "multi_hot", "count")
    },
    "Hashing": lambda k, s: k.layers.Hashing(3, output_mode="multi_hot", sparse=True)(CLASSES),
    "Hashing int": lambda k, s: k.layers.Hashing(3, sparse=True)(CLASSES),
    "Discretization": lambda k, s: k.layers.Discretization([0.0, 1.0], output_mode="multi_hot", sparse=True)(D),
    "HashedCrossing": lambda k, s: k.layers.HashedCrossing(3, output_mode="one_hot", sparse=True)(
        (CLASSES[:, :1], CLASSES[:, 1:])
    ),
    "TextVectorization": lambda k, s: k.layers.TextVectorization(
        vocabulary=["a", "b"], output_mode="count", sparse=True
    )(np.array(["a b", "b z"])),
}  # fmt: skip


def outcome(case, backend, sparse):
    """(whether it is sparse, shape, dtype, values), or the type of the error."""
    try:
        result = case(backend, sparse)
    except Exception as error:
        return type(error).__name__
    is_sparse = isinstance(result, (SparseTensor, tf.SparseTensor))
    values = backend.ops.convert_to_numpy(result)
    return is_sparse, values.shape, str(values.dtype), values


def assert_same(ours, theirs):
    if isinstance(theirs, str):
        assert ours == theirs
        return
    assert ours[:3] == theirs[:3]
    assert_close("sparse tensors", ours[3], theirs[3], TOLERANCE)


QUICK_OPS = ("abs", "cos", "relu", "add of two", "multiply and dense", "divide and number", "maximum after dense")
QUICK_OPS += ("matmul", "matmul of two", "concatenate", "reshape", "sum of columns", "take", "one_hot", "bincount")
QUICK_LAYERS = ("Multiply of two", "Add of one", "Dense", "Flatten", "CategoryEncoding count", "StringLookup one_hot")
QUICK_SYMBOLS = ("abs", "cos", "add of two", "multiply and dense", "Dense", "CategoryEncoding", "one_hot", "dense")


@pytest.mark.parametrize("name", quick_rows(OPS, QUICK_OPS))
@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value):RuntimeWarning")
def test_ops_give_the_same(name):
    assert_same(outcome(OPS[name], minikeras, from_dense), outcome(OPS[name], keras, tf.sparse.from_dense))


@pytest.mark.parametrize("name", quick_rows(LAYERS, QUICK_LAYERS))
def test_layers_give_the_same(name):
    assert_same(outcome(LAYERS[name], minikeras, from_dense), outcome(LAYERS[name], keras, tf.sparse.from_dense))


SYMBOLIC = {
    **{f"{n} of two": lambda k, x, y, d, n=n: getattr(k.ops, n)(x, y) for n in BINARY},
    **{f"{n} and dense": lambda k, x, y, d, n=n: getattr(k.ops, n)(x, d) for n in BINARY},
    **{name: lambda k, x, y, d, name=name: getattr(k.ops, name)(x) for name in UNARY if name != "squeeze"},
    "concatenate": lambda k, x, y, d: k.ops.concatenate([x, y]),
    "Add": lambda k, x, y, d: k.layers.Add()([x, y]),
    "Add and dense": lambda k, x, y, d: k.layers.Add()([x, d]),
    "Dense": lambda k, x, y, d: k.layers.Dense(2)(x),
    "Flatten": lambda k, x, y, d: k.layers.Flatten()(x),
    "Identity": lambda k, x, y, d: k.layers.Identity()(x),
    "CategoryEncoding": lambda k, x, y, d: k.layers.CategoryEncoding(4, sparse=True)(k.Input((2,), dtype="int32")),
    "one_hot": lambda k, x, y, d: k.ops.one_hot(k.Input((2,), dtype="int32"), 4, sparse=True),
    "dense": lambda k, x, y, d: k.ops.convert_to_tensor(x, sparse=False),
}


@pytest.mark.parametrize("name", quick_rows(SYMBOLIC, QUICK_SYMBOLS))
def test_symbolic_tensors_are_sparse_where_keras_has_them_so(name):
    def result(k):
        x, y, dense = k.Input((3,), sparse=True), k.Input((3,), sparse=True), k.Input((3,))
        found = SYMBOLIC[name](k, x, y, dense)
        return found.shape, found.dtype, found.sparse

    assert result(minikeras) == result(keras)


def test_inputs_have_the_same_configs_and_errors():
    for settings in ({"sparse": True}, {"ragged": True}, {}):
        ours, theirs = [k.layers.InputLayer((3,), name="x", **settings).get_config() for k in (minikeras, keras)]
        assert ours == theirs
    for k in (minikeras, keras):
        with pytest.raises(ValueError, match="sparse"):
            k.Input((3,), sparse=True, ragged=True)
        assert "sparse=True, ragged=False" in repr(k.KerasTensor((2, 3), sparse=True))


def test_gradients_are_those_of_tf_keras():
    theirs, ours = with_kernel(keras, "tanh"), with_kernel(minikeras, "tanh")
    values = np.array([1, 2, -0.5], "float32")
    positions = np.argwhere(X)
    given = tf.Variable(values)
    with tf.GradientTape() as tape:
        loss = keras.ops.sum(keras.ops.square(theirs(tf.SparseTensor(positions, given, X.shape))))
    expected = tape.gradient(loss, [given, *[v.value for v in theirs.trainable_variables]])
    variable = minikeras.Variable(values)
    with minikeras.GradientTape() as tape:
        loss = minikeras.ops.sum(minikeras.ops.square(ours(SparseTensor(positions, variable, X.shape))))
    found = tape.gradient(loss, [variable, *ours.trainable_variables])
    for a, b in zip(found, expected, strict=True):
        assert_close("sparse tensors", np.asarray(a), tf.convert_to_tensor(b).numpy(), GRADIENTS)


def trained(k, x, sparse):
    inputs = k.Input((3,), sparse=sparse)
    model = k.Model(inputs, k.layers.Dense(1, kernel_initializer="ones")(with_kernel(k, "tanh")(inputs)))
    model.compile("adam", "mse", metrics=["mae"])
    labels = np.arange(8, dtype="float32")[:, None]
    history = model.fit(x, labels, batch_size=3, epochs=2, validation_split=0.25, shuffle=False, verbose=0).history
    return [*history["loss"], *history["val_mae"], *model.evaluate(x, labels, verbose=0), *model.predict(x, verbose=0)]


@pytest.mark.full
@pytest.mark.parametrize("form", ["csr_matrix", "tensor"])
def test_training_on_sparse_data_is_the_same(form):
    scipy = pytest.importorskip("scipy.sparse")
    data = np.repeat([[1, 0, 2], [0, 0, -0.5], [0, 3, 0], [0, 0, 0]], 2, axis=0).astype("float32")
    ours, theirs = [
        trained(k, make(data) if form == "tensor" else getattr(scipy, form)(data), sparse=form == "tensor")
        for k, make in ((minikeras, from_dense), (keras, tf.sparse.from_dense))
    ]
    assert_close("sparse tensors", np.array(ours[:4], float), np.array(theirs[:4], float), TRAINING)
    assert_close("sparse tensors", np.ravel(ours[-8:]), np.ravel(theirs[-8:]), TRAINING)
