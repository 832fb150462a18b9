"""`kept_state`: lets steps of a model run, and restores everything that they changed.

So a model can be examined in the middle of a training, or a step of it recorded, and the training continues with the
same bits and the same plans.
"""

import random
from contextlib import contextmanager

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.random.seed_generator import forget_global_seed_generator, known_global_seed_generator


class SavedState:
    """The state of a model: weights, seeds, the optimizer's slots, metrics, the shared random generators.

    Changes that user code makes elsewhere (a counter, a list, a file) are not part of it.
    """

    def __init__(self, model):
        self.model = model
        self._saved = [(variable, variable.handle, np.array(variable.array)) for variable in state_of(model)]
        self._has_shared_generator = known_global_seed_generator() is not None
        self._generators = random.getstate(), np.random.get_state()  # noqa: NPY002 - those that scripts may use

    def restore(self):
        """Restore everything, into the same arrays, which plans know by address."""
        known = set()
        for variable, tensor, array in self._saved:
            known.add(id(variable))
            if not tensor.array.flags.writeable:
                tensor = Tensor(np.array(array))
            tensor.array[...] = array
            variable.rebind(tensor)
        for metric in self.model.metrics:
            if any(id(variable) not in known for variable in metric.variables):
                metric.reset_state()  # it was built meanwhile
        if not self._has_shared_generator:
            forget_global_seed_generator()
        random.setstate(self._generators[0])
        np.random.set_state(self._generators[1])  # noqa: NPY002


def state_of(model):
    """All Variables that a step may change: weights, seeds, statistics, slots of the optimizer, metrics."""
    optimizer = getattr(model, "optimizer", None)
    slots = [] if optimizer is None else optimizer.variables
    shared = known_global_seed_generator()
    found = [*model.variables, *slots, *model.metrics_variables, *([] if shared is None else [shared.state])]
    return list({id(variable): variable for variable in found}.values())


@contextmanager
def kept_state(model):
    """Restore the model's state at the end, even after an error or Ctrl-C. Yields the `SavedState`."""
    saved = SavedState(model)
    try:
        yield saved
    finally:
        saved.restore()
