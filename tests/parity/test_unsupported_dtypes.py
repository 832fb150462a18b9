"""Arrays of dtypes that tensors do not have, at every function that takes arrays, against the live TensorFlow.

Where TensorFlow refuses an array, minikeras raises the same kind of error; where it takes one, so does minikeras, but
for `STRICTER`.
"""

import datetime
import decimal

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")
ml_dtypes = pytest.importorskip("ml_dtypes")

import minikeras  # noqa: E402
from minikeras.compat import tensorflow as namespace  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402
from tests.rows import quick_rows  # noqa: E402

DAYS = np.array(["2020-01-01", "2020-01-02", "NaT"], "datetime64[D]")
RECORDS = np.ones(3, [("a", "f4"), ("b", "i4")])


def objects(*items):
    array = np.empty(len(items), object)
    array[:] = items
    return array


ARRAYS = {
    "datetime64[D]": DAYS,
    "datetime64[ns]": DAYS.astype("datetime64[ns]"),
    "timedelta64[s]": np.arange(3).astype("timedelta64[s]"),
    "timedelta64": np.arange(3).astype("timedelta64"),
    "one datetime64": np.datetime64("2020-01-01"),
    "objects: integers": objects(1, 2, 3),
    "objects: floats": objects(1.0, 2.0, 3.0),
    "objects: booleans": objects(True, False, True),
    "objects: NumPy numbers": objects(*[np.float32(1)] * 3),
    "objects: None": objects(None, None, None),
    "objects: mixed": objects(1, "a", None),
    "objects: dates": objects(*[datetime.datetime(2020, 1, 1)] * 3),
    "objects: decimals": objects(*[decimal.Decimal(1)] * 3),
    "objects: arrays": objects(*[np.ones(2)] * 3),
    "objects: arrays of several lengths": objects(np.ones(1), np.ones(2), np.ones(3)),
    "objects: dicts": objects({}, {}, {}),
    "objects: text": objects("a", "b", "c"),
    "fields": RECORDS,
    "a record array": RECORDS.view(np.recarray),
    "raw bytes": np.zeros(3, "V8"),
    "text": np.array(["a", "bb", "c"]),
    "bytes": np.array([b"a", b"bb", b"c"]),
    "text of variable width": np.array(["a", "bb", "c"], np.dtypes.StringDType()),
    "longdouble": np.ones(3, "longdouble"),
    "complex longdouble": np.ones(3, "clongdouble"),
    "complex64": np.ones(3, "complex64"),
    "complex128": np.ones(3, "complex128"),
    "bfloat16": np.ones(3, ml_dtypes.bfloat16),
    "float16": np.ones(3, "float16"),
    "uint64": np.ones(3, "uint64"),
    "int8": np.ones(3, "int8"),
    "booleans": np.ones(3, "bool"),
    "the other byte order": np.ones(3, ">f4"),
    "masked": np.ma.masked_array(np.ones(3, "float32"), [1, 0, 0]),
}
LISTS = {
    "a list of datetime64": list(DAYS),
    "a list of dates": [datetime.datetime(2020, 1, 1)] * 3,
    "a list of numbers and text": [1.0, "a", 2.0],
    "a list of longdouble": list(np.ones(3, "longdouble")),
}
ONES = np.ones((3, 1), "float32")


def column(x):
    return x[:, None] if isinstance(x, np.ndarray) and x.ndim == 1 else x


def compiled(keras):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)  # a tf.function of its own for each dtype would take half a second
    return model


def fit(keras, *arguments, **keywords):
    compiled(keras).fit(*arguments, verbose=0, **keywords)


def from_generator(keras, *batch):
    def batches():
        yield batch

    fit(keras, batches(), steps_per_epoch=1)


def from_py_dataset(keras, *batch):
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return batch

    fit(keras, Batches())


