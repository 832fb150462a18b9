"""Learning-rate schedules: the learning rate as a function of the step."""

from minikeras.optimizers.schedules.cosine_decay import CosineDecay
from minikeras.optimizers.schedules.cosine_decay_restarts import CosineDecayRestarts
from minikeras.optimizers.schedules.exponential_decay import ExponentialDecay
from minikeras.optimizers.schedules.identifiers import deserialize, serialize
from minikeras.optimizers.schedules.inverse_time_decay import InverseTimeDecay
from minikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from minikeras.optimizers.schedules.piecewise_constant_decay import PiecewiseConstantDecay
from minikeras.optimizers.schedules.polynomial_decay import PolynomialDecay

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]
