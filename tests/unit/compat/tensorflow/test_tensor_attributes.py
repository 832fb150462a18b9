"""TensorFlow's attributes come with the namespace and go with it."""

import numpy as np
import pytest

from minikeras import KerasTensor, Tensor, Variable, ops
from minikeras.compat.tensorflow import tensor_attributes
from minikeras.compat.tensorflow.dtypes import DType
from minikeras.compat.tensorflow.tensor_shape import TensorShape

CLASSES = (Tensor, Variable, KerasTensor)


def test_installation_changes_what_tensors_say():
    x = ops.ones((2, 3))
    with tensor_attributes.tensor_attributes_installed():
        assert isinstance(x.shape, TensorShape)
        assert isinstance(x.dtype, DType)
        assert x.get_shape().as_list() == [2, 3]
        assert repr(x).startswith("<tf.Tensor: shape=(2, 3), dtype=float32, numpy=\narray(")
        assert isinstance(Variable(x).shape, TensorShape)


def test_uninstallation_leaves_no_trace():
    before = [dict(vars(cls)) for cls in CLASSES]
    tensor_attributes.install_tensor_attributes()
    tensor_attributes.install_tensor_attributes()  # counted
    tensor_attributes.uninstall_tensor_attributes()
    assert isinstance(ops.ones(2).dtype, DType)
    tensor_attributes.uninstall_tensor_attributes()
    tensor_attributes.uninstall_tensor_attributes()  # one too many does no harm
    assert [dict(vars(cls)) for cls in CLASSES] == before
    x = ops.ones((2, 3))
    assert type(x.dtype) is str
    assert type(x.shape) is tuple
    assert not hasattr(x, "get_shape")


def test_keras_tensors_are_tensorflows_inside_a_layer_only():
    from minikeras.autodiff.state import no_history

    x = KerasTensor((None, 3))
    with tensor_attributes.tensor_attributes_installed():
        assert type(x.shape) is tuple
        assert type(x.dtype) is str
        assert x.get_shape().as_list() == [None, 3]
        with no_history():
            assert x.shape.as_list() == [None, 3]
            assert x.dtype.is_floating


@pytest.mark.parametrize("name", ["name", "op", "graph", "value_index"])
def test_what_only_graphs_have_is_an_attribute_error(name):
    with tensor_attributes.tensor_attributes_installed(), pytest.raises(AttributeError, match="eager"):
        getattr(ops.ones(2), name)


def test_a_tensor_refuses_another_shape():
    with tensor_attributes.tensor_attributes_installed():
        x = ops.ones((2, 3))
        x.set_shape((None, 3))
        with pytest.raises(ValueError, match="not compatible"):
            x.set_shape((3, 3))
        with pytest.raises(NotImplementedError, match="numpy"):
            x.eval()


def test_references_are_keys():
    with tensor_attributes.tensor_attributes_installed():
        x, y = ops.ones(2), ops.ones(2)
        found = {x.ref(): "x", y.ref(): "y"}
        assert found[x.ref()] == "x"
        assert x.ref() != y.ref()
        assert x.ref().deref() is x


def test_conversion_to_python_numbers():
    with tensor_attributes.tensor_attributes_installed():
        assert complex(ops.cast(np.array(2.0), "complex64")) == 2 + 0j
        assert f"{ops.cast(1.5, 'float32'):.2f} {ops.ones(2)}" == "1.50 [1. 1.]"
