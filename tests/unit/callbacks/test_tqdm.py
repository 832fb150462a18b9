"""A callback of another package: tqdm's progress bars, which take `keras` from wherever it is imported."""

import io
import sys

import numpy as np
import pytest

import minikeras

pytest.importorskip("tqdm")


@pytest.fixture
def tqdm_callback(monkeypatch):
    """tqdm.keras, imported while `keras` means minikeras."""
    monkeypatch.setitem(sys.modules, "keras", minikeras)
    monkeypatch.delitem(sys.modules, "tqdm.keras", raising=False)
    from tqdm.keras import TqdmCallback

    yield TqdmCallback
    sys.modules.pop("tqdm.keras", None)


def test_bars_count_epochs_and_batches(tqdm_callback):
    model = minikeras.Sequential([minikeras.Input((3,)), minikeras.layers.Dense(1)])
    model.compile("sgd", "mse")
    bars = io.StringIO()
    model.fit(
        np.ones((20, 3)),
        np.ones((20, 1)),
        batch_size=5,
        epochs=3,
        verbose=0,
        callbacks=[tqdm_callback(verbose=2, file=bars, mininterval=0)],
    )
    text = bars.getvalue()
    assert "3/3" in text  # epochs
    assert "/4.00 " in text  # batches of an epoch
    assert "loss=" in text
