"""`Metric`: variables, resets, stateless calls, user's own metrics."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import metrics, ops
from minikeras.base.naming import reset_uids
from minikeras.metrics.metric import add_to, divide_no_nan


class Hits(metrics.Metric):
    """As the docstring of `Metric` shows it."""

    def __init__(self, name="hits", **kwargs):
        super().__init__(name=name, **kwargs)
        self.hits = self.add_weight(name="hits", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.hits.assign_add(ops.sum(ops.cast(y_true == ops.round(y_pred), self.dtype)))

    def result(self):
        return self.hits


def test_own_metric():
    metric = Hits()
    y_true = keras.Tensor(np.array([1.0, 0.0, 1.0], "float32"))
    assert float(metric(y_true, keras.Tensor(np.array([0.9, 0.8, 0.7], "float32")))) == 2.0
    assert float(metric(y_true, y_true)) == 5.0
    metric.reset_state()
    assert float(metric.result()) == 0.0
    assert metric.get_config() == {"name": "hits", "dtype": "float32"}
    assert type(Hits.from_config(metric.get_config())) is Hits
    assert repr(metric) == "<Hits name=hits>"


def test_names_count_up_and_paths_begin_with_them():
    class Counting(metrics.Metric):
        def __init__(self):
            super().__init__()
            self.add_weight(name="first")
            self.add_variable((2,), "ones", name="second", dtype="int32")

    reset_uids()
    assert [Counting().name, Counting().name] == ["counting", "counting_1"]
    variables = Counting().variables
    assert [v.path for v in variables] == ["counting_2/first", "counting_2/second"]
    assert [(v.shape, v.dtype, v.trainable) for v in variables] == [((), "float32", False), ((2,), "int32", False)]
    np.testing.assert_array_equal(variables[1], [1, 1])


def test_metrics_in_attributes_lists_and_dicts_are_found_once():
    shared = metrics.Sum()

    class Nested(metrics.Metric):
        def __init__(self):
            super().__init__()
            self.mean = metrics.Mean()
            self.own = self.add_weight(name="own")
            self.several = [shared, {"again": shared}]

    assert [v.path.split("/")[-1] for v in Nested().variables] == ["own", "total", "count", "total"]


def test_base_class_says_what_to_define():
    metric = metrics.Metric()
    with pytest.raises(NotImplementedError, match="must define `update_state`"):
        metric.update_state(1)
    with pytest.raises(NotImplementedError, match="must define `result`"):
        metric.result()


def test_a_number_in_place_of_the_name():
    with pytest.raises(ValueError, match=r"must be a string. Received: name=0.4.*BinaryAccuracy\(threshold=0.4\)"):
        metrics.BinaryAccuracy(0.4)
    with pytest.raises(ValueError, match=r"Received: name=2.$"):
        metrics.RootMeanSquaredError(2)


def test_forgotten_super_init():
    class Forgetful(metrics.Metric):
        def __init__(self):
            self.total = self.add_weight()

    with pytest.raises(RuntimeError, match=r"must call `super\(\).__init__\(\)`"):
        Forgetful()


def test_stateless_calls():
    metric = metrics.Mean()
    metric.update_state([1.0, 3.0])
    assert [float(x) for x in metric.stateless_update_state([10.0, 2.0], [4.0])] == [14.0, 3.0]
    assert float(metric.stateless_result([14.0, 4.0])) == 3.5
    assert [float(x) for x in metric.stateless_reset_state()] == [0.0, 0.0]
    assert float(metric.result()) == 2.0
    with pytest.raises(ValueError, match="one value for each of the 2 variables"):
        metric.stateless_result([1.0])


def test_state_survives_an_error_in_a_stateless_call():
    metric = metrics.Mean()
    metric.update_state([1.0, 3.0])
    with pytest.raises(ValueError, match="Received"):
        metric.stateless_update_state([10.0, 2.0], np.ones((2, 3)), np.ones((4, 5)))
    assert float(metric.result()) == 2.0


def test_results_do_not_change_afterwards():
    metric = metrics.Sum()
    before = metric([1.0])
    held = metric.total.value
    metric.update_state([2.0])
    assert (float(before), float(held), float(metric.result())) == (1.0, 1.0, 3.0)


def test_tapes_see_nothing_of_metrics():
    x = keras.Tensor(np.ones(3, "float32"))
    with keras.GradientTape() as tape:
        tape.watch(x)
        metrics.MeanSquaredError().update_state(np.zeros(3, "float32"), x)
    assert tape.calls == []


def test_add_to_writes_in_place_unless_the_value_is_held():
    variable = keras.Variable(np.zeros(2, "float32"))
    array = variable.array
    del array
    add_to(variable, np.array([1.0, 2.0]))
    held = variable.value
    add_to(variable, 1)
    np.testing.assert_array_equal(held, [1.0, 2.0])
    np.testing.assert_array_equal(variable, [2.0, 3.0])


def test_divide_no_nan():
    numerator, denominator = np.array([1.0, 2.0, 0.0], "float32"), np.array([2.0, 0.0, 0.0], "float32")
    result = divide_no_nan(numerator, denominator)
    np.testing.assert_array_equal(result, [0.5, 0.0, 0.0])
    assert result.dtype == np.float32
