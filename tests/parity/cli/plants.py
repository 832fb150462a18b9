"""Errors to plant into minikeras, for `compare` to find. Loaded by the observed processes as their `sitecustomize`.

The environment variable PLANT names the error. The process of TensorFlow loads this too, where it changes nothing, as
minikeras is not used there.
"""

import functools
import os

import minikeras
from minikeras import ops
from minikeras.plans.planner import Planner
from minikeras.plans.step import Replayed


def with_attribute(cls, name, value):
    """Objects of the class have another value of `name` than their constructor's argument."""
    original = cls.__init__

    @functools.wraps(original)
    def constructor(self, *args, **kwargs):
        original(self, *args, **kwargs)
        setattr(self, name, value)

    cls.__init__ = constructor


def wrong_epsilon():
    """Adam divides by √v + 1e-3."""
    with_attribute(minikeras.optimizers.Adam, "epsilon", 1e-3)


def wrong_momentum():
    """The moving averages of BatchNormalization forget faster."""
    with_attribute(minikeras.layers.BatchNormalization, "momentum", 0.9)


def wrong_padding():
    """Padding "same" puts the extra row on top instead of below: the image lies one row lower."""
    original = minikeras.layers.Conv2D.call

    @functools.wraps(original)
    def call(self, inputs):
        if self.padding == "same":
            inputs = ops.concatenate([ops.zeros_like(inputs[:, :1]), inputs[:, :-1]], axis=1)
        return original(self, inputs)

    minikeras.layers.Conv2D.call = call


def wrong_plan():
    """Replayed plans move the last bias; on the tape all is right."""
    original = Planner.next

    @functools.wraps(original)
    def next_step(self, kind, batches, first):
        step = original(self, kind, batches, first)
        if isinstance(step, Replayed):
            bias = self.model.layers[-1].bias
            bias.assign(bias + 0.01)
        return step

    Planner.next = next_step


PLANTS = {"epsilon": wrong_epsilon, "momentum": wrong_momentum, "padding": wrong_padding, "plan": wrong_plan}

if os.environ.get("PLANT"):
    PLANTS[os.environ["PLANT"]]()
