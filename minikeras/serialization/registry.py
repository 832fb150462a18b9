"""The parts of models that a file may name: one table of public names, made from what minikeras exports.

    ("layers", "Dense")    the class `keras.layers.Dense`
    ("ops", "Add")         the op that `keras.ops.add` leaves in the graph of a functional model
    ("ops", "add")         the function itself, for a `Lambda` layer

A file can reach only what is in the table: nothing is imported, and no attribute of a module is looked up. Exports that
are not parts of models (`load_model`, `get_file`, `map`, which takes a function, …) are not in it.
`tests/security/test_registry.py` lists the entries.
"""

import inspect
import sys
from functools import cache
from typing import NamedTuple

from minikeras.autodiff.composed import COMPOSED
from minikeras.autodiff.operation import Op

BASES = {  # namespace: the base class, in it, of its model parts
    "layers": "Layer",
    "initializers": "Initializer",
    "regularizers": "Regularizer",
    "constraints": "Constraint",
    "losses": "Loss",
    "metrics": "Metric",
    "optimizers.schedules": "LearningRateSchedule",
    "optimizers": "Optimizer",
    "models": "Model",
    "random": "SeedGenerator",
    "dtype_policies": "DTypePolicy",
    "quantizers": "Quantizer",
    "distillation": "DistillationLoss",
}
OTHER_CLASSES = {
    "distillation": ("Distiller",),
    "layers": ("InputSpec",),
    "optimizers": ("OptimizerMap",),
    "quantizers": (
        *("QuantizationConfig", "Int8QuantizationConfig", "Int4QuantizationConfig", "Float8QuantizationConfig"),
        *("GPTQConfig", "AWQConfig"),
    ),
    "utils": ("FeatureSpace",),
}
# Classes that are public neither here nor in Keras, but in files: {their module in Keras: (its namespace in the table,
# module here, names)}. Keras has no MaskOf.
INNER_CLASSES = {
    "ops.masks": ("ops.masks", "autodiff.mask_of", ("MaskOf",)),
    "layers.preprocessing.feature_space": (
        *("layers.preprocessing.feature_space", "utils.feature_space"),
        ("Cross", "Feature", "TFDConcat", "TFDIdentity"),
    ),
    "losses.losses": ("losses", "losses.loss", ("LossFunctionWrapper",)),
    "applications.convnext": ("applications.convnext", "layers.normalization.layer_scale", ("LayerScale",)),
    "applications.inception_resnet_v2": (
        *("applications.inception_resnet_v2", "layers.merging.custom_scale_layer"),
        ("CustomScaleLayer",),
    ),
}
FUNCTIONS = {  # namespace of functions on tensors: their kind
    "activations": "activation",
    "losses": "loss function",
    "metrics": "metric function",
    "random": "random function",
}
NO_PARTS = ("deserialize", "get", "serialize")
OPS = ("nn", "linalg", "image", "numpy")  # namespaces within `keras.ops`
OTHER_OPS = {"activations": ("ReLU",)}  # the node of `activations.relu` when it is given more than a tensor

# Files call a part by the first of these namespaces that has it; "" is `keras` itself. A name without a module is
# looked up in this order, too.
SEARCHED = ("", "layers", "initializers", "regularizers", "constraints", "activations", "losses", "metrics")
SEARCHED += (
    "optimizers.schedules",
    "optimizers",
    "models",
    "random",
    "dtype_policies",
    "quantizers",
    "ops",
    "utils",
    "distillation",
)


class Part(NamedTuple):
    """A part of models.

    kind: "layer", "loss", …, "inner class" for one that only files name, "op", or what a function is:
        "activation", "op function", …
    value: the class or function; for an op that is made of others the function that is composed of them.
    """

    kind: str
    value: object


@cache
def model_parts():
    """{(namespace, name): Part}, all that files may name."""
    parts = {}
    for namespace, base_name in BASES.items():
        base = getattr(_module(namespace), base_name)
        for name, value in _exports(namespace).items():
            if inspect.isclass(value) and issubclass(value, base):
                parts[namespace, name] = Part(base_name.lower(), value)
    for namespace, names in OTHER_CLASSES.items():
        for name in names:
            parts[namespace, name] = Part(name.lower(), getattr(_module(namespace), name))
    for namespace, module, names in INNER_CLASSES.values():
        for name in names:
            parts[namespace, name] = Part("inner class", getattr(_module(module), name))
    kinds = {part.value: part.kind for part in parts.values()}
    for name, value in _exports("").items():
        if inspect.isclass(value) and value in kinds:
            parts["", name] = Part(kinds[value], value)
    for namespace, kind in FUNCTIONS.items():
        for name, value in _exports(namespace).items():
            if inspect.isfunction(value):
                parts[namespace, name] = Part(kind, value)
    return parts | _parts_of_ops()


