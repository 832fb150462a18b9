"""Weights in a `.npz` file: one array per variable, under its path. (Not in Keras: for programs without it.)"""

from minikeras.base.suggestions import did_you_mean
from minikeras.formats.npz import open_npz, write_npz
from minikeras.formats.stored_array import check_fits, read_as
from minikeras.formats.unreadable import few
from minikeras.utils.restoring import assign_all

WANTED = "a `.npz` file of weights"
MAX_COMPARED = 200  # names that are compared with a missing one to suggest a similar one


def write_weights(model, filepath):
    """Write all weights of a model to a `.npz` file, atomically.

    Raises:
        ValueError: the model is not built, or two weights have the same path.
    """
    write_npz(filepath, {name: variable.array for name, variable in _by_name(model).items()})


def read_weights(model, filepath, skip_mismatch=False):
    """Set the weights of a model from a `.npz` file: all of them, or none if one does not match.

    Args:
        skip_mismatch: whether to skip weights that are missing in the file or have another shape there.

    Raises:
        UnreadableFileError: the file is damaged or of another kind.
        ValueError: weights are missing, left over, or of another shape or kind.
    """
    variables = _by_name(model)
    with open_npz(filepath, WANTED) as stored:
        both = [name for name in variables if name in stored]
        differing = {name: why for name in both if (why := _misfit(stored[name], variables[name]))}
        absent = [name for name in variables if name not in stored]
        surplus = [name for name in stored if name not in variables]
        if not skip_mismatch and (absent or surplus or differing):
            raise ValueError(
                f"The weights in '{filepath}' do not fit model '{model.name}'."
                + _explain(absent, surplus, [f"{name}: {why}" for name, why in differing.items()])
            )
        fitting = [variables[name] for name in both if name not in differing]
        values = [read_as(stored[name], variables[name].array.dtype) for name in both if name not in differing]
    assign_all(fitting, values)


def _misfit(array, variable):
    """Why an array cannot be the variable's value; "" if it can."""
    if array.shape != variable.shape:
        return f"{array.shape} instead of {variable.shape}"
    try:
        check_fits(array, variable.shape, variable.array.dtype)
    except ValueError as error:
        return str(error)
    return ""


def _explain(absent, surplus, differing):
    words = ""
    if absent:
        words += f" Missing in the file: {few(absent)}.{did_you_mean(absent[0], surplus[:MAX_COMPARED])}"
    if surplus:
        words += f" Unknown to the model: {few(surplus)}."
    if differing:
        words += f" Of another shape: {few(differing)}."
    return words + " Pass `skip_mismatch=True` to set only those that fit."


def _by_name(model):
    weights = model.weights
    by_name = {weight.path: weight for weight in weights}
    if len(by_name) < len(weights):
        paths = [weight.path for weight in weights]
        twice = sorted({path for path in paths if paths.count(path) > 1})
        raise ValueError(f"Several weights have one path: {few(twice)}. Give the layers unique names.")
    return by_name
