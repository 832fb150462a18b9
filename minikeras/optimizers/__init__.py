"""Optimizers: from gradients to new weights. Start reading at `optimizer.py`, then `sgd.py` and `adam.py`.

One formula, four ways. Each optimizer's file holds its formula once, an `UpdateRule`, and a class that says which slots
and scalars the formula takes:

    @update_rule(slots=2)
    def adam(w, g, square, m, v, alpha, one_minus_beta_1, one_minus_beta_2, epsilon): ...

    class Adam(Optimizer):
        rule = adam                                        # a property where it depends on settings
        def rule_slots(self): return self._momentums, self._velocities
        def rule_scalars(self, learning_rate, step): return alpha, 1 - β₁, 1 - β₂, ε

`Optimizer.update_step(gradient, variable, learning_rate)` applies it to one variable. The ways to apply it:

    a single variable            `update_step`: the formula on whole arrays in NumPy (any dtype; a debugger), or
                                 compiled into one loop
    all variables of a step      `fused_update.py`: one job changes all float32 variables and decays their weights in
                                 the same pass; update_step is not called
    a compiled plan              `plans/update.py`: the same job among those of the step
    the rows of an embedding     `kernels/row_updates.py`: the formula with sums of g and g² over a row's gradients

All four are made from the same function, so an optimizer with another formula needs only another `rule`:

    class Careful(keras.optimizers.Adam):
        rule = careful                                     # same parameters as `adam`

Lamb and Adafactor, whose steps depend on whole variables, have a `ScaledRule` and a `FactoredRule`, made of several
formulas. If a class defines `update_step` itself, that runs for each variable instead, in plans too, as Python in every
step; it gets the rows of an embedding summed. Muon, which multiplies matrices, is such a class.

Under a debugger nothing is fused or compiled: a breakpoint in `Adam.update_step` stops for each variable, one in the
function `adam` shows the formula at work on whole arrays.
"""

__replay__ = "computes"

from minikeras.base.missing_names import explain_missing_names
from minikeras.optimizers import legacy, schedules
from minikeras.optimizers.adadelta import Adadelta
from minikeras.optimizers.adafactor import Adafactor
from minikeras.optimizers.adagrad import Adagrad
from minikeras.optimizers.adam import Adam
from minikeras.optimizers.adamax import Adamax
from minikeras.optimizers.adamw import AdamW
from minikeras.optimizers.ftrl import Ftrl
from minikeras.optimizers.identifiers import deserialize, get, register_exports, serialize
from minikeras.optimizers.lamb import Lamb
from minikeras.optimizers.lion import Lion
from minikeras.optimizers.loss_scale_optimizer import LossScaleOptimizer
from minikeras.optimizers.multi_optimizer import MultiOptimizer, OptimizerMap
from minikeras.optimizers.muon import Muon
from minikeras.optimizers.nadam import Nadam
from minikeras.optimizers.optimizer import Optimizer
from minikeras.optimizers.rmsprop import RMSprop
from minikeras.optimizers.schedule_free_adamw import ScheduleFreeAdamW
from minikeras.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "legacy",
    "schedules",
    "serialize",
]

__getattr__ = explain_missing_names(__name__, __all__)

register_exports({name: globals()[name] for name in __all__})
