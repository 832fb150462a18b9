"""`tf.DType`, `tf.TensorShape`, `tf.TensorSpec`, and how tensors are printed, against the live ones."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402

DTYPES = [name for name in dir(tf.dtypes) if isinstance(getattr(tf.dtypes, name), tf.DType)]
QUESTIONS = [
    "name",
    "size",
    "is_floating",
    "is_integer",
    "is_complex",
    "is_bool",
    "is_quantized",
    "is_unsigned",
    "real_dtype",
    "base_dtype",
    "limits",
    "min",
    "max",
    "is_numpy_compatible",
]


def answer(call, *arguments):
    """What a call gives, as text; of an error only that there is one."""
    try:
        return repr(call(*arguments))
    except Exception as error:  # which ones TensorFlow raises is not the question here
        return "error" if isinstance(error, (TypeError, ValueError, KeyError)) else type(error).__name__


@pytest.mark.parametrize("name", DTYPES)
def test_dtypes_know_the_same(name):
    ours, theirs = getattr(shim.dtypes, name), getattr(tf.dtypes, name)
    assert (repr(ours), str(ours), int(ours)) == (repr(theirs), str(theirs), int(theirs))
    for question in QUESTIONS:
        if question in ("limits", "min", "max") and (ours.is_quantized or name == "bool"):
            continue  # no number of NumPy's; TensorFlow's limits of bool are (0, True)
        if question == "limits" and ours == shim.float16:
            continue  # TensorFlow has none
        if question == "is_numpy_compatible" and ours.is_quantized:
            continue  # TensorFlow brings types of its own for NumPy
        assert answer(getattr, ours, question) == answer(getattr, theirs, question), question


def test_dtypes_compare_and_convert_alike():
    for value in (
        "float32",
        np.float32,
        np.dtype("float32"),
        float,
        "int32",
        np.int64,
        bool,
        "half",
        "double",
        1,
        None,
    ):
        assert (shim.float32 == value) == (tf.float32 == value), value
        if value is not None:
            assert repr(shim.as_dtype(value)) == repr(tf.as_dtype(value))
    for wrong in ("foo", int, str, None, "int"):
        assert answer(shim.as_dtype, wrong) == answer(tf.as_dtype, wrong) == "error"
    assert len(set(DTYPES)) == len(DTYPES)


SHAPES = [None, [], 3, [2, 3], [2, None], (None, None, 4)]
SHAPE_QUESTIONS = [
    ("repr", repr),
    ("str", str),
    ("rank", lambda s: (s.rank, s.ndims)),
    ("as_list", lambda s: s.as_list()),
    ("dims", lambda s: s.dims),
    ("is_fully_defined", lambda s: s.is_fully_defined()),
    ("num_elements", lambda s: s.num_elements()),
    ("len", len),
    ("list", list),
    ("bool", bool),
    ("first", lambda s: s[0]),
    ("rest", lambda s: s[1:]),
    ("last", lambda s: s[-1]),
    ("+", lambda s: s + [5]),
    ("r+", lambda s: [5] + s),
    ("tuple +", lambda s: (5,) + s),
    ("concatenate", lambda s: s.concatenate([1])),
    ("equal", lambda s: (s == [2, 3], s == (2, None), s == None, s != [2, 3])),  # noqa: E711
    ("merge", lambda s: s.merge_with([2, 3])),
    ("compatible", lambda s: s.is_compatible_with([2, 7])),
    ("with_rank", lambda s: s.with_rank(2)),
    ("at_least", lambda s: s.with_rank_at_least(2)),
    ("at_most", lambda s: s.with_rank_at_most(1)),
    ("defined", lambda s: s.assert_is_fully_defined()),
    ("has_rank", lambda s: s.assert_has_rank(2)),
    ("same_rank", lambda s: s.assert_same_rank([1, 2])),
    ("assert", lambda s: s.assert_is_compatible_with([2, 3])),
    ("common", lambda s: s.most_specific_compatible_shape([2, 4])),
    ("format", lambda s: f"{s} {s!r}"),
    ("in a list", lambda s: [s]),
    ("%", lambda s: f"{s}"),
    ("times", lambda s: s * 2),
]


@pytest.mark.parametrize("name, question", SHAPE_QUESTIONS, ids=[name for name, _ in SHAPE_QUESTIONS])
def test_shapes_answer_alike(name, question):
    for shape in SHAPES:
        ours, theirs = shim.TensorShape(shape), tf.TensorShape(shape)
        if name == "times" or (name == "bool" and shape == []):
            continue  # as a tuple it can be multiplied, and is false when empty
        assert answer(question, ours) == answer(question, theirs), shape
    for wrong in ([-1], ["a"], [1.5], "a"):
        assert answer(shim.TensorShape, wrong) == answer(tf.TensorShape, wrong) == "error"


SPECS = [
    lambda t: t.TensorSpec([None, 3]),
    lambda t: t.TensorSpec((2,), t.int32, "a"),
    lambda t: t.TensorSpec(None),
    lambda t: t.TensorSpec(3).shape,
    lambda t: t.TensorSpec([2], "int64").dtype,
    lambda t: t.TensorSpec.from_tensor(t.constant([1])),
    lambda t: t.TensorSpec.from_spec(t.TensorSpec([1]), "b"),
    lambda t: t.TensorSpec([None, 3]).is_compatible_with(t.zeros([2, 3])),
    lambda t: t.TensorSpec([None, 3]).is_compatible_with(t.zeros([2, 4])),
    lambda t: t.TensorSpec([2]).is_compatible_with(t.zeros([2], t.int32)),
    lambda t: t.TensorSpec([None, 3]) == t.TensorSpec((None, 3), t.float32),
    lambda t: t.TensorSpec([2], name="q") == t.TensorSpec([2]),
    lambda t: t.TensorSpec([2, 3]).is_subtype_of(t.TensorSpec([None, 3])),
    lambda t: t.TensorSpec([2, 3]).most_specific_compatible_type(t.TensorSpec([4, 3])),
    lambda t: t.type_spec_from_value(t.constant(1)),
    lambda t: t.TensorSpec([2, 3]).most_specific_common_supertype([t.TensorSpec([4, 3])]),
    lambda t: t.type_spec_from_value([1, 2]),
]


@pytest.mark.parametrize("call", SPECS)
def test_specs_answer_alike(call):
    assert answer(call, shim) == answer(call, tf)


TENSORS = [
    lambda t: t.constant([[1.0, 2.0], [3.0, 4.0]]),
    lambda t: t.constant(1.1),
    lambda t: t.constant([1, 2]),
    lambda t: t.constant("a"),
    lambda t: t.constant(["a", "b"]),
    lambda t: t.constant(True),
    lambda t: t.constant(1 + 2j),
    lambda t: t.zeros([0, 3]),
    lambda t: t.constant(np.float64(3)),
    lambda t: t.range(2000),
]
TENSOR_QUESTIONS = [
    ("repr", repr),
    ("str", str),
    ("format", lambda x: f"{x}"),
    ("in a list", lambda x: [x]),
    ("shape", lambda x: x.shape),
    ("dtype", lambda x: (x.dtype, f"{x.dtype}")),
    ("get_shape", lambda x: x.get_shape().as_list()),
    ("set_shape", lambda x: x.set_shape((2, 2))),
    ("device", lambda x: (x.device, x.backing_device)),
    ("ref", lambda x: (x.ref(), x.ref() == x.ref(), x.ref().deref() is x)),
    ("name", lambda x: x.name),
    ("op", lambda x: x.op),
    ("graph", lambda x: x.graph),
    ("eval", lambda x: x.eval()),
    ("ndim", lambda x: x.ndim),
    ("int", int),
    ("float", float),
    ("len", len),
    ("index", lambda x: [1, 2, 3][x]),
    ("complex", complex),
    ("numpy", lambda x: x.numpy()),
    ("iter", list),
    ("gpu", lambda x: x.gpu()),
    ("cpu", lambda x: x.cpu()),
    ("shape unpacked", lambda x: (lambda a, b: (a, b))(*x.shape)),
    ("is_integer", lambda x: x.dtype.is_integer),
]


@pytest.mark.parametrize("name, question", TENSOR_QUESTIONS, ids=[name for name, _ in TENSOR_QUESTIONS])
def test_tensors_answer_alike(name, question):
    with tensor_attributes_installed():
        for make in TENSORS:
            ours, theirs = make(shim), make(tf)
            if name in ("int", "float") and ours.dtype.is_complex:
                continue  # NumPy warns on TensorFlow's side
            if name == "index" and not ours.dtype.is_integer:
                continue  # an AttributeError in TensorFlow, a TypeError here
            assert answer(question, ours) == answer(question, theirs), repr(theirs)


KEYS = [
    0,
    -1,
    slice(1, None),
    slice(None, None, -1),
    slice(0, 3, 2),
    None,
    ...,
    (0, 1),
    (..., 0),
    (slice(None), 2),
    (None, ..., None),
    (1, slice(0, -1)),
    (slice(-2, None), ..., slice(1, None, 2)),
]


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_indexing_gives_the_same(key):
    x = np.arange(24.0).reshape(4, 3, 2)
    np.testing.assert_array_equal(np.asarray(shim.constant(x)[key]), tf.constant(x)[key].numpy())


def test_indexing_with_tensors_gives_the_same():
    for t in (shim, tf):
        x, i = t.reshape(t.range(12), [3, 4]), t.constant(1)
        found = [x[i], x[i:], x[:, : i + 1], x[t.newaxis, ..., i], x[x > 5], x[t.shape(x)[0] - 1]]
        results = [np.asarray(y).tolist() for y in found]
        expected = results if t is shim else expected  # noqa: F821
        assert results == expected


INITIALIZERS = [
    lambda t: t.zeros_initializer()((2, 2)),
    lambda t: t.ones_initializer()([2], t.int32),
    lambda t: t.constant_initializer(3)([2]),
    lambda t: t.constant_initializer([1.0, 2.0])([2, 1]),
    lambda t: t.random_uniform_initializer(seed=4)((3,)),
    lambda t: t.random_uniform_initializer(-1.0, 2.0)((3,)),
    lambda t: t.random_normal_initializer(seed=4)((3,)),
    lambda t: t.random_normal_initializer(1.0, 2.0)((3,)),
]
LAST_ROUNDING = 1e-6


@pytest.mark.parametrize("call", INITIALIZERS)
def test_initializers_give_the_same(call):
    for module in (shim, tf):
        module.random.set_seed(9)
    np.testing.assert_allclose(np.asarray(call(shim)), call(tf).numpy(), rtol=LAST_ROUNDING)
