"""Averages of any Variables: by the definition, with a growing decay, by name."""

import numpy as np
import pytest

from minikeras import Variable
from minikeras.compat.tensorflow.train.exponential_moving_average import ExponentialMovingAverage, move_average


@pytest.mark.parametrize("updates, decay", [(None, 0.9), (2, 3 / 12)])
def test_averages(updates, decay):
    v = Variable([1.0, 2.0], name="v")
    average = ExponentialMovingAverage(0.9, num_updates=updates)
    average.apply([v])
    expected = np.array([1.0, 2.0])
    for value in ([3.0, 0.0], [5.0, 1.0]):
        v.assign(value)
        average.apply([v])
        expected = decay * expected + (1 - decay) * np.array(value)
    np.testing.assert_allclose(average.average(v).array, expected, rtol=1e-6)
    assert list(average.variables_to_restore()) == ["v_ExponentialMovingAverage"]
    assert average.average(Variable(1.0)) is None
    with pytest.raises(ValueError, match="var_list"):
        average.apply()


def test_one_step():
    average = Variable([2.0])
    move_average(average, np.array([4.0], "float32"), 0.75)
    np.testing.assert_allclose(average.array, [2.5])
