"""The state of a training in a file, so that another process can continue with it."""

import numpy as np

from minikeras.collectives.strategy import current_strategy
from minikeras.collectives.writing import on_first_rank
from minikeras.formats.npz import open_npz, write_npz
from minikeras.formats.stored_array import check_fits, read_as
from minikeras.utils.restoring import all_or_nothing, assign_all

WANTED = "a `.npz` file with the state of a training"


@on_first_rank
def save_state(model, path, **progress):
    """Write everything that the next training step depends on, except the data, to a `.npz` file.

    It holds all variables of the model ("model/0", …), the states of its random generators among them, those of the
    optimizer ("optimizer/0", …) and of metrics ("metrics/0", …), and how far the training was ("progress/epoch"). An
    earlier file of that name is replaced only by a whole one.

    Args:
        model: a built and compiled Model.
        path: of the file.
        progress: numbers to keep with it, such as `epoch=3`.
    """
    arrays = {name: variable.array for name, variable in _variables(model).items()}
    arrays.update({f"metrics/{i}": variable.array for i, variable in enumerate(_metric_variables(model))})
    arrays.update({f"progress/{name}": np.asarray(value) for name, value in progress.items()})
    write_npz(path, arrays)


def load_state(model, path):
    """Restore a model and its optimizer from the file of `save_state`. Nothing is set unless everything can be.

    Returns:
        The numbers that were saved with it, as a dict.

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
        found = {*stored} - {*progress} - {name for name in stored if name.startswith("metrics/")}
        if sorted(found) != sorted(variables):
            raise ValueError(
                f"The file {path} holds {len(found)} variables, but this model and its optimizer have {len(variables)}."
            )
        for name, variable in variables.items():
            _check(stored[name], variable, path)
        values = [read_as(stored[name], variable.array.dtype) for name, variable in variables.items()]
        numbers = {name.removeprefix("progress/"): _number(stored[name], path) for name in progress}
        assign_all(list(variables.values()), values)
    return numbers


def read_metrics(path):
    """The states of metrics that `save_state` wrote, a list of arrays."""
    with open_npz(path, WANTED) as stored:
        count = sum(name.startswith("metrics/") for name in stored)
        return [stored[f"metrics/{i}"].read() for i in range(count)]


def add_to_metrics(model, states):
    """Add the states of earlier batches to those of a model's metrics, which have seen at least one batch themselves.

    Several ranks add their states later, so rank 0 alone takes them.

    Raises:
        ValueError: the model has other metrics.
    """
    variables = _metric_variables(model)
    if [state.shape for state in states] != [variable.shape for variable in variables]:
        raise ValueError(
            f"The backup has the states of {len(states)} variables of metrics, and this model's metrics have "
            f"{len(variables)}, or others: it was compiled with other metrics."
        )
    strategy = current_strategy()
    if strategy.replica == 0:
        for variable, state in zip(variables, states, strict=True):
            variable.assign(variable.array + state.astype(variable.array.dtype))


def _metric_variables(model):
    return [variable for metric in model.metrics for variable in metric.variables]


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
