"""Activation functions of which ONNX has operators with settings."""

import numpy as np

from minikeras.exporting.onnx.registry import converts
from minikeras.ops import smooth_activation


@converts(smooth_activation.Elu)
def elu(graph, step, x):
    return graph.add("Elu", graph.read(x, step.outputs[0].dtype), alpha=float(step.op.alpha))


@converts(smooth_activation.Celu)
def celu(graph, step, x):
    return graph.add("Celu", graph.read(x, np.float32), alpha=float(step.op.alpha))


@converts(smooth_activation.Selu)
def selu(graph, step, x):
    name = graph.read(x, step.outputs[0].dtype)
    return graph.add("Selu", name, alpha=float(step.op.alpha), gamma=float(step.op.scale))
