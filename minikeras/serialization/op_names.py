"""The names of ops in Keras's files: the class, and its module in Keras."""

from functools import cache

from minikeras.autodiff.composed import ComposedOp
from minikeras.autodiff.operation import Op
from minikeras.serialization.registry import OPS, model_parts, ops_of

# Ops of `keras.ops` itself. Those that are neither here nor in a namespace of it are in keras.src.ops.math.
CORE_OPS = (
    *("Map", "Scan", "AssociativeScan", "Scatter", "ScatterUpdate", "Slice", "SliceUpdate", "Switch", "WhileLoop"),
    *("StopGradient", "ForiLoop", "Unstack", "Cast", "SaturateCast", "ConvertToTensor", "Cond", "VectorizedMap"),
)
MODULES = {**dict.fromkeys(CORE_OPS, "keras.src.ops.core"), "Rearrange": "keras.src.ops.einops"}


def op_class_name(operation):
    """The name of an op in files (the name of Keras's class), or None for other objects."""
    if isinstance(operation, ComposedOp):
        return operation.class_name
    return type(operation).__name__ if isinstance(operation, Op) else None


@cache
def op_module(class_name):
    """The module of Keras that files name for an op, so that Keras finds its class."""
    if class_name in MODULES:
        return MODULES[class_name]
    for namespace in OPS:
        if any(name == class_name for name, _ in ops_of(f"ops.{namespace}").values()):
            return f"keras.src.ops.{namespace}"
    of_activations = not is_op(class_name) and ("activations", class_name) in model_parts()
    return "keras.src.activations.activations" if of_activations else "keras.src.ops.math"


def is_op(class_name):
    """Whether files may name an op of that name."""
    return ("ops", class_name) in model_parts() and model_parts()["ops", class_name].kind == "op"


def op_class(class_name):
    """The class of an op that files may name; the function for a composed op."""
    return model_parts()["ops", class_name].value
