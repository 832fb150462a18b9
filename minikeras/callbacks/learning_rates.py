"""The learning rates of a model: of its optimizer, or of each inside a MultiOptimizer."""

import numpy as np


def optimizers_of(model):
    """The optimizers that have a learning rate: that of the model, or the inner ones of a MultiOptimizer."""
    optimizer = getattr(model, "optimizer", None)
    return getattr(optimizer, "optimizers", None) or [optimizer]


def learning_rates(model):
    """{"learning_rate": value} for the logs; "learning_rate_<name of the optimizer>" where there are several."""
    optimizers = optimizers_of(model)
    if optimizers == [model.optimizer]:
        return {"learning_rate": float(np.asarray(model.optimizer.learning_rate))}
    return {f"learning_rate_{o.name}": float(np.asarray(o.learning_rate)) for o in optimizers}
