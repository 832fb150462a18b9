"""bfloat16, float8 and int4: tensors of them, and the gate that no kernel gets them through."""

import ml_dtypes
import numpy as np
import pytest

import minikeras as keras
from minikeras import ops
from minikeras.autodiff.operation import Op

HALF = ml_dtypes.bfloat16
X = np.array([[0.5, -1.25, 3.0], [2.0, 0.1, -7.0]], "float32")


class Spy(Op):
    """y = x, and remembers the dtypes that its rules got."""

    is_pure = True

    def __init__(self):
        self.seen = []

    def forward(self, x):
        self.seen.append(x.dtype.name)
        return x * 1

    def backward(self, call, dy):
        self.seen += [call.inputs[0].dtype.name, call.outputs[0].dtype.name, dy.dtype.name]
        return (dy,)


def test_the_rules_of_an_op_get_float32_and_its_result_is_rounded():
    spy = Spy()
    v = keras.Variable(X, dtype="bfloat16")
    with keras.GradientTape() as tape:
        y = ops.sum(spy(v.value) * 3)
    assert (y.dtype, tape.gradient(y, v).dtype) == ("bfloat16", "bfloat16")
    assert set(spy.seen) == {"float32"}
    assert len(spy.seen) == 4


def test_results_are_those_of_float32_rounded():
    x = ops.convert_to_tensor(X, "bfloat16")
    wide = ops.cast(x, "float32")
    for function in (ops.exp, ops.softmax, ops.sum, lambda t: ops.matmul(t, ops.transpose(t)), ops.gelu, ops.var):
        np.testing.assert_array_equal(function(x).array, function(wide).array.astype(HALF))


def test_bfloat16_far_below_zero_does_not_overflow():
    x = ops.cast(np.float32([-200, 0]), "bfloat16")
    assert ops.convert_to_numpy(ops.sigmoid(x)).tolist() == [0, 0.5]
    assert ops.convert_to_numpy(ops.silu(x)).tolist() == [0, 0]


def test_bfloat16_beside_other_dtypes():
    x = ops.ones((2,), "bfloat16")
    others = {"float16": "float32", "float32": "float32", "float64": "float64", "int64": "bfloat16", "bool": "bfloat16"}
    for other, expected in others.items():
        assert ops.add(x, ops.ones((2,), other)).dtype == expected
    assert ((x + 1).dtype, (x * 1.5).dtype, (x > 1).dtype, ops.argmax(x).dtype) == ("bfloat16",) * 2 + ("bool", "int32")


@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2"])
def test_float8_is_stored_and_moved_and_computes_nothing(dtype):
    x = ops.cast(X, dtype)
    expected = X.astype(dtype)
    assert (x.dtype, x.array.dtype) == (dtype, expected.dtype)
    for y, z in ((ops.reshape(x, (3, 2)), expected.reshape(3, 2)), (ops.transpose(x), expected.T), (x[1], expected[1])):
        np.testing.assert_array_equal(y.array.astype("float32"), z.astype("float32"))
    np.testing.assert_array_equal(ops.cast(x, "float32").array, expected.astype("float32"))
    for function in (ops.exp, lambda t: ops.add(t, t), lambda t: ops.matmul(t, ops.transpose(t)), lambda t: t + 1.0):
        with pytest.raises(ValueError, match="float8"):
            function(x)


def test_casts_to_float8_have_no_gradient():
    x = keras.Variable(X)
    with keras.GradientTape(persistent=True) as tape:
        through_float8 = ops.sum(ops.cast(ops.cast(x, "float8_e5m2"), "float32"))
        through_bfloat16 = ops.sum(ops.cast(ops.cast(x, "bfloat16"), "float32"))
    assert tape.gradient(through_float8, x) is None
    np.testing.assert_array_equal(tape.gradient(through_bfloat16, x), np.ones_like(X))


def test_int4_arrays_are_stored_and_cast():
    x = ops.convert_to_tensor(np.array([1, -8, 7]).astype(ml_dtypes.int4))
    assert (x.dtype, ops.cast(x, "int32").numpy().tolist()) == ("int4", [1, -8, 7])
    with pytest.raises(ValueError, match="int4"):
        x + x
    with pytest.raises(ValueError, match="int4"):
        ops.cast(X, "int4")  # no dtype of Keras's


def test_variables():
    v = keras.Variable(keras.initializers.Constant(1.2), shape=(2,), dtype="bfloat16", name="v")
    v.assign_add([0.1, 0.2])
    assert (v.dtype, v.numpy().dtype) == ("bfloat16", HALF)
    assert str(v) == "<Variable path=v, shape=(2,), dtype=bfloat16, value=[1.30469 1.40625]>"


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16"])
def test_a_model_trains_in_a_plan(policy, capsys):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, "relu", dtype=policy), keras.layers.Dense(1, dtype=policy)]
    )
    model.compile(keras.optimizers.SGD(0.01), "mse")
    losses = model.fit(X, X[:, :1], epochs=4, batch_size=2, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert {w.dtype for w in model.weights} == {"float32" if policy.startswith("mixed") else "bfloat16"}
    model.explain_plan()
    assert "RoundedToBfloat16" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [{"clipnorm": 0.5}, {"global_clipnorm": 0.5}, {"loss_scale_factor": 2.0}, {}])
def test_optimizers_never_take_bfloat16_for_float32(arguments):
    gradient = np.linspace(-1, 1, 6).reshape(2, 3)
    updated = []
    for dtype in ("bfloat16", "float32"):
        v = keras.Variable(X, dtype=dtype)
        keras.optimizers.SGD(0.5, momentum=0.9, **arguments).apply([ops.cast(gradient, dtype)], [v])
        updated.append(v.numpy().astype("float32"))
    np.testing.assert_allclose(*updated, rtol=2**-7, atol=2**-9)  # a rounding of the gradient and one of the weights