KERAS = {
    "ops.convert_to_tensor": lambda k, x: k.ops.convert_to_tensor(x),
    "ops.convert_to_tensor to float32": lambda k, x: k.ops.convert_to_tensor(x, "float32"),
    "ops.cast": lambda k, x: k.ops.cast(x, "float32"),
    "ops.array": lambda k, x: k.ops.array(x),
    "ops.add": lambda k, x: k.ops.add(x, 1.0),
    "ops.abs": lambda k, x: k.ops.abs(x),
    "ops.square": lambda k, x: k.ops.square(x),
    "ops.equal": lambda k, x: k.ops.equal(x, x),
    "ops.where": lambda k, x: k.ops.where(x, 1.0, 0.0),
    "ops.reshape": lambda k, x: k.ops.reshape(x, (-1,)),
    "ops.one_hot": lambda k, x: k.ops.one_hot(x, 5),
    "Variable": lambda k, x: k.Variable(x),
    "Variable of float32": lambda k, x: k.Variable(x, dtype="float32"),
    "Variable.assign": lambda k, x: k.Variable(np.ones(np.shape(x), "float32")).assign(x),
    "Dense": lambda k, x: k.layers.Dense(1)(column(x)),
    "Flatten": lambda k, x: k.layers.Flatten()(column(x)),
    "Embedding": lambda k, x: k.layers.Embedding(10, 2)(x),
    "a model": lambda k, x: compiled(k)(column(x)),
    "metrics.Mean": lambda k, x: k.metrics.Mean().update_state(x),
    "metrics.Accuracy": lambda k, x: k.metrics.Accuracy().update_state(x, x),
    "initializers.Constant": lambda k, x: k.initializers.Constant(x)(np.shape(x)),
}
DATA = {  # what takes lists of arrays, too: a list of numbers would be something else
    "optimizer.apply": lambda k, x: k.optimizers.SGD().apply([x], [k.Variable(np.ones(3, "float32"))]),
    "a loss": lambda k, x: k.losses.MeanSquaredError()(column(x), ONES),
    "fit x": lambda k, x: fit(k, column(x), ONES),
    "fit y": lambda k, x: fit(k, ONES, column(x)),
    "fit sample_weight": lambda k, x: fit(k, ONES, ONES, sample_weight=x),
    "fit validation_data": lambda k, x: fit(k, ONES, ONES, validation_data=(column(x), ONES)),
    "fit validation_split": lambda k, x: fit(k, ONES, column(x), validation_split=0.5),
    "fit a generator": lambda k, x: from_generator(k, column(x), ONES),
    "fit a generator of y": lambda k, x: from_generator(k, ONES, column(x)),
    "fit a PyDataset": lambda k, x: from_py_dataset(k, column(x), ONES),
    "evaluate": lambda k, x: compiled(k).evaluate(column(x), ONES, verbose=0),
    "predict": lambda k, x: compiled(k).predict(column(x), verbose=0),
    "train_on_batch": lambda k, x: compiled(k).train_on_batch(column(x), ONES),
    "train_on_batch y": lambda k, x: compiled(k).train_on_batch(ONES, column(x)),
    "test_on_batch": lambda k, x: compiled(k).test_on_batch(column(x), ONES),
    "predict_on_batch": lambda k, x: compiled(k).predict_on_batch(column(x)),
}
TENSORFLOW = {
    "tf.constant": lambda t, x: t.constant(x),
    "tf.constant of float32": lambda t, x: t.constant(x, t.float32),
    "tf.convert_to_tensor": lambda t, x: t.convert_to_tensor(x),
    "tf.Variable": lambda t, x: t.Variable(x),
    "tf.cast": lambda t, x: t.cast(x, t.float32),
    "tf.subtract": lambda t, x: t.subtract(x, x),
    "tf.identity": lambda t, x: t.identity(x),
    "Dataset.from_tensor_slices": lambda t, x: list(t.data.Dataset.from_tensor_slices(x)),
    "Dataset.from_tensors": lambda t, x: list(t.data.Dataset.from_tensors(x)),
    "Dataset.map": lambda t, x: list(t.data.Dataset.range(1).map(lambda i: x)),
}

# Where minikeras refuses what TensorFlow takes, and why.
STRICTER = {
    ("*", "text of variable width"): "of three constructors of data sets, TensorFlow refuses two",
    ("train_on_batch y", "*"): "TensorFlow turns labels of every dtype into floats here, though `fit` refuses them",
    ("ops.equal", "text"): "minikeras has no comparison of text and text in `ops`",
    ("ops.equal", "bytes"): "the same",
    ("ops.equal", "objects: text"): "the same",
    ("metrics.Accuracy", "text"): "the same",
}


def outcome(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        return error
    return None


def _same_name(found, expected):
    return type(found).__name__ == type(expected).__name__


def disagreements(name, ours, theirs, arrays):
    """Sentences about the arrays that one side takes and the other does not, or refuses in another way."""
    for kind, array in arrays.items():
        expected, found = outcome(*theirs, array), outcome(*ours, array)
        is_stricter = not STRICTER.keys().isdisjoint({(name, kind), (name, "*"), ("*", kind)})
        if expected is None and found is not None and not is_stricter:
            yield f"{kind}: {found!r}, but TensorFlow takes it"
        elif expected is not None and found is None:
            yield f"{kind}: taken, but TensorFlow raises {expected!r}"
        elif expected is not None and not (isinstance(found, (ValueError, TypeError)) or _same_name(found, expected)):
            yield f"{kind}: {found!r}, but TensorFlow raises {expected!r}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KERAS)
def test_keras_functions_refuse_what_keras_refuses(name):
    function = KERAS[name]
    assert list(disagreements(name, (function, minikeras), (function, keras), ARRAYS | LISTS)) == []


QUICK_DATA = [  # the other ways of `fit` go through the same check
    *("optimizer.apply", "a loss", "fit x", "predict", "train_on_batch y"),
]


@pytest.mark.one_in(3)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", quick_rows(DATA, QUICK_DATA))
def test_data_that_keras_refuses_is_refused(name):
    function = DATA[name]
    assert list(disagreements(name, (function, minikeras), (function, keras), ARRAYS)) == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TENSORFLOW)
def test_tf_functions_refuse_what_tensorflow_refuses(name):
    function = TENSORFLOW[name]
    with tensor_attributes_installed():
        assert list(disagreements(name, (function, namespace), (function, tf), ARRAYS | LISTS)) == []
