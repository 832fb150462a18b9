"""`python -m minikeras trace --compare`: one step on TensorFlow and here, op by op, in float32 and in float64."""

import pytest

from minikeras.tools.cli.compare import processes
from minikeras.tools.cli.compare.one_step import compare_step, with_events
from minikeras.tools.cli.main_module import run_file
from minikeras.tools.tracing import StepWatcher, Trace
from tests.backend_server import run_by_servers

ROUNDING = 1e-5  # of one step of a small network in float32, relative
FLOAT64 = 1e-12  # the same in float64
SCRIPT = """
import numpy as np
import keras
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((6, 4)), keras.layers.LSTM(5, return_sequences=True, name="lstm"), keras.layers.LayerNormalization(),
    keras.layers.Flatten(), keras.layers.Dense(8, "relu", name="hidden"), keras.layers.Dense(3),
])
model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse")
x = np.random.default_rng(0).normal(size=(16, 6, 4)).astype("float32")
model.fit(x, x[:, 0, :3], batch_size=8, verbose=0)
"""


@pytest.mark.full
@pytest.mark.skipif(processes.tensorflow_is_missing(), reason="TensorFlow is not installed")
def test_a_step_s_arrays_and_ops_are_compared(tmp_path, monkeypatch, backend_servers):
    monkeypatch.setattr(processes, "run_process", run_by_servers(backend_servers, processes.run_process))
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    found = compare_step(script, [], 1)
    assert found["first"] is None
    assert {"hidden"} <= {row["name"].rpartition("/")[2] for row in found["rows"]}
    for row in found["rows"]:
        assert row["deviation"] < ROUNDING
        assert row["in_float64"] < FLOAT64
        assert row["ours"] == pytest.approx(row["theirs"], rel=ROUNDING, abs=ROUNDING)
    paired = {(op["op"], op["backward"]): op["theirs"] for op in found["ops"] if op["theirs"]}
    assert paired["LSTMLoop", False] is not None  # all steps of the loop, beside TensorFlow's stacked ones
    assert paired["ProductEpilogue", False] in ("Relu", "BiasAdd", "AddV2")
    pairs = [op for op in found["ops"] if op["theirs"]]
    assert max(op["deviation"] for op in pairs) < ROUNDING
    assert [(op["op"], op["backward"]) for op in pairs if "in_float64" not in op] == []
    assert max(op["in_float64"] for op in pairs) < FLOAT64

    monkeypatch.setitem(__import__("sys").modules, "keras", __import__("minikeras"))
    trace = Trace()
    watcher = StepWatcher([1], 1e6, trace)
    watcher.begin()
    run_file(script, [])
    watcher.finish()
    step = trace.step()
    ops = with_events(found, step)["ops"]
    assert all("event" in op for op in ops)
    for op in ops:  # of the same numbers but for rounding: the step before was made by a plan
        event = step.events[op["event"]]
        array = step.values[event.outputs[op["output"]]].array
        assert array.reshape(op["shape"]).size == array.size
        if op["theirs"] and op["worst"]["at"] is not None and event.name != "draw_mask":
            assert float(array[tuple(op["worst"]["at"])]) == pytest.approx(
                op["worst"]["ours"], rel=ROUNDING, abs=ROUNDING
            )
