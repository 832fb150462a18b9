"""Learning-rate schedules give the rates of tf.keras's, and have its configs."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

import minikeras  # noqa: E402
from tests.parity.comparing import assert_close  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

# Relative to the learning rate itself: cos, log and powers of two libraries, of which one rounding each may differ.
SCHEDULE = 1e-6


SCHEDULES = [
    ("ExponentialDecay", (0.1, 10, 0.5), {}),
    ("ExponentialDecay", (0.1, 7, 0.9), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 7, 0.9), {}),
    ("InverseTimeDecay", (0.1, 7, 0.9), {"staircase": True}),
    ("PolynomialDecay", (0.1, 30), {}),
    ("PolynomialDecay", (0.1, 30, 0.01, 0.5), {}),
    ("PolynomialDecay", (0.1, 30, 0.01, 2.0), {"cycle": True}),
    ("PiecewiseConstantDecay", ([5, 20, 30], [1.0, 0.5, 0.2, 0.1]), {}),
    ("CosineDecay", (0.1, 60), {"alpha": 0.1}),
    ("CosineDecay", (0.01, 60), {"alpha": 0.1, "warmup_target": 0.2, "warmup_steps": 13}),
    ("CosineDecayRestarts", (0.1, 10), {}),
    ("CosineDecayRestarts", (0.1, 1), {"t_mul": 3.0, "m_mul": 0.8}),
    ("CosineDecayRestarts", (0.1, 10), {"t_mul": 1.5, "m_mul": 0.8}),
    ("CosineDecayRestarts", (0.1, 10), {"t_mul": 1.0, "m_mul": 0.8, "alpha": 0.1}),
]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name, arguments, options", SCHEDULES, ids=str)
def test_schedules(name, arguments, options):
    ours, theirs = [
        getattr(library.optimizers.schedules, name)(*arguments, **options) for library in (minikeras, keras)
    ]
    config = keras.optimizers.schedules.serialize(theirs)
    assert minikeras.optimizers.schedules.serialize(ours) == config
    assert minikeras.optimizers.schedules.deserialize(config).get_config() == theirs.get_config()
    steps = range(150)
    rates, keras_rates = [np.array([schedule(step).numpy() for step in steps]) for schedule in (ours, theirs)]
    assert_close("learning-rate schedules", rates, keras_rates, SCHEDULE, name)
    curve = ours(np.arange(150)).numpy()
    assert_close("learning-rate schedules", curve, keras_rates, SCHEDULE, f"{name} of an array")
