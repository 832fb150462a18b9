"""Extension types of the `tf` namespace: fields, immutability, specs, functions, data sets, versions of functions."""

import pickle
from collections.abc import Mapping

import numpy as np
import pytest

from minikeras.compat.namespaces import namespace_shim
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed

tf = namespace_shim("tensorflow")


class Masked(tf.experimental.BatchableExtensionType):
    """Numbers, of which a mask tells which count."""

    values: tf.Tensor
    mask: tf.Tensor

    def __validate__(self):
        if self.values.shape != self.mask.shape:
            raise ValueError("The mask has another shape.")


class Node(tf.experimental.ExtensionType):
    """A number and its children."""

    value: tf.Tensor
    name: str = "node"
    children: tuple["Node", ...] = ()
    attributes: Mapping[str, tf.Tensor] = {}


def same(value, values, mask):
    return value.values.numpy().tolist() == values and value.mask.numpy().tolist() == mask


def test_fields_are_converted_and_checked():
    node = Node(3, children=[Node(5.0)], attributes={"a": [1, 2]})
    assert node.value.dtype == "int32"
    assert node.children[0].name == "node"
    assert node.attributes["a"].numpy().tolist() == [1, 2]
    for wrong in ({"name": 3}, {"children": 3}, {"children": [4]}, {"attributes": [1]}, {"attributes": {1: 2}}):
        with pytest.raises(TypeError, match=next(iter(wrong))):
            Node(3, **wrong)
    with pytest.raises(ValueError, match="another shape"):
        Masked([1, 2], [True])


def test_a_field_names_itself_and_what_it_was_given():
    with pytest.raises(TypeError, match=r"children\[1\]: expected 'Node'. Received: 4 of type 'int'"):
        Node(3, children=[Node(1), 4])


@pytest.mark.parametrize("annotation", [list, dict, list[int], np.ndarray, object])
def test_other_annotations_are_refused(annotation):
    with pytest.raises(TypeError, match="Unsupported type annotation"):
        type("C", (tf.experimental.ExtensionType,), {"__annotations__": {"x": annotation}})


def test_values_never_change():
    value = Masked([1], [True])
    for change in (lambda: setattr(value, "mask", [1]), lambda: delattr(value, "mask"), lambda: setattr(value, "a", 1)):
        with pytest.raises(AttributeError, match="Cannot mutate"):
            change()


def test_equal_if_type_and_numbers_are():
    assert bool(Masked([1], [True]) == Masked([1], [True]))
    assert not bool(Masked([1], [True]) == Masked([2], [True]))
    assert (Masked([1], [True]) == Node(1)) is False
    assert Masked([1], [True]) != Masked([1, 2], [True, False])


def test_specs_hold_what_is_known_before_the_numbers():
    spec = tf.type_spec_from_value(Node(3, attributes={"a": [1, 2]}))
    assert spec == Node.Spec(tf.TensorSpec([], tf.int32), "node", (), {"a": tf.TensorSpec([2], tf.int32)})
    assert spec.is_compatible_with(Node(4, attributes={"a": [3, 4]}))
    assert not spec.is_compatible_with(Node(4, "root", attributes={"a": [3, 4]}))
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_a_function_runs_by_one_plan_for_values_of_one_spec():
    with tensor_attributes_installed():

        @tf.function
        def scaled(x, factor):
            return Masked(x.values * factor, x.mask), tf.reduce_sum(x.values)

        for n in range(5):
            result, total = scaled(Masked([1.0, n], [True, False]), tf.constant(2.0))
            assert same(result, [2.0, 2.0 * n], [True, False])
            assert float(total) == 1.0 + n
        assert scaled.experimental_get_tracing_count() == 1
        assert [type(entry).__name__ for entry in scaled.plans.entries.values()] == ["Plan"]


def test_functions_tell_arguments_with_other_keys_apart():
    """A plan for {"a": x} once ran for {"b": x} too."""
    with tensor_attributes_installed():

        @tf.function
        def chosen(x):
            return x["a"] * 3.0 if "a" in x else -x["b"]

        x = tf.constant([2.0])
        found = [float(chosen({key: x})[0]) for key in "aaaabbbba"]
        assert found == [6.0] * 4 + [-2.0] * 4 + [6.0]
        assert chosen.experimental_get_tracing_count() == 2


def test_data_sets_of_values():
    with tensor_attributes_installed():
        rows = Masked([[1, 2], [3, 4], [5, 6]], [[True, False]] * 3)
        data = tf.data.Dataset.from_tensor_slices(rows)
        assert [x.values.numpy().tolist() for x in data] == [[1, 2], [3, 4], [5, 6]]
        assert [x.values.shape for x in data.batch(2)] == [(2, 2), (1, 2)]
        mapped = data.map(lambda x: Masked(x.values * 2, x.mask)).batch(3)
        assert same(next(iter(mapped)), [[2, 4], [6, 8], [10, 12]], [[True, False]] * 3)
        with pytest.raises(AttributeError, match="BatchableExtensionType"):
            tf.data.Dataset.from_tensor_slices(Node([1, 2]))


def test_layers_take_their_tensors():
    with pytest.raises(ValueError, match="Only input tensors"):
        tf.keras.layers.Dense(1)(Masked([[1.0]], [[True]]))


def test_versions_of_functions_are_called_for_their_types():
    with tensor_attributes_installed():
        experimental, x = tf.experimental, Masked([1, -2], [True, False])

        @experimental.dispatch_for_unary_elementwise_apis(Masked)
        def unary(function, x):
            return Masked(function(x.values), x.mask)

        @experimental.dispatch_for_api(tf.concat)
        def concat(values: list[Masked], axis):
            return Masked(tf.concat([v.values for v in values], axis), tf.concat([v.mask for v in values], axis))

        try:
            assert same(tf.abs(x), [1, 2], [True, False])
            assert same(tf.concat([x, x], axis=0), [1, -2] * 2, [True, False] * 2)
            assert tf.concat([x.values, x.values], 0).shape == (4,)
            with pytest.raises(ValueError, match="same names"):
                experimental.dispatch_for_api(tf.concat)(lambda a: a)
        finally:
            for version in (unary, concat):
                experimental.unregister_dispatch_for(version)
        with pytest.raises(ValueError, match="numbers or text"):
            tf.abs(x)
