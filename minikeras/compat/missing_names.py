"""The error for a name that scripts expect and minikeras lacks: which name, and the nearest one that exists."""

from minikeras.base.suggestions import nearest_names
from minikeras.compat.names_not_here import NAMES_NOT_HERE
from minikeras.compat.old_names import what_became_of
from minikeras.compat.why_absent import why_absent


def missing_name(module_name, name, known_names, elsewhere=()):
    """Raise the AttributeError for `module_name.name`; `known_names` are those that the module has.

    Args:
        elsewhere: full names, such as "tensorflow.math.log", under which the same name is found in other modules.
    """
    raise AttributeError(missing_name_message(module_name, name, known_names, elsewhere), name=name)


def missing_name_message(module_name, name, known_names, elsewhere=()):
    """The error message: the missing name, and where to look instead."""
    if (old := what_became_of(f"{module_name}.{name}")) is not None:
        return old
    message = f"module {module_name!r} has no attribute {name!r} in minikeras."
    reason = why_absent(module_name, name)
    if name in NAMES_NOT_HERE.get(module_name, ()) or reason is not None:
        here = "minikeras does not have it yet" if reason is None else f"minikeras does not: {reason}"
        message = f"module {module_name!r} has no attribute {name!r}: TensorFlow has it, {here}."
        return f"{message} Similar: {', '.join(list(elsewhere)[:3])}." if elsewhere else message
    near = list(elsewhere)[:3] or [f"{module_name}.{match}" for match in nearest_names(name, known_names)]
    return f"{message} Nearest: {', '.join(near)}." if near else message
