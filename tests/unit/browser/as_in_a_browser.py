"""Run as a program: prints the losses of `digits_network.py` without what no browser has, or what is said there.

Blocked before minikeras is imported: Numba, llvmlite, h5py, ml_dtypes, threadpoolctl, processes, threads.
"""

import json
import sys
import sysconfig
import tempfile
import threading
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))
sysconfig.get_config_vars()  # it could not find its files for another platform's name

BLOCKED = ("numba", "llvmlite", "h5py", "ml_dtypes", "threadpoolctl", "_multiprocessing", "_posixsubprocess")


def _no_thread(*args, **kwargs):
    raise RuntimeError("can't start new thread")


def block():
    """Make this process like Pyodide's."""
    for name in BLOCKED:
        sys.modules[name] = None
    threading._start_new_thread = threading._start_joinable_thread = _no_thread
    sys.platform = "emscripten"
    warnings.simplefilter("error")


def report():
    """{what was done: what came of it}"""
    import numpy as np

    import minikeras as keras
    from tests.unit.browser.digits_network import losses

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return np.full((2, 3), index, "float32"), np.ones((2, 2), "float32")

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    batches = Batches(workers=2, use_multiprocessing=True)
    table = keras.utils.timeseries_dataset_from_array(np.arange(100.0), None, 4, batch_size=2)
    return {
        "losses": losses(),
        "workers": model.evaluate(batches, verbose=0),
        "windows": len(list(table)),
        "save": saved_and_loaded(model),
        "bfloat16": _error(lambda: keras.ops.cast(np.ones(3), "bfloat16")),
        "json": keras.models.model_from_json(model.to_json()).count_params(),
    }


def saved_and_loaded(model):
    """Whether a model comes back from a file, though nothing but Python can write it."""
    import numpy as np

    import minikeras as keras

    with tempfile.TemporaryDirectory() as folder:
        model.save(folder + "/model.keras")
        loaded = keras.models.load_model(folder + "/model.keras")
    pairs = zip(model.get_weights(), loaded.get_weights(), strict=True)
    return all(np.array_equal(ours, theirs) for ours, theirs in pairs)


def _error(function):
    try:
        return repr(function())
    except ImportError as error:
        return str(error)


if __name__ == "__main__":
    block()
    print(json.dumps(report()))
