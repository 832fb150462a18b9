"""The state of a training in a file, so that another process can go on with it."""

import numpy as np

from minikeras.files.npz import open_npz, write_npz
from minikeras.files.stored_array import check_fits, read_as
from minikeras.utils.restoring import all_or_nothing, assign_all

WANTED = "a `.npz` file with the state of a training"


def save_state(model, path, **progress):
    """Write everything that the next training step depends on, except the data, to a `.npz` file.

    It holds all variables of the model ("model/0", …), the states of its random generators among them, those of the
    optimizer ("optimizer/0", …), and how far the training was ("progress/epoch"). An earlier file of that name is
    replaced only by a whole one.

    Args:
        model: a built and compiled Model.
        path: of the file.
        progress: numbers to keep with it, such as `epoch=3`.
    """
    arrays = {name: variable.array for name, variable in _variables(model).items()}
    arrays.update({f"progress/{name}": np.asarray(value) for name, value in progress.items()})
    write_npz(path, arrays)


def load_state(model, path):
    """Set a model and its optimizer to what `save_state` wrote. Nothing is set unless all can be.

    Returns:
        The numbers that were kept with it, as a dict.

    Raises:
        FileNotFoundError: there is no such file.
        UnreadableFileError: the file is damaged or not complete.
        ValueError: number or shapes of the variables differ.
    """
    optimizer = model.optimizer
    with open_npz(path, WANTED) as stored, all_or_nothing([*model.variables, *optimizer.variables], [optimizer]):
        if not optimizer.built:
            optimizer.build(model.trainable_variables)
        variables = _variables(model)
        progress = [name for name in stored if name.startswith("progress/")]
        if sorted({*stored} - {*progress}) != sorted(variables):
            raise ValueError(
                f"The file {path} holds {len(stored) - len(progress)} variables, but this model and its optimizer "
                f"have {len(variables)}."
            )
        for name, variable in variables.items():
            _check(stored[name], variable, path)
        values = [read_as(stored[name], variable.array.dtype) for name, variable in variables.items()]
        numbers = {name.removeprefix("progress/"): _number(stored[name], path) for name in progress}
        assign_all(list(variables.values()), values)
    return numbers


def _check(array, variable, path):
    if array.shape != variable.shape:
        raise ValueError(
            f"The file {path} has the shape {array.shape} for '{variable.path}', expected {variable.shape}."
        )
    try:
        check_fits(array, variable.shape, variable.array.dtype)
    except ValueError as error:
        raise ValueError(f"The file {path} does not fit '{variable.path}': {error}.") from error


def _number(array, path):
    if array.shape != () or array.dtype.kind not in "iuf":
        raise ValueError(f"The file {path} has no number for '{array.path}'. Received: an array {array.shape}.")
    return array.read().item()


def _variables(model):
    groups = {"model": model.variables, "optimizer": model.optimizer.variables}
    return {f"{group}/{i}": variable for group, variables in groups.items() for i, variable in enumerate(variables)}
