"""Models to record, and how their states are compared."""

import numpy as np

from tests.unit.autodiff import observed
from tests.unit.tools.tracing.networks import floats

X, Y = floats(40, 6), np.arange(40) % 3
ROUNDING = 1e-6  # of gradients of a few ops in float32, computed once by single ops and once by fused ones


def classifier(run_eagerly=False, **arguments):
    return observed.classifier(run_eagerly, **arguments)


def state_of(model):
    return [v.numpy() for v in [*model.variables, *model.optimizer.variables, *model.metrics_variables]]
