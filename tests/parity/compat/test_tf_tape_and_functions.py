"""`tf.GradientTape`, `custom_gradient`, `tf.function` and Python functions of the shim against the live ones."""

import sys

import numpy as np
import pytest

from tests.parity.compat.function_snippets import (
    _refused,
    concrete_functions,
    control_flow_inside,
    methods,
    python_functions,
    results_become_tensors,
    running_eagerly,
    signatures,
    training_step,
    variables_come_back_as_tensors,
)
from tests.parity.compat.tape_snippets import (
    X,
    batch_jacobian_is_differentiable,
    batch_jacobian_of_other_lengths,
    custom,
    entered_twice,
    gradient,
    gradient_of_log1pexp,
    gradients_through_models,
    hessian,
    integers_are_passed_over,
    jacobians,
    nested_sources,
    second_order,
    several_targets,
    stop_recording_and_reset,
    stopped,
    table_gradients,
    third_order_persistent,
    unconnected,
    used_twice,
    watching,
)

pytest.importorskip("tensorflow")

from tests.parity.comparing import SAME_FORMULA
from tests.parity.compat.snippets import check_snippet

GROUP = "compat: tapes and functions"


NEEDS_AUTOGRAPH = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="TensorFlow 2.21 cannot transform Python's control flow there"
)

SNIPPETS = [
    nested_sources,
    several_targets,
    second_order,
    hessian,
    third_order_persistent,
    jacobians,
    batch_jacobian_is_differentiable,
    batch_jacobian_of_other_lengths,
    unconnected,
    watching,
    integers_are_passed_over,
    stop_recording_and_reset,
    table_gradients,
    used_twice,
    entered_twice,
    custom,
    gradient_of_log1pexp,
    stopped,
    gradients_through_models,
    results_become_tensors,
    signatures,
    methods,
    pytest.param(control_flow_inside, marks=NEEDS_AUTOGRAPH),
    training_step,
    concrete_functions,
    variables_come_back_as_tensors,
    running_eagerly,
    python_functions,
]
REFUSED = {
    "another shape": _refused(("ones", (2, 3))),
    "another dtype": _refused(("ones", (2, 2), "int32")),
    "a number": _refused(1.0),
    "too few": _refused(),
    "too many": _refused(("ones", (2, 2)), 1),
    "no specs": lambda tf: tf.function(lambda a: a, input_signature=[3])(1),
    "no list": lambda tf: tf.function(lambda a: a, input_signature=tf.TensorSpec([]))(1),
    "too short a signature": lambda tf: tf.function(lambda a, b: a, input_signature=[tf.TensorSpec([])])(1.0, 2.0),
    "missing argument": lambda tf: tf.function(lambda a: a)(),
    "no target": lambda tf: gradient(tf, lambda x: None, X),
    "tf.gradients": lambda tf: tf.gradients(tf.constant(1.0), tf.constant(1.0)),
    "watch an array": lambda tf: tf.GradientTape().watch(np.ones(2)),
    "unknown word": lambda tf: gradient(tf, lambda x: x, X, unconnected_gradients="no"),
}


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.__name__)
def test_snippets(snippet):
    check_snippet(snippet, GROUP, 10 * SAME_FORMULA)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    check_snippet(REFUSED[name], GROUP, SAME_FORMULA)
