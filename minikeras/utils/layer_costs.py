"""The cost of each layer of a model for one sample: FLOPs, bytes of activations, time."""

import time
from dataclasses import dataclass

import numpy as np

from minikeras import tree
from minikeras.autodiff.costs import NOTHING, cost_of, nbytes
from minikeras.autodiff.observers import Observer, observing, open_layers
from minikeras.autodiff.state import unobserved
from minikeras.autodiff.tensor import Tensor
from minikeras.utils.kept_state import kept_state

RUNS = 3  # runs, of which the quickest counts


@dataclass
class LayerCost:
    """The cost of one forward pass of one sample: floating-point operations, bytes of the outputs, milliseconds."""

    flops: int = 0
    activation_bytes: int = 0
    milliseconds: float = float("inf")


def layer_costs(model):
    """{id of a layer: `LayerCost`} for all layers, those inside others too; the model's own is the total.

    The model runs on one sample of zeros, op by op, in inference mode. Each use of a layer that is used twice counts.

    Raises:
        ValueError: the shape of the inputs is not known yet.
    """
    inputs = _zeros(model)
    costs = {id(layer): LayerCost() for layer in model._flatten_layers()}
    with unobserved(), kept_state(model), np.errstate(all="ignore"):  # states of recurrent layers, seeds of noise
        model(inputs, training=False)  # the preparations of the first run do not count
        with observing(_Operations(costs)):
            model(inputs, training=False)
        for _ in range(RUNS):
            with observing(_Times()) as times:
                model(inputs, training=False)
            for key, seconds in times.seconds.items():
                cost = costs.setdefault(key, LayerCost())
                cost.milliseconds = min(cost.milliseconds, seconds * 1e3)
    return costs


def _zeros(model):
    shapes = getattr(model, "inputs", None)
    if not shapes:
        raise ValueError(
            f"`show_cost` needs the shape of the inputs, which '{model.name}' does not have yet. Give it an Input, or "
            "write it as a functional or Sequential model."
        )
    structure = getattr(model, "_inputs_struct", None)
    structure = shapes[0] if structure is None and len(shapes) == 1 else structure if structure is not None else shapes

    def zeros(x):
        return Tensor(np.zeros([1 if n is None else n for n in x.shape], x.dtype))

    return tree.map_structure(zeros, structure)


class _Operations(Observer):
    uses_ops = False

    def __init__(self, costs):
        self.costs = costs

    def op_called(self, op, inputs, outputs):
        cost = cost_of(op, inputs, outputs) if outputs else NOTHING
        for layer in open_layers():
            if id(layer) in self.costs:
                self.costs[id(layer)].flops += cost.flops or 0

    def layer_ended(self, layer, outputs):
        size = sum(map(nbytes, tree.flatten(outputs)))
        leaf = not list(layer._flatten_layers(include_self=False))
        for outer in [layer, *open_layers()] if leaf else ():
            if id(outer) in self.costs:
                self.costs[id(outer)].activation_bytes += size


class _Times(Observer):
    uses_ops = False

    def __init__(self):
        self.seconds, self._starts = {}, []

    def layer_begins(self, layer, args, kwargs):
        self._starts.append(time.perf_counter())

    def layer_ended(self, layer, outputs):
        passed = time.perf_counter() - self._starts.pop()
        self.seconds[id(layer)] = self.seconds.get(id(layer), 0.0) + passed
