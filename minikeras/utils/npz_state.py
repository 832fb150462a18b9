"""Weights and training states in NumPy's .npz files, which anything that knows NumPy can read.

A file of weights holds arrays "model/0", "model/1", … in the order of `model.get_weights()`. A state holds all
variables of the model, the states of its random generators among them, those of the optimizer ("optimizer/0", …), and
how far the training was ("progress/epoch").
"""

import zipfile

import numpy as np


def save_weights(model, path):
    """Write a model's weights: by its own `save_weights`, or as plain arrays if the path ends in ".npz".

    Raises:
        ValueError: the ending is another one, and the model has no `save_weights`.
    """
    if str(path).endswith(".npz"):
        _write(path, {"model": model.weights})
    elif hasattr(model, "save_weights"):
        model.save_weights(path, overwrite=True)
    else:
        raise ValueError(f"Weights of this model can be saved in a file that ends in `.npz`. Received: {path}")


def load_weights(model, path):
    """Set a model's weights to what `save_weights` wrote to an .npz file.

    Raises:
        ValueError: number or shapes of the weights differ.
    """
    _read(path, {"model": model.weights})


def save_state(model, path, **progress):
    """Write everything that the next training step depends on, except the data.

    Args:
        model: a Model whose optimizer is built.
        path: of the file.
        progress: numbers to keep with it, such as `epoch=3`.
    """
    _write(path, _state(model), progress)


def load_state(model, path):
    """Set a model and its optimizer to what `save_state` wrote.

    Returns:
        The numbers that were kept with it, as a dict.

    Raises:
        ValueError: number or shapes of the variables differ.
        EOFError: the file is not complete.
    """
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return _read(path, _state(model))


def _state(model):
    return {"model": model.variables, "optimizer": model.optimizer.variables}


def _write(path, groups, progress=None):
    arrays = {f"{group}/{i}": v.numpy() for group, variables in groups.items() for i, v in enumerate(variables)}
    arrays.update({f"progress/{name}": np.asarray(value) for name, value in (progress or {}).items()})
    with open(path, "wb") as file:  # given a path, NumPy would put its own ending behind others
        np.savez(file, **arrays)


def _read(path, groups):
    variables = {f"{group}/{i}": v for group, variables in groups.items() for i, v in enumerate(variables)}
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise EOFError(f"The file {path} is not a complete .npz file.")
        with np.load(file) as stored:  # no pickles: reading a file must not run code
            arrays = {name: stored[name] for name in stored.files}
    progress = {name: arrays.pop(name) for name in list(arrays) if name.startswith("progress/")}
    if sorted(arrays) != sorted(variables):
        raise ValueError(
            f"The file {path} holds {len(arrays)} variables, but this model (and its optimizer) has {len(variables)}."
        )
    for name, variable in variables.items():
        if arrays[name].shape != tuple(variable.shape):
            raise ValueError(
                f"The file {path} has the shape {arrays[name].shape} for '{variable.path}', expected {variable.shape}."
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])
    return {name.removeprefix("progress/"): value.item() for name, value in progress.items()}
