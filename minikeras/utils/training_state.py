"""The state of a training in a file, so that another process can go on with it."""

import zipfile

import numpy as np


def save_state(model, path, **progress):
    """Write everything that the next training step depends on, except the data, to a `.npz` file.

    It holds all variables of the model ("model/0", …), the states of its random generators among them, those of the
    optimizer ("optimizer/0", …), and how far the training was ("progress/epoch").

    Args:
        model: a built and compiled Model.
        path: of the file.
        progress: numbers to keep with it, such as `epoch=3`.
    """
    arrays = {name: variable.numpy() for name, variable in _variables(model).items()}
    arrays.update({f"progress/{name}": np.asarray(value) for name, value in progress.items()})
    with open(path, "wb") as file:  # given a path, NumPy would put its own ending behind others
        np.savez(file, **arrays)


def load_state(model, path):
    """Set a model and its optimizer to what `save_state` wrote. Nothing is set unless all can be.

    Returns:
        The numbers that were kept with it, as a dict.

    Raises:
        EOFError: the file is not complete.
        ValueError: number or shapes of the variables differ.
    """
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise EOFError(f"The file {path} is not a complete .npz file.")
        with np.load(file, allow_pickle=False) as stored:  # reading a file must not run code
            arrays = {name: stored[name] for name in stored.files}
    progress = {name: arrays.pop(name) for name in list(arrays) if name.startswith("progress/")}
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    variables = _variables(model)
    if sorted(arrays) != sorted(variables):
        raise ValueError(
            f"The file {path} holds {len(arrays)} variables, but this model and its optimizer have {len(variables)}."
        )
    for name, variable in variables.items():
        if arrays[name].shape != tuple(variable.shape):
            raise ValueError(
                f"The file {path} has the shape {arrays[name].shape} for '{variable.path}', expected {variable.shape}."
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])
    return {name.removeprefix("progress/"): value.item() for name, value in progress.items()}


def _variables(model):
    groups = {"model": model.variables, "optimizer": model.optimizer.variables}
    return {f"{group}/{i}": variable for group, variables in groups.items() for i, variable in enumerate(variables)}
