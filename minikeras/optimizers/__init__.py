"""Optimizers: from gradients to new weights. Start reading at `optimizer.py`, then `sgd.py` and `adam.py`."""

from minikeras.optimizers import schedules
from minikeras.optimizers.adam import Adam
from minikeras.optimizers.adamw import AdamW
from minikeras.optimizers.lookup import deserialize, get, serialize
from minikeras.optimizers.optimizer import Optimizer
from minikeras.optimizers.rmsprop import RMSprop
from minikeras.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]
