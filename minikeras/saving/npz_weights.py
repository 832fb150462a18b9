"""Weights in a `.npz` file: one array per variable, under its path. (Not in Keras: for use without it.)"""

import zipfile

import numpy as np

from minikeras.saving.replacing import replacing
from minikeras.saving.unreadable import few, missing, unreadable
from minikeras.suggestions import did_you_mean

WANTED = "a `.npz` file of weights"


def write_weights(model, filepath):
    """Write all weights of a model to a `.npz` file. An earlier file of that name is replaced only by a whole one.

    Raises:
        ValueError: the model is not built, or two weights have one path.
    """
    arrays = {name: variable.array for name, variable in _by_name(model).items()}
    with replacing(filepath) as unfinished, open(unfinished, "wb") as file:
        np.savez(file, **arrays)


def read_weights(model, filepath, skip_mismatch=False):
    """Set the weights of a model from such a file. Nothing is set unless all can be.

    Args:
        skip_mismatch: leave out weights that are missing in the file or have another shape there.

    Raises:
        UnreadableFileError: the file is damaged or of another kind.
        ValueError: weights are missing, left over, or of another shape.
    """
    variables = _by_name(model)
    try:
        with open(filepath, "rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise missing(filepath, "weights") from None
    except (zipfile.BadZipFile, ValueError, EOFError, AttributeError) as error:  # AttributeError: an .npy file
        raise unreadable(filepath, WANTED, str(error)) from error
    absent = [name for name in variables if name not in arrays]
    surplus = [name for name in arrays if name not in variables]
    both = [name for name in variables if name in arrays]
    differing = [name for name in both if arrays[name].shape != variables[name].shape]
    if not skip_mismatch and (absent or surplus or differing):
        raise ValueError(f"The weights in '{filepath}' do not fit model '{model.name}'." + _explain(
            absent, surplus, [f"{n}: {arrays[n].shape} instead of {variables[n].shape}" for n in differing]
        ))  # fmt: skip
    for name in both:
        if name not in differing:
            variables[name].assign(arrays[name])


def _explain(absent, surplus, differing):
    words = ""
    if absent:
        words += f" Missing in the file: {few(absent)}.{did_you_mean(absent[0], surplus)}"
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
