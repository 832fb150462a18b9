"""The anomaly detector names the op, layer, element, rows and cause of twenty made cases, and nothing of healthy
ones.
"""

import numpy as np
import pytest

from minikeras import GradientTape, Input, Sequential, layers, ops, optimizers
from minikeras.autodiff.state import thread
from minikeras.tools.diagnosis.anomaly_detection import AnomalyError
from minikeras.utils import detect_anomaly
from tests.unit.tools.diagnosis.anomaly_cases import (
    BAD_ROW,
    BATCH,
    CASES,
    Function,
    bad_data,
    data,
    network,
    run,
    zero_at,
)


@pytest.mark.parametrize("name", CASES)
def test_names_the_cause(name):
    train, expected = CASES[name]
    with pytest.raises(AnomalyError) as caught:
        train()
    finding = caught.value.finding
    assert finding.cause == expected.cause, str(finding)
    assert expected.words in finding.explanation
    if expected.phase is not None:
        assert finding.phase == expected.phase, str(finding)
    if expected.op is not None:
        assert finding.op == expected.op, str(finding)
    if expected.layer is not None:
        assert finding.layer.rpartition("/")[2] == expected.layer
    assert not thread.observers
    assert not thread.eager_observers


def test_there_are_twenty_cases():
    assert len(CASES) >= 20


def test_says_element_rows_line_inputs_and_the_way_back():
    with pytest.raises(AnomalyError) as caught:
        run(lambda x: ops.log(zero_at(ops.absolute(x))))
    finding = caught.value.finding
    assert finding.rows == [2]
    assert finding.element == (2, 0)
    assert finding.value == "-inf"
    assert finding.step == 1
    assert any("test_anomaly_detection.py" in line and "ops.log" in line for line in finding.lines)
    assert "(8, 3), 0 … " in finding.inputs[0]
    assert [line.split(":")[0].split(" in ")[0] for line in finding.chain][:3] == ["Log", "Multiply", "Absolute"]
    assert "data x" in finding.leaf
    assert "before/kernel" in finding.leaf
    assert "after" in finding.becomes_nan
    text = str(finding)
    assert "Log in layer" in text
    assert "rows of the batch: 2" in text


def test_says_which_row_of_the_data():
    with pytest.raises(AnomalyError) as caught:
        bad_data()
    finding = caught.value.finding
    assert finding.name == "x"
    assert finding.rows == [BAD_ROW]
    assert finding.data_rows == [BAD_ROW]


def test_gradient_says_what_came_in():
    with pytest.raises(AnomalyError) as caught:
        run(lambda x: ops.sqrt(zero_at(x) * zero_at(x)))
    assert "gradient float32 (8, 3)" in caught.value.finding.inputs[-1]


def test_healthy_trainings_pass_with_the_same_numbers():
    losses = []
    for detect in (False, True):
        model = Sequential([Input((4,)), layers.Dense(3, "relu"), layers.Dense(1)])
        model.set_weights([np.full(w.shape, 0.1, "float32") for w in model.weights])
        model.compile("adam", "mse", run_eagerly=True)
        history = model.fit(*data(), epochs=2, shuffle=False, verbose=0, detect_anomaly=detect)
        losses.append(history.history["loss"])
    assert losses[0] == losses[1]


def test_infinities_that_a_mask_brings_are_no_fault():
    causal = np.where(np.tri(3, dtype=bool), 0, -np.inf).astype("float32")
    layer = Function(lambda x: ops.squeeze(ops.softmax(causal + ops.expand_dims(x, 1)) @ ops.expand_dims(x, 2), -1))
    network(layer).fit(*data(), batch_size=BATCH, verbose=0, detect_anomaly=True)


def test_gradients_that_a_loss_scale_skips_are_no_fault():
    model = Sequential([Input((4,)), layers.Dense(3, dtype="mixed_float16"), layers.Dense(1, dtype="mixed_float16")])
    model.compile(optimizers.LossScaleOptimizer(optimizers.SGD(0.01), initial_scale=2.0**20), "mse")
    model.fit(*data(), batch_size=BATCH, epochs=8, verbose=0, detect_anomaly=True)
    assert float(model.optimizer.dynamic_scale) < 2.0**20


def test_a_loop_of_ones_own():
    model = network(Function(lambda x: ops.log(ops.absolute(x) * 0.0)))
    x, y = data()
    with detect_anomaly():
        with GradientTape() as tape:
            loss = ops.mean(ops.square(model(x) - y))
        gradients = tape.gradient(loss, model.trainable_variables)
        with pytest.raises(AnomalyError) as caught:
            model.optimizer.apply(gradients, model.trainable_variables)
    assert caught.value.finding.op == "Log"
    assert caught.value.finding.cause == "logarithm"


def test_the_warning_without_the_switch_points_at_it():
    x, y = data()
    x[0] = np.nan
    with pytest.warns(UserWarning, match=r"not a finite number.*detect_anomaly=True"):
        network().fit(x, y, verbose=0)
