"""Run in Node's Pyodide (`in_node.mjs`): micropip installs the wheel, the digits network trains. Prints JSON."""

import importlib
import json
import pkgutil
import sys
import warnings
from pathlib import Path

import micropip

warnings.simplefilter("error")
wheel = next(Path("/files").glob("*.whl"))
await micropip.install(f"emfs:{wheel}")  # noqa: F704  Pyodide runs it within a coroutine

import numpy as np  # noqa: E402  it comes with the wheel

import minikeras as keras  # noqa: E402  installed by the line above
from minikeras.tensors.ragged import RaggedTensor, segment_ids_to_row_splits  # noqa: E402

model = keras.Sequential([keras.Input((8, 8)), keras.layers.LSTM(4), keras.layers.Dense(2)])
model.compile("sgd", "mse")
model.summary(print_fn=lambda line: None)


def saved():
    """Whether the model comes back from a file that was written without h5py."""
    model.save("model.keras")
    pairs = zip(model.get_weights(), keras.models.load_model("model.keras").get_weights(), strict=True)
    return all(np.array_equal(ours, theirs) for ours, theirs in pairs)


def modules_that_fail():
    """{module: error} of those that cannot be imported though the wheel has them."""
    failed = {}
    for module in pkgutil.walk_packages(keras.__path__, "minikeras."):
        if not module.name.endswith("__main__"):
            try:
                importlib.import_module(module.name)
            except Exception as error:
                failed[module.name] = repr(error)
    return failed


def counted():
    """What counts by indices, which have 32 bits here: a recorded step, `bincount`, an AUC, rows, grey values."""
    area = keras.metrics.AUC(num_thresholds=10)
    area.update_state(np.array([0, 1, 1]), np.array([0.1, 0.4, 0.9]))
    page = model.explain_step(np.ones((2, 8, 8), "float32"), np.ones((2, 2), "float32")).to_html()
    rows = RaggedTensor.from_value_rowids([1, 2, 3], np.array([0, 2, 2]))
    splits = segment_ids_to_row_splits(np.array([0, 2, 2]))
    grey = keras.layers.Equalization()(np.arange(8.0, dtype="float32").reshape(1, 2, 4, 1))
    return {
        "bincount": keras.ops.bincount(np.array([0, 2, 2])).numpy().tolist(),
        "area": float(area.result()),
        "page": "<html" in page,
        "rows": rows.row_lengths().numpy().tolist(),
        "splits": splits.numpy().tolist(),
        "brightest": float(grey.numpy().max()),
    }


program = """PROGRAM"""
exec(compile(program, "digits_network.py", "exec"))
print(
    json.dumps(
        {
            "losses": losses(),  # noqa: F821  the program defines it
            "platform": sys.platform,
            "installed": sorted(micropip.list()),
            "saved": saved(),
            "counted": counted(),
            "failed": modules_that_fail(),
        }
    )
)
