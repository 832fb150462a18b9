"""Under which names of Keras its files know our classes and ops."""

import sys

from minikeras.autodiff.composed import COMPOSED, ComposedOp
from minikeras.autodiff.operation import Op

# Namespaces whose classes files name: the first that exports a class is the module written. "" is `keras` itself.
NAMESPACES = (
    *("", "layers", "initializers", "regularizers", "constraints", "activations", "losses", "metrics"),
    *("optimizers.schedules", "optimizers", "callbacks", "models", "random", "dtype_policies", "saving"),
)


def public_name(cls):
    """("keras.layers", "Dense") for a class that minikeras exports, else None."""
    package = sys.modules.get("minikeras")
    for namespace in NAMESPACES:
        module = package
        for part in namespace.split(".") if namespace else ():
            module = getattr(module, part, None)
        if getattr(module, cls.__name__, None) is cls:
            return ("keras." + namespace).rstrip("."), cls.__name__
    return None


def op_class_name(operation):
    """The name that files have for an op of ours (Keras's name of the class), or None for other objects."""
    if isinstance(operation, ComposedOp):
        return operation.class_name
    return type(operation).__name__ if isinstance(operation, Op) else None


# The operations of keras.src.ops.core; those that are in no namespace of `keras.ops` and not here are in …ops.math.
CORE_OPS = (
    *("Map", "Scan", "AssociativeScan", "Scatter", "ScatterUpdate", "Slice", "SliceUpdate", "Switch", "WhileLoop"),
    *("StopGradient", "ForiLoop", "Unstack", "Cast", "SaturateCast", "ConvertToTensor", "Cond", "VectorizedMap"),
)


def op_module(class_name):
    """The module of Keras that files name for an op, so that Keras finds its class."""
    if class_name in CORE_OPS:
        return "keras.src.ops.core"
    for module in ("nn", "linalg", "image", "numpy"):
        functions = getattr(sys.modules.get(f"minikeras.ops.{module}"), "__all__", ())
        if class_name.lower() in {name.replace("_", "") for name in functions}:  # IsIn: isin, TopK: top_k
            return f"keras.src.ops.{module}"
    return "keras.src.ops.math"


def find_op(class_name):
    """The Op class of that name, or `ComposedOp` if it is the name of a composed function; else None."""
    if class_name in COMPOSED:
        return ComposedOp
    waiting = [Op]
    while waiting:
        cls = waiting.pop()
        if cls.__name__ == class_name and cls is not Op:
            return cls
        waiting += cls.__subclasses__()
    return None
