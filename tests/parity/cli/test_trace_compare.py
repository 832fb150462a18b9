"""`python -m minikeras trace --compare`: one step on TensorFlow and here, layer by layer."""

import pytest

from minikeras.cli.compare.comparing import compare_step

ROUNDING = 1e-5  # of one step of a small network in float32, relative
SCRIPT = """
import numpy as np
import keras
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu", name="hidden"), keras.layers.Dense(3)])
model.compile("sgd", "mse")
x = np.random.default_rng(0).normal(size=(16, 6)).astype("float32")
model.fit(x, x[:, :3], batch_size=8, verbose=0)
"""


@pytest.mark.full
def test_a_step_s_arrays_are_compared_layer_by_layer(tmp_path):
    pytest.importorskip("tensorflow")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    found = compare_step(script, [], 1)
    assert found["first"] is None
    assert {"hidden"} <= {row["name"].rpartition("/")[2] for row in found["rows"]}
    for row in found["rows"]:
        assert row["deviation"] < ROUNDING
        assert row["ours"] == pytest.approx(row["theirs"], rel=ROUNDING, abs=ROUNDING)