def _parts_of_ops():
    """The ops that may be nodes of a graph, and the functions that create them."""
    parts = {(root, name): Part("op", COMPOSED[name]) for root, names in OTHER_OPS.items() for name in names}
    for namespace in (*(f"ops.{name}" for name in OPS), "ops", "activations"):
        root = namespace.partition(".")[0]
        for function_name, (name, op) in ops_of(namespace).items():
            if getattr(op, "has_config", not op.takes_functions):
                parts.setdefault((root, name), Part("op", op))
                if root == "ops" and not op.takes_functions:
                    function = getattr(_module(namespace), function_name)
                    parts.setdefault((root, function_name), Part("op function", function))
    return parts


@cache
def ops_of(namespace):
    """{function name: (class name, Op class or composed function)} of the ops that exported functions leave in graphs.

    The class name is the one that files have, which is Keras's.
    """
    nodes = {name: _node_of(function) for name, function in _exports(namespace).items()}
    return {name: node for name, node in nodes.items() if node is not None}


def _node_of(function):
    """(class name, Op class or composed function) of the op that a function leaves in a graph; None if it does not."""
    for name, composed in COMPOSED.items():
        if composed is function:
            return name, composed
    cls = _op_classes().get(getattr(function, "__name__", "").replace("_", ""))  # IsIn: isin, TopK: top_k
    return None if cls is None else (cls.__name__, cls)


@cache
def _op_classes():
    """{name in lower case: Op class}, for the classes of this library."""
    classes, waiting = {}, [Op]
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        if cls.__module__.startswith("minikeras."):
            classes.setdefault(cls.__name__.lower(), cls)
    return classes


def _module(namespace):
    return sys.modules[f"minikeras.{namespace}".rstrip(".")]


def _exports(namespace):
    """{name: value} of a namespace's exports, without modules that are loaded on first use only."""
    values = vars(_module(namespace))
    return {name: values[name] for name in values["__all__"] if name in values and name not in NO_PARTS}


# --- names ---------------------------------------------------------------------------------------------------------


def find_part(module, name):
    """The part that a config names, or None.

    Args:
        module: "keras.layers", or a module within Keras such as "keras.src.layers.core.dense", which says in which
            namespace to look; "keras", "builtins" or None: in all of them, in the order of `SEARCHED`. Other modules
            have no parts.
        name: of the class or function.
    """
    namespace = _namespace_of(module)
    if namespace is None:
        return None
    if namespace:
        return model_parts().get((namespace, name))
    found = [model_parts().get((namespace, name)) for namespace in SEARCHED]
    return next((part for part in found if part and part.kind not in ("op function", "random function")), None)


def _namespace_of(module):
    """The namespace of a module of Keras; "" if the module names none, None if it is not one of Keras's."""
    if module is None or module == "builtins":
        return ""
    root, *path = module.split(".")
    if root not in ("keras", "tf_keras"):
        return None
    path = path[1:] if path[:1] == ["src"] else path
    known = {namespace for namespace, _ in model_parts()}
    return next((namespace for n in (3, 2, 1) if (namespace := ".".join(path[:n])) in known), "")


def inner_name(cls):
    """("keras.src.layers.preprocessing.feature_space", "Cross") for one of `INNER_CLASSES`, else None."""
    for path, (namespace, _, names) in INNER_CLASSES.items():
        for name in names:
            if model_parts()[namespace, name].value is cls:
                return f"keras.src.{path}", name
    return None


def public_name(cls):
    """("keras.layers", "Dense") for a class that files may name, else None."""
    if cls not in _names():
        return None
    namespace, name = _names()[cls]
    return f"keras.{namespace}".rstrip("."), name


@cache
def _names():
    """{class: (namespace, name)}, by the first namespace that has it under its own name, or else under another one."""

    def rank(entry):
        (namespace, name), cls = entry
        return cls.__name__ != name, SEARCHED.index(namespace)

    classes = [
        (place, part.value)
        for place, part in model_parts().items()
        if place[0] in SEARCHED and part.kind != "op" and inspect.isclass(part.value)
    ]
    return {cls: place for place, cls in sorted(classes, key=rank, reverse=True)}  # of equal classes the last stays
