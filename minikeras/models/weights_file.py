"""Weights in a `.npz` file: one array per variable, under its path. (Keras's `.h5` files come with `saving`.)"""

import os
import zipfile
from pathlib import Path

import numpy as np

from minikeras.suggestions import did_you_mean


def write_weights(model, filepath, overwrite=True):
    """Write all weights of a model to a `.npz` file.

    Raises:
        ValueError: the ending is not `.npz`, the model is not built, or two weights have one path.
        FileExistsError: the file is there and `overwrite` is False.
    """
    path = _checked(filepath)
    if path.exists() and not overwrite:
        raise FileExistsError(f"The file '{path}' exists already. Pass `overwrite=True`, or another name.")
    arrays = {name: variable.array for name, variable in _by_name(model).items()}
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part.npz")  # a crash must not leave half a file
    try:
        np.savez(unfinished, **arrays)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_weights(model, filepath, skip_mismatch=False):
    """Set the weights of a model from such a file. Nothing is set unless all can be.

    Args:
        skip_mismatch: leave out weights that are missing in the file or have another shape there.

    Raises:
        ValueError: the file is no such file, or weights are missing, left over, or of another shape.
    """
    path = _checked(filepath)
    variables = _by_name(model)
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise ValueError(f"'{path}' holds no weights: {error}") from error
    missing = [name for name in variables if name not in arrays]
    surplus = [name for name in arrays if name not in variables]
    both = [name for name in variables if name in arrays]
    differing = [name for name in both if arrays[name].shape != variables[name].shape]
    if not skip_mismatch and (missing or surplus or differing):
        raise ValueError(f"The weights in '{path}' do not fit model '{model.name}'." + _explain(
            missing, surplus, [f"{n}: {arrays[n].shape} instead of {variables[n].shape}" for n in differing]
        ))  # fmt: skip
    for name in both:
        if name not in differing:
            variables[name].assign(arrays[name])


def _explain(missing, surplus, differing):
    words = ""
    if missing:
        words += f" Missing in the file: {_few(missing)}.{did_you_mean(missing[0], surplus)}"
    if surplus:
        words += f" Unknown to the model: {_few(surplus)}."
    if differing:
        words += f" Of another shape: {_few(differing)}."
    return words + " Pass `skip_mismatch=True` to set only those that fit."


def _few(names):
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _checked(filepath):
    path = Path(filepath)
    if path.suffix != ".npz":
        raise ValueError(
            f"Weights are stored in `.npz` files for now; Keras's `.weights.h5` is still to come. "
            f"Received: filepath={str(filepath)!r}"
        )
    return path


def _by_name(model):
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' is not built, so it has no weights yet. Call it on data, or `build(input_shape)`."
        )
    weights = model.weights
    by_name = {weight.path: weight for weight in weights}
    if len(by_name) < len(weights):
        paths = [weight.path for weight in weights]
        twice = sorted({path for path in paths if paths.count(path) > 1})
        raise ValueError(f"Several weights have one path: {_few(twice)}. Give the layers unique names.")
    return by_name
