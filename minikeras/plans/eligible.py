"""Which models have Python of the user's inside their steps.

A replay repeats the ops of the traced step, not the Python around them. In minikeras's own layers and losses that
Python is known. A user's `call` might print, count, or decide by the numbers it sees, so it is watched while it is
traced (`watch.py`). Metrics, optimizers, constraints and callbacks may be anybody's: their Python runs in every step.
"""

from minikeras import tree
from minikeras.autodiff.operation import Op
from minikeras.losses import Loss
from minikeras.losses.function_wrapper import LossFunctionWrapper

# What a user's subclass of Sequential or Functional may define although the base does, too: it is not part of a step.
_HARMLESS = frozenset({
    "__init__", "__module__", "__doc__", "__qualname__", "__annotations__", "__firstlineno__", "__static_attributes__",
    "__repr__", "get_config", "from_config", "summary", "save", "save_weights", "load_weights", "fit", "evaluate",
    "predict", "compile", "get_compile_config", "compile_from_config",
})  # fmt: skip
# Attributes of a layer that run when it is built, or inside the optimizer.
_NOT_IN_THE_STEP = ("_initializer", "_constraint", "initializer", "constraint")


def python_in(model):
    """The user's Python in a model's steps, in words; None if there is none."""
    operations = getattr(model, "_operations", ())
    for part in [*model._flatten_layers(), *(op for op in operations if not hasattr(op, "_flatten_layers"))]:
        reason = _python_of(part)
        if reason is not None:
            return reason
        for operation in getattr(part, "_operations", ()):
            if not _is_own(type(operation)) and isinstance(operation, Op):
                return f"the op '{operation.name}' is of the class {type(operation).__name__}, which is not minikeras's"
    return _python_in_loss(getattr(model, "_compile_loss", None))


def _python_of(part):
    """The user's Python in a layer, model or op."""
    cls = type(part)
    name = getattr(part, "name", cls.__name__)
    for base in cls.__mro__:
        if _is_own(base) or base is object:
            continue
        own = next((b for b in cls.__mro__ if _is_own(b)), object)
        overridden = sorted(word for word in vars(base) if word not in _HARMLESS and hasattr(own, word))
        if overridden:
            return f"the class {base.__name__} of '{name}' defines `{overridden[0]}` itself"
    if _is_subclassed_model(cls):
        return f"'{name}' is a subclassed model"
    not_its_own = getattr(part, "_not_tracked", ())  # what `compile` put there is looked at by itself
    for word, value in vars(part).items():
        if word.endswith(_NOT_IN_THE_STEP) or word in not_its_own:
            continue
        if callable(value) and not _is_own_function(value):
            return f"'{name}' has a function of the user's as `{word}`"
    return None


def _is_subclassed_model(cls):
    """Whether a class is a model that is neither Sequential nor functional: its `call` is the user's."""
    names = {base.__name__ for base in cls.__mro__ if base.__module__.startswith("minikeras.models.")}
    return bool(names) and not names & {"Sequential", "Functional"}


def _is_own(cls):
    return cls.__module__.startswith("minikeras.")


def _is_own_function(value):
    function = getattr(value, "func", value)  # a functools.partial
    function = getattr(function, "__func__", function)
    module = getattr(function, "__module__", None) or ""
    return module.startswith("minikeras.") if hasattr(function, "__qualname__") else _is_own(type(function))


def _python_in_loss(compile_loss):
    """The user's Python in what `compile` was given as loss."""
    if compile_loss is None:
        return None
    for loss in tree.flatten(getattr(compile_loss, "_resolved", compile_loss)):
        if loss is None or isinstance(loss, str):
            continue
        if not isinstance(loss, Loss) or not _is_own(type(loss)):
            return f"the loss {type(loss).__name__} is the user's"
        if isinstance(loss, LossFunctionWrapper) and not _is_own_function(loss.fn):
            return f"the loss '{loss.name}' is a function of the user's"
    return None
