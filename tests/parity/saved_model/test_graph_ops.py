"""The table of operations against TensorFlow's own definitions: inputs, attributes and their defaults, outputs."""

from inspect import Parameter, signature

import pytest

tf = pytest.importorskip("tensorflow")

from tensorflow.python.framework import op_def_registry  # noqa: E402

from minikeras.formats.saved_model.attributes import attribute_value  # noqa: E402
from minikeras.formats.saved_model.graph_function import WITHOUT_EFFECT  # noqa: E402
from minikeras.formats.saved_model.graph_ops import GRAPH_OPS  # noqa: E402
from minikeras.formats.saved_model.messages import AttrValue  # noqa: E402


def definition(name):
    return op_def_registry.get(name)


def test_every_operation_is_one_of_tensorflow():
    assert not [name for name in GRAPH_OPS if definition(name) is None]


@pytest.mark.parametrize("name", GRAPH_OPS)
def test_definition(name):
    op, theirs = GRAPH_OPS[name], definition(name)
    counts = [arg.number_attr or arg.type_list_attr for arg in theirs.input_arg]
    assert [each.count for each in op.inputs] == counts
    if theirs.input_arg and hasattr(tf.raw_ops, name):  # which has other names than the definition for some
        names = list(signature(getattr(tf.raw_ops, name)).parameters)[: len(counts)]
        assert [each.name for each in op.inputs] == names
    attributes = {attr.name: attr for attr in theirs.attr}
    assert op.attributes.keys() <= attributes.keys()
    for attribute, default in op.attributes.items():
        serialized = attributes[attribute].default_value.SerializeToString()
        if default is Parameter.empty:
            continue
        expected = value_of(serialized)
        assert expected == (list(default) if isinstance(default, tuple) else pytest.approx(default)), attribute
    outputs = [arg.name for arg in theirs.output_arg]
    assert list(op.gives)[: len(outputs)] == (outputs if len(outputs) > 1 else list(op.gives))
    assert not (len(outputs) <= 1 and op.gives)


@pytest.mark.parametrize("name", GRAPH_OPS)
def test_no_attribute_that_matters_is_passed_over(name):
    """What a function does not take is a dtype, a number of inputs, or has no effect on the result."""
    op = GRAPH_OPS[name]
    counts = {each.count for each in op.inputs}
    for attribute in definition(name).attr:
        known = attribute.name in op.attributes or attribute.name in WITHOUT_EFFECT | counts
        assert known or attribute.type in ("type", "list(type)"), attribute.name


def value_of(serialized):
    """A default as our functions get it."""
    return attribute_value(AttrValue.decoded(serialized)) if serialized else None
