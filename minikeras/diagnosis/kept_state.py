"""`kept_state`: examinations run steps of a model, after which its state is what it was before."""

from contextlib import contextmanager


def state_of(model):
    """All Variables that a step may change: weights, seeds, statistics, slots of the optimizer, metrics."""
    optimizer = getattr(model, "optimizer", None)
    found = [*model.variables, *model.metrics_variables, *(optimizer.variables if optimizer is not None else ())]
    return list({id(variable): variable for variable in found}.values())


@contextmanager
def kept_state(model):
    """After it every Variable of the model, its optimizer and its metrics has the value from before."""
    before = [(variable, variable.array.copy()) for variable in state_of(model)]
    try:
        yield
    finally:
        for variable, array in before:
            variable.assign(array)
