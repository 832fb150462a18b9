"""`PlannedModel`: the interface through which `plans/` sees a model whose steps may become plans."""

import math

from minikeras.autodiff.function import Function
from minikeras.trainers.compile_loss import CompileLoss


class PlannedModel:
    """A model as a `Planner` sees it.

    Args:
        trainer: the model.
    """

    def __init__(self, trainer):
        self._trainer = trainer

    @property
    def optimizer(self):
        """That of `compile`, or None."""
        return getattr(self._trainer, "optimizer", None)

    @property
    def variables(self):
        """All Variables."""
        return self._trainer.variables

    @property
    def layers(self):
        """The model and all layers in it, parents first."""
        return self._trainer._flatten_layers()

    @property
    def operations(self):
        """The same and the ops in graphs of functional models: everything that a step may call."""
        layers = self.layers
        in_graphs = [operation for layer in layers if isinstance(layer, Function) for operation in layer.operations]
        return list({id(operation): operation for operation in [*layers, *in_graphs]}.values())

    def forward_elements(self, rows):
        """The number of elements in the weights and in the results of a forward pass whose shapes its graphs know.

        Args:
            rows: number of samples in the batch.
        """
        graphs = [getattr(layer, "_functional", layer) for layer in self.layers]  # that of a Sequential
        nodes = [node for graph in graphs if isinstance(graph, Function) for node in graph._nodes]
        outputs = [output.shape for node in nodes for output in node.outputs]
        of_a_row = sum(math.prod(size for size in shape[1:] if size) for shape in outputs)
        return rows * of_a_row + sum(math.prod(variable.shape) for variable in self.variables)

    @property
    def losses(self):
        """The `Loss`es that `compile` was given, of all outputs."""
        compile_loss = self._trainer._compile_loss
        if compile_loss is None:
            return []
        return compile_loss.losses if type(compile_loss) is CompileLoss else [compile_loss]

    def predict_step(self, data):
        """Predict a batch in Python."""
        return self._trainer.predict_step(data)

    def step_logs(self):
        """The logs that a step of training or evaluation returns."""
        return self._trainer._step_logs()

    def returns_other_logs(self, kind):
        """Whether the user's class decides what a "train" or "test" step returns."""
        return self._trainer._steps_are_own(kind)
