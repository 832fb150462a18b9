"""Variable: assignment, paths, and that values once read do not change."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import GradientTape, Variable


def test_assignment():
    v = Variable(np.ones((2, 2), "float32"), name="v")
    np.testing.assert_array_equal(assigned := v.assign([[1, 2], [3, 4]]), [[1, 2], [3, 4]])
    v.assign_add(np.ones((2, 2)))
    v.assign_sub(1.0 * np.eye(2))
    np.testing.assert_array_equal(assigned, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(v, [[1, 3], [4, 4]])
    assert (v.dtype, v.shape, v.ndim, v.trainable) == ("float32", (2, 2), 2, True)
    with pytest.raises(ValueError, match=r"value.shape=\(3,\)"):
        v.assign(np.ones(3))


def test_initializers_and_paths():
    with keras.name_scope("outer"), keras.name_scope("inner"):
        v = Variable(lambda shape, dtype: np.full(shape, 3, dtype), shape=(2,), dtype="float32", name="w")
    assert v.path == "outer/inner/w"
    np.testing.assert_array_equal(v, [3, 3])
    assert np.ptp(Variable("glorot_uniform", shape=(3, 4)).numpy()) > 0
    with pytest.raises(ValueError, match="shape"):
        Variable(lambda shape, dtype: None)
    with pytest.raises(ValueError, match="cannot contain"):
        Variable(1.0, name="a/b")


def test_what_cannot_be_set():
    v = Variable(1.0, name="v", aggregation=None, synchronization=None)
    assert (v.aggregation, v.synchronization) == ("none", "none")
    for word in ("name", "path", "aggregation", "synchronization", "value", "dtype", "shape"):
        with pytest.raises(AttributeError):
            setattr(v, word, "b")
    with pytest.raises(ValueError, match="shape"):
        Variable("ones")
    with pytest.raises(ValueError, match="integers"):
        Variable("ones", shape=(2, "3"))


def test_operators_promote_as_ops_do_where_those_of_tensors_do_not():
    v, x = Variable(np.ones(3, "float32")), keras.KerasTensor((3,))
    assert (v + np.ones(3)).dtype == (x * np.ones(3)).dtype == "float64"
    assert (keras.ops.ones(3) + np.ones(3)).dtype == "float32"


def test_an_assigned_array_may_change_afterwards():
    array = np.ones(3, "float32")
    v = Variable(array)
    array[:] = 7
    np.testing.assert_array_equal(v, [1, 1, 1])
    array[:] = 5
    v.assign(array)
    array[:] = 7
    np.testing.assert_array_equal(v, [5, 5, 5])


def trained_once(optimizer, v):
    with GradientTape() as tape:
        loss = keras.ops.sum(v * v)
    optimizer.apply_gradients([(tape.gradient(loss, v), v)])


@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop"])
def test_values_read_before_a_step_are_kept(name):
    v = Variable(np.ones(1000, "float32"))
    optimizer = keras.optimizers.get(name)
    read, array = v.value, np.asarray(v)
    trained_once(optimizer, v)
    np.testing.assert_array_equal(read, np.ones(1000))
    np.testing.assert_array_equal(array, np.ones(1000))
    assert not np.allclose(v, 1)


def test_a_step_writes_in_place_when_nobody_else_holds_the_value():
    v = Variable(np.ones(1000, "float32"))
    optimizer = keras.optimizers.SGD(0.1)
    trained_once(optimizer, v)
    address = v.array.ctypes.data
    trained_once(optimizer, v)
    assert v.array.ctypes.data == address


def test_a_persistent_tape_keeps_the_values_it_has_seen():
    v = Variable(np.float32([2.0]))
    with GradientTape(persistent=True) as tape:
        first, second = v * v * 1.0, v * v * v
    keras.optimizers.SGD(0.5).apply_gradients([(tape.gradient(first, v), v)])
    np.testing.assert_allclose(tape.gradient(second, v), [12.0])  # 3·2², not 3·(the new value)²


def test_variables_compute_like_tensors():
    v = Variable(np.float32([1, 2, 3]), name="v")
    np.testing.assert_array_equal(v + 1, [2, 3, 4])
    np.testing.assert_array_equal(2 * v, [2, 4, 6])
    np.testing.assert_array_equal(v[1:], [2, 3])
    assert [float(x) for x in v] == [1, 2, 3]
    assert "path=v, shape=(3,)" in repr(v)


def test_symbolic_tensors_refuse_what_has_no_answer():
    x = keras.KerasTensor((3, 4))
    with pytest.raises(NotImplementedError, match="Iterating"):
        list(x)
    with pytest.raises(ValueError, match="total size"):
        keras.ops.reshape(x, (5, 2))


@pytest.mark.parametrize("dtype", ["bool", "int32", "float32"])
def test_the_inverse_of_a_symbolic_tensor_is_boolean(dtype):
    assert (~keras.KerasTensor((2, 3), dtype=dtype)).dtype == "bool"
