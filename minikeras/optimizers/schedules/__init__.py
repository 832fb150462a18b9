"""Learning-rate schedules."""

from minikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule

__all__ = ["LearningRateSchedule"]
