"""The names of all optimizers, and variables and tensors for them."""

import numpy as np

from minikeras.autodiff import Tensor, Variable

ALL = [
    *("SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Adafactor"),
    *("Nadam", "Ftrl", "Lion", "Lamb", "Muon", "ScheduleFreeAdamW"),
]


def make(values=(1.0, 2.0), name="w"):
    return Variable(np.array(values, "float32"), name=name)


def tensor(*values):
    return Tensor(np.array(values, "float32"))
