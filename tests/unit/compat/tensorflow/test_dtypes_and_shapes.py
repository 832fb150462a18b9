"""`DType` is a string, `TensorShape` a tuple, each with TensorFlow's manners."""

import copy
import json
import pickle

import numpy as np
import pytest

from minikeras import layers, ops
from minikeras.compat import tensorflow as tf
from minikeras.compat.tensorflow.dtypes import DType


def test_a_dtype_passes_wherever_a_name_does():
    assert np.zeros(2, tf.float64).dtype == np.float64
    assert ops.zeros((2,), dtype=tf.int64).dtype == "int64"
    assert layers.Dense(2, dtype=tf.float64).compute_dtype == "float64"
    assert json.dumps({"dtype": tf.float32}) == '{"dtype": "float32"}'
    assert {tf.float32: 1}["float32"] == 1


@pytest.mark.parametrize("same", ["float32", np.float32, np.dtype("float32"), "float", float, tf.float32])
def test_a_dtype_equals_its_other_names(same):
    assert tf.float32 == same
    assert tf.as_dtype(same) is tf.float32
    assert (tf.float32 != same) is False


@pytest.mark.parametrize("other", ["float64", np.int32, None, "nonsense", 7, object()])
def test_a_dtype_equals_nothing_else(other):
    assert tf.float32 != other


@pytest.mark.parametrize("wrong", ["nonsense", None, int, str, object()])
def test_what_names_no_dtype(wrong):
    with pytest.raises(TypeError):
        tf.as_dtype(wrong)


def test_an_unknown_dtype_is_reported_with_the_nearest():
    with pytest.raises(TypeError, match="float32"):
        tf.as_dtype("flaot32")


def test_there_is_one_dtype_of_each_name():
    assert DType("int32") is tf.int32 is pickle.loads(pickle.dumps(tf.int32)) is copy.deepcopy(tf.int32)
    assert tf.half is tf.float16
    assert (repr(tf.int32), str(tf.int32), f"{tf.int32}") == ("tf.int32", "<dtype: 'int32'>", "<dtype: 'int32'>")


def test_tensors_of_bfloat16():
    assert tf.zeros(2, tf.bfloat16).dtype == tf.bfloat16
    assert tf.zeros(2, tf.bfloat16).numpy().dtype == tf.bfloat16.as_numpy_dtype
    with pytest.raises(ValueError, match="bfloat16"):
        getattr(tf.bfloat16, "limits")  # noqa: B009


def test_a_shape_is_a_tuple_and_more():
    shape = tf.TensorShape([2, None])
    assert shape == [2, None] == list(shape)
    assert shape == (2, None)
    assert isinstance(shape, tuple)
    assert hash(shape) == hash((2, None))
    assert shape + [3] == (2, None, 3)
    assert (1,) + shape == [1, 2, None]
    assert isinstance(shape[1:], tf.TensorShape)
    assert (repr(shape), str(shape)) == ("TensorShape([2, None])", "(2, None)")
    assert np.zeros(tf.TensorShape([2, 3])).shape == (2, 3)
    assert pickle.loads(pickle.dumps(shape)) == shape


def test_a_shape_of_unknown_rank():
    shape = tf.TensorShape(None)
    assert shape.rank is None
    assert shape[0] is None
    assert shape.is_compatible_with([1, 2])
    assert shape.merge_with([1, 2]) == [1, 2]
    assert shape.concatenate([1]).rank is None
    assert pickle.loads(pickle.dumps(shape)).rank is None
    for call in (len, list, lambda s: s.as_list()):
        with pytest.raises(ValueError, match="unknown"):
            call(shape)


SHAPE_ERRORS = [
    lambda: tf.TensorShape([-1]),
    lambda: tf.TensorShape([2, None]).merge_with([3, 3]),
    lambda: tf.TensorShape([2]).assert_has_rank(2),
    lambda: tf.TensorShape([2]).assert_same_rank([2, 3]),
    lambda: tf.TensorShape([None]).assert_is_fully_defined(),
    lambda: tf.TensorShape([2]).with_rank_at_least(2),
]


@pytest.mark.parametrize("call", SHAPE_ERRORS)
def test_shapes_that_contradict(call):
    with pytest.raises(ValueError, match=r"Shape|Dimension"):
        call()


def test_a_spec_says_which_tensors_fit():
    spec = tf.TensorSpec([None, 3], tf.float32, name="x")
    assert repr(spec) == "TensorSpec(shape=(None, 3), dtype=tf.float32, name='x')"
    assert spec.is_compatible_with(tf.zeros([5, 3]))
    assert not spec.is_compatible_with(tf.zeros([5, 4]))
    assert not spec.is_compatible_with(tf.zeros([5, 3], tf.int32))
    assert tf.TensorSpec([2, 3]).is_subtype_of(spec)
    assert len({tf.TensorSpec([2]), tf.TensorSpec([2])}) == 1
    with pytest.raises(TypeError, match="TypeSpec"):
        tf.type_spec_from_value(object())
