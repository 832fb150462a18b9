"""Data that is not numbers: refused before a step runs, with the argument's name and advice that works."""

import datetime
import pickle

import ml_dtypes
import numpy as np
import pytest

import minikeras as keras
from minikeras.autodiff.array_dtypes import NUMERIC_DTYPES, UnsupportedDtypeError

DATES = np.arange("2020-01-01", "2020-01-05", dtype="datetime64[D]")[:, None]
ONES = np.ones((4, 1), "float32")
OBJECTS = np.array([[1], [2.0], [True], [np.float32(3)]], object)


def compiled():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model


class Batches(keras.utils.PyDataset):
    """One batch."""

    def __init__(self, *batch):
        super().__init__()
        self.batch = batch

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.batch


CALLS = {  # what is called with dates: the name in the error
    "fit x": (lambda m: m.fit(DATES, ONES, verbose=0), "`x`"),
    "fit y": (lambda m: m.fit(ONES, DATES, verbose=0), "`y`"),
    "fit sample_weight": (lambda m: m.fit(ONES, ONES, sample_weight=DATES[:, 0], verbose=0), "`sample_weight`"),
    "fit a dict": (lambda m: m.fit({"a": DATES}, ONES, verbose=0), r"`x\['a'\]`"),
    "fit a list": (lambda m: m.fit([ONES, DATES], ONES, verbose=0), r"`x\[1\]`"),
    "validation_data x": (lambda m: m.fit(ONES, ONES, validation_data=(DATES, ONES), verbose=0), "`validation x`"),
    "validation_data y": (lambda m: m.fit(ONES, ONES, validation_data=(ONES, DATES), verbose=0), "`validation y`"),
    "validation_split": (lambda m: m.fit(ONES, DATES, validation_split=0.5, verbose=0), "`y`"),
    "a generator": (lambda m: m.fit(((ONES, DATES) for _ in range(1)), verbose=0), "`y`"),
    "a PyDataset": (lambda m: m.fit(Batches(DATES, ONES), verbose=0), "`x`"),
    "evaluate": (lambda m: m.evaluate(ONES, DATES, verbose=0), "`y`"),
    "predict": (lambda m: m.predict(DATES, verbose=0), "`x`"),
    "train_on_batch": (lambda m: m.train_on_batch(ONES, DATES), "`y`"),
    "test_on_batch": (lambda m: m.test_on_batch(DATES, ONES), "`x`"),
    "predict_on_batch": (lambda m: m.predict_on_batch(DATES), "`x`"),
    "class_weight": (lambda m: m.fit(ONES, ONES, class_weight={1: DATES[0, 0]}, verbose=0), r"`class_weight\[1\]`"),
    "calling the model": (lambda m: m(DATES), "input of layer 'sequential"),
    "text for numbers": (lambda m: m.fit(ONES.astype("U"), ONES, verbose=0), "input of model 'sequential"),
    "text labels": (lambda m: m.fit(ONES, ONES.astype("U"), verbose=0), "`y`"),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_error_names_the_argument_and_the_model_stays_as_it_was(name):
    model = compiled()
    before = [w.copy() for w in model.get_weights()]
    call, argument = CALLS[name]
    with pytest.raises(UnsupportedDtypeError, match=f"Cannot convert .*{argument}"):
        call(model)
    assert model.optimizer.iterations.numpy() == 0
    for ours, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_text_is_refused_also_where_it_reads_as_numbers():
    with pytest.raises(ValueError, match="Encode text as numbers"):
        keras.ops.cast(np.array(["1", "2"]), "float32")


ADVICE = {  # the dtype of an array: a piece of the advice in the error for it
    "datetime64[D]": (DATES, "(x - x.min()) / np.timedelta64(1, 'D')"),
    "timedelta64[s]": (DATES - DATES[0], "x / np.timedelta64(1, 's')"),
    "object": (OBJECTS, "x.astype('float32')"),
    "fields": (np.ones(4, [("a", "f4"), ("b", "f4")]), "np.stack([x[name] for name in x.dtype.names], axis=-1)"),
    "raw bytes": (np.zeros(4, "V8"), "x.view('uint8')"),
    "longdouble": (np.ones(4, "longdouble"), "x.astype('float64')"),
    "clongdouble": (np.ones(4, "clongdouble"), "x.astype('complex128')"),
}


@pytest.mark.parametrize("name", ADVICE)
def test_the_advice_gives_an_array_that_is_taken(name):
    x, advice = ADVICE[name]
    if x.dtype in NUMERIC_DTYPES:
        pytest.skip("longdouble is float64 on this machine")
    with pytest.raises(UnsupportedDtypeError) as caught:
        keras.ops.convert_to_tensor(x)
    assert f"`{advice}`" in str(caught.value)
    converted = eval(advice, {"np": np, "x": x})
    assert converted.dtype in NUMERIC_DTYPES
    keras.ops.convert_to_tensor(converted)


def test_the_advice_for_labels_numbers_their_values():
    labels = np.array(["cat", "dog", "cat", "eel"])
    with pytest.raises(UnsupportedDtypeError, match=r"np\.unique\(y, return_inverse=True\)\[1\]"):
        compiled().fit(ONES, labels, verbose=0)
    assert np.unique(labels, return_inverse=True)[1].tolist() == [0, 1, 0, 2]


def test_the_error_is_both_kinds_that_tensorflow_raises_and_survives_a_process_boundary():
    error = UnsupportedDtypeError(DATES, "`y`")
    assert isinstance(error, ValueError)
    assert isinstance(error, TypeError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_objects_are_named_by_their_types():
    with pytest.raises(UnsupportedDtypeError, match="Python objects of type NoneType, datetime, int"):
        keras.ops.convert_to_tensor(np.array([1, None, datetime.datetime(2020, 1, 1)], object))


@pytest.mark.parametrize("dtype", [">f4", ">f8", ">i2", ">i8", ">c8"])
def test_the_other_byte_order_is_taken(dtype):
    tensor = keras.ops.convert_to_tensor(np.arange(3).astype(dtype))
    assert tensor.array.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(tensor.array, np.arange(3))


def test_an_explicit_dtype_makes_numbers_of_dates_as_in_tensorflow():
    days = keras.ops.convert_to_tensor(DATES[:, 0], "float32")
    np.testing.assert_array_equal(days.array, DATES[:, 0].astype("float32"))


def test_narrow_floats_stay_and_formats_that_keras_lacks_become_float32():
    for dtype in (ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2, ml_dtypes.float8_e4m3fnuz):
        tensor = keras.ops.convert_to_tensor(np.array([0.5, -2.0], dtype))
        assert tensor.dtype == ("float32" if dtype is ml_dtypes.float8_e4m3fnuz else dtype.__name__)
        np.testing.assert_array_equal(tensor.array.astype("float32"), [0.5, -2.0])
