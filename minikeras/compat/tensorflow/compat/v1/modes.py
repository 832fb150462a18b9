"""Switches between TensorFlow 1's and 2's behaviour: minikeras has that of TensorFlow 2."""


def _no_graphs(name):
    raise RuntimeError(
        f"tf.compat.v1.{name}() needs TensorFlow 1's graphs, which minikeras does not have: it always computes at "
        "once. Take the call away; Keras models work as they are, placeholders and sessions need rewriting."
    )


def disable_eager_execution():
    """Not available: raises a RuntimeError."""
    _no_graphs("disable_eager_execution")


def disable_v2_behavior():
    """Not available: raises a RuntimeError."""
    _no_graphs("disable_v2_behavior")


def disable_resource_variables():
    """Not available: raises a RuntimeError."""
    _no_graphs("disable_resource_variables")


def disable_tensor_equality():
    """Not available: raises a RuntimeError."""
    _no_graphs("disable_tensor_equality")


def disable_v2_tensorshape():
    """Not available: raises a RuntimeError."""
    _no_graphs("disable_v2_tensorshape")


def enable_eager_execution(config=None, device_policy=None, execution_mode=None):
    """No effect: minikeras always computes eagerly."""


def enable_v2_behavior():
    """No effect: minikeras behaves as TensorFlow 2."""


def enable_resource_variables():
    """No effect: Variables are TensorFlow 2's."""


def enable_tensor_equality():
    """No effect: `==` compares the elements of tensors."""


def enable_v2_tensorshape():
    """No effect: shapes are TensorFlow 2's."""


def enable_control_flow_v2():
    """No effect: control flow is Python's."""


def executing_eagerly_outside_functions():
    """True."""
    return True
