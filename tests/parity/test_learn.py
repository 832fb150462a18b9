"""The oracles of `minikeras learn` agree with tf.keras, and a reader's file is compared with it in another process."""

import numpy as np
import pytest

import minikeras
from minikeras.tools import learn
from minikeras.tools.learn import beside_keras
from minikeras.tools.learn.exercise import Task, numpy_of
from tests.unit.tools.learn.test_exercises import SOLUTIONS, solution_of

tf_keras = pytest.importorskip("keras")

ROUNDING = 2e-7  # of the largest value: both keep learning rates and other factors in float32
TASKS = [(name, task) for name in learn.EXERCISES for task in learn.load(name).tasks if isinstance(task, Task)]


@pytest.mark.parametrize(
    "name, task", [(n, t) for n, t in TASKS if t.in_keras], ids=lambda x: getattr(x, "function", x)
)
def test_oracles_give_the_same_on_both(name, task):
    for description, arguments in task.cases():
        both = [task.oracle(keras, *arguments) for keras in (minikeras, tf_keras)]
        ours, theirs = (list(map(numpy_of, r)) if isinstance(r, tuple | list) else [numpy_of(r)] for r in both)
        for mine, other in zip(ours, theirs, strict=True):
            assert mine.dtype == np.asarray(other).dtype == "float64", description
            tolerance = ROUNDING * np.abs(mine).max()
            np.testing.assert_allclose(mine, other, rtol=0, atol=tolerance, err_msg=description)


@pytest.mark.full
def test_a_file_is_compared_with_tf_keras_in_another_process(tmp_path):
    assert beside_keras.check_beside("adam", SOLUTIONS / "adam.py") == [("adam", None)]
    file = tmp_path / "wrong.py"
    file.write_text(solution_of("dense").replace(" + bias", ""))
    ((function, hint),) = beside_keras.check_beside("dense", file)
    assert (function, hint.aspect) == ("dense", "missing term")
