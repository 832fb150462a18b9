"""The state of a model as nested dicts whose keys are the parts of the variables' paths."""

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.base.suggestions import did_you_mean
from minikeras.utils.restoring import all_or_nothing, assign_all

GROUPS = ("trainable_variables", "non_trainable_variables", "optimizer_variables", "metrics_variables")
_FORMATS = {"backend_tensor": lambda variable: variable.value, "numpy_array": lambda variable: variable.numpy()}


def state_tree_of(model, value_format):
    """{group: {"layer": {"kernel": value}}} of all variables of a model, its optimizer and its metrics.

    Raises:
        ValueError: two variables of a group have the same path, or the format is unknown.
    """
    if value_format not in _FORMATS:
        raise ValueError(f"`value_format` must be one of {sorted(_FORMATS)}. Received: value_format={value_format!r}")
    return {group: _tree(variables, _FORMATS[value_format]) for group, variables in _groups(model).items()}


def assign_state_tree(model, state_tree):
    """Set the variables from the result of `state_tree_of`; groups and variables that it lacks do not change.

    An optimizer that is not built is built first.

    Raises:
        ValueError: an unknown group, a path without a variable, or another shape. Then nothing is changed.
    """
    optimizer = getattr(model, "optimizer", None)
    before = [variable for variables in _groups(model).values() for variable in variables]
    with all_or_nothing(before, [] if optimizer is None else [optimizer]):
        if state_tree.get("optimizer_variables") and optimizer is not None and not optimizer.built and model.built:
            optimizer.build(model.trainable_variables)
        groups, values = _groups(model), []
        for group, tree in state_tree.items():
            if group not in GROUPS:
                raise ValueError(f"Unknown variable name: {group}.{did_you_mean(group, GROUPS)}")
            variables = {variable.path: variable for variable in groups.get(group, [])}
            values += [_checked(group, path, value, variables) for path, value in _flat(tree).items()]
        assign_all([variable for variable, _ in values], [value for _, value in values])


def _checked(group, path, value, variables):
    """(variable, array of its shape and dtype)."""
    if path not in variables:
        raise ValueError(f"`{group}` has no variable '{path}'.{did_you_mean(path, list(variables))}")
    array = np.array(as_array(value, variables[path].array.dtype.name))  # a copy: the caller may change its own
    if array.shape != variables[path].shape:
        raise ValueError(
            f"The variable '{path}' has the shape {variables[path].shape}. Received: an array {array.shape}"
        )
    return variables[path], array


def _groups(model):
    groups = {
        "trainable_variables": model.trainable_variables,
        "non_trainable_variables": model.non_trainable_variables,
    }
    if getattr(model, "optimizer", None) is not None:
        groups["optimizer_variables"] = model.optimizer.variables
    groups["metrics_variables"] = model.metrics_variables
    return groups


def _tree(variables, value_of):
    tree, known = {}, set()
    for variable in variables:
        if variable.path in known:
            raise ValueError(
                f"The following variable path is found twice: '{variable.path}'. Both cannot be in a tree. "
                "Give the layers (and other objects) unique names."
            )
        known.add(variable.path)
        *parts, last = variable.path.split("/")
        node = tree
        for part in parts:
            node = node.setdefault(part, {})
        node[last] = value_of(variable)
    return tree


def _flat(tree, prefix=""):
    flat = {}
    for key, value in tree.items():
        flat.update(_flat(value, f"{prefix}{key}/") if isinstance(value, dict) else {f"{prefix}{key}": value})
    return flat
