"""Learning-rate schedules, by values that can be worked out by hand."""

import numpy as np
import pytest

from minikeras.autodiff import Variable
from minikeras.optimizers import schedules

ROUNDING = 1e-6  # a few float32 roundings of numbers of the size of 1

ROWS = [
    (schedules.ExponentialDecay(1.0, 10, 0.25), {0: 1.0, 5: 0.5, 10: 0.25, 20: 0.0625}),
    (schedules.ExponentialDecay(1.0, 10, 0.25, staircase=True), {0: 1.0, 9: 1.0, 10: 0.25, 19: 0.25}),
    (schedules.InverseTimeDecay(1.0, 10, 2.0), {0: 1.0, 5: 0.5, 10: 1 / 3}),
    (schedules.InverseTimeDecay(1.0, 10, 2.0, staircase=True), {9: 1.0, 10: 1 / 3, 19: 1 / 3}),
    (schedules.PolynomialDecay(1.0, 10, 0.5), {0: 1.0, 5: 0.75, 10: 0.5, 99: 0.5}),
    (schedules.PolynomialDecay(1.0, 10, 0.0, power=2.0), {5: 0.25}),
    (schedules.PolynomialDecay(1.0, 10, 0.0, cycle=True), {0: 1.0, 10: 0.0, 11: 0.45, 15: 0.25, 20: 0.0, 25: 1 / 6}),
    (schedules.PiecewiseConstantDecay([2, 4], [1.0, 0.5, 0.1]), {0: 1.0, 2: 1.0, 3: 0.5, 4: 0.5, 5: 0.1}),
    (schedules.PiecewiseConstantDecay([2.5], [1.0, 0.5]), {2: 1.0, 3: 0.5}),
    (schedules.CosineDecay(1.0, 10), {0: 1.0, 5: 0.5, 10: 0.0, 99: 0.0}),
    (schedules.CosineDecay(2.0, 10, alpha=0.5), {0: 2.0, 5: 1.5, 10: 1.0}),
    (
        schedules.CosineDecay(0.0, 10, warmup_target=1.0, warmup_steps=4),
        {0: 0.0, 1: 0.25, 4: 1.0, 9: 0.5, 14: 0.0, 99: 0.0},
    ),
    (schedules.CosineDecayRestarts(1.0, 10), {0: 1.0, 5: 0.5, 10: 1.0, 20: 0.5, 30: 1.0, 50: 0.5}),
    (schedules.CosineDecayRestarts(1.0, 10, t_mul=1.0, m_mul=0.5), {5: 0.5, 10: 0.5, 15: 0.25, 20: 0.25}),
    (schedules.CosineDecayRestarts(1.0, 10, alpha=0.5), {5: 0.75}),
]


@pytest.mark.parametrize("schedule, values", ROWS, ids=lambda value: type(value).__name__)
def test_values(schedule, values):
    for step, expected in values.items():
        for form in (step, np.int64(step), Variable(step, dtype="int64", name="step")):
            rate = schedule(form)
            assert rate.shape == ()
            assert rate.dtype == "float32"
            assert float(rate) == pytest.approx(expected, abs=ROUNDING)


@pytest.mark.parametrize("schedule, values", ROWS, ids=lambda value: type(value).__name__)
def test_an_array_of_steps_gives_the_curve(schedule, values):
    np.testing.assert_allclose(schedule(np.array(list(values))).numpy(), list(values.values()), atol=ROUNDING)


@pytest.mark.parametrize("schedule, values", ROWS, ids=lambda value: type(value).__name__)
def test_configs_round_trip(schedule, values):
    config = schedules.serialize(schedule)
    assert config["module"] == "keras.optimizers.schedules"
    assert config["class_name"] == type(schedule).__name__
    copy = schedules.deserialize(config)
    assert type(copy) is type(schedule)
    assert copy.get_config() == schedule.get_config()


def test_an_integer_rate_is_a_float():
    schedule = schedules.CosineDecay(0, 10, warmup_target=1.0, warmup_steps=4)
    assert float(schedule(1)) == 0.25


def test_a_double_rate_stays_double():
    assert schedules.ExponentialDecay(np.float64(0.1), 10, 0.5)(3).dtype == "float64"


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: schedules.ExponentialDecay(0.1, 0, 0.5), "`decay_steps` must be > 0. Received: decay_steps=0"),
        (lambda: schedules.CosineDecay(0.1, -1), "`decay_steps` must be > 0"),
        (lambda: schedules.CosineDecayRestarts(0.1, 0), "`first_decay_steps` must be > 0"),
        (lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]), "one value more than boundaries"),
        (lambda: schedules.deserialize("CosineDecai"), "Unknown schedule: 'CosineDecai'. Did you mean 'CosineDecay'"),
    ],
)
def test_misuse(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_schedule_of_your_own():
    class Hyperbola(schedules.LearningRateSchedule):
        def __init__(self, initial_learning_rate):
            self.initial_learning_rate = initial_learning_rate

        def __call__(self, step):
            return self.initial_learning_rate / (step + 1)

    schedule = Hyperbola(0.5)
    assert schedule(1) == 0.25
    assert Hyperbola.from_config(schedule.get_config())(1) == 0.25


def test_the_base_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="must override `__call__"):
        schedules.LearningRateSchedule()(1)
    with pytest.raises(NotImplementedError, match="must define `get_config"):
        schedules.LearningRateSchedule().get_config()
