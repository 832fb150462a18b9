"""`tf.compat.v1`: the parts of TensorFlow 1 that scripts still use.

Names with the same meaning in TensorFlow 2 come from the tf namespace. Names that build graphs (placeholders, sessions
that run them, variable scopes, the old optimizers) do not exist: minikeras always computes eagerly.
"""

from minikeras.base.suggestions import did_you_mean
from minikeras.compat.namespaces import namespace_shim
from minikeras.compat.tensorflow.compat.v1 import app, gfile, logging, nn
from minikeras.compat.tensorflow.compat.v1.modes import (
    disable_eager_execution,
    disable_resource_variables,
    disable_tensor_equality,
    disable_v2_behavior,
    disable_v2_tensorshape,
    enable_control_flow_v2,
    enable_eager_execution,
    enable_resource_variables,
    enable_tensor_equality,
    enable_v2_behavior,
    enable_v2_tensorshape,
    executing_eagerly_outside_functions,
)
from minikeras.compat.tensorflow.compat.v1.renamed import (
    assign,
    assign_add,
    assign_sub,
    global_variables_initializer,
    initialize_all_variables,
    local_variables_initializer,
    random_normal,
    random_shuffle,
    random_uniform,
    set_random_seed,
    tables_initializer,
    to_double,
    to_float,
    to_int32,
    to_int64,
    truncated_normal,
)
from minikeras.compat.tensorflow.compat.v1.sessions import (
    ConfigProto,
    GPUOptions,
    InteractiveSession,
    Session,
    get_default_session,
    get_variable,
    placeholder,
    placeholder_with_default,
    reset_default_graph,
    variable_scope,
)
from minikeras.compat.tensorflow.scopes import executing_eagerly

__all__ = [
    "ConfigProto",
    "GPUOptions",
    "InteractiveSession",
    "Session",
    "app",
    "assign",
    "assign_add",
    "assign_sub",
    "disable_eager_execution",
    "disable_resource_variables",
    "disable_tensor_equality",
    "disable_v2_behavior",
    "disable_v2_tensorshape",
    "enable_control_flow_v2",
    "enable_eager_execution",
    "enable_resource_variables",
    "enable_tensor_equality",
    "enable_v2_behavior",
    "enable_v2_tensorshape",
    "executing_eagerly",
    "executing_eagerly_outside_functions",
    "get_default_session",
    "get_variable",
    "gfile",
    "global_variables_initializer",
    "initialize_all_variables",
    "local_variables_initializer",
    "logging",
    "nn",
    "placeholder",
    "placeholder_with_default",
    "random_normal",
    "random_shuffle",
    "random_uniform",
    "reset_default_graph",
    "set_random_seed",
    "tables_initializer",
    "to_double",
    "to_float",
    "to_int32",
    "to_int64",
    "truncated_normal",
    "variable_scope",
]

# Functions of TensorFlow 1 whose arguments differ from those of the same name in TensorFlow 2.
tensorflow = None  # the tf namespace, which imports this module: set by `compat.set_namespace`
_DIFFERENT = {"train", "layers", "metrics", "losses", "summary", "gradients", "data", "estimator", "saved_model"}


def __getattr__(name):
    if name == "keras":
        return namespace_shim("keras")
    if name in vars(tensorflow) and not name.startswith("_") and name not in _DIFFERENT:
        return getattr(tensorflow, name)
    hint = f" Use tf.{name}." if name in _DIFFERENT and name in vars(tensorflow) else did_you_mean(name, __all__)
    raise AttributeError(
        f"tf.compat.v1.{name} belongs to TensorFlow 1 and is not in minikeras, which has no graphs.{hint}", name=name
    )
