"""LambdaCallback: functions as hooks."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.callbacks import LambdaCallback


def test_functions_are_called_as_hooks():
    seen = []
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    callback = LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(("epoch begins", epoch)),
        on_epoch_end=lambda epoch, logs: seen.append(("epoch ends", sorted(logs))),
        on_train_begin=lambda logs: seen.append("training begins"),
        on_train_end=lambda logs: seen.append("training ends"),
        on_train_batch_begin=lambda batch, logs: seen.append(("batch begins", batch)),
        on_train_batch_end=lambda batch, logs: seen.append(("batch ends", batch)),
        on_test_begin=lambda logs: seen.append("test begins"),
        colour="red",
    )
    model.fit(np.ones((4, 3)), np.ones((4, 1)), batch_size=2, verbose=0, callbacks=[callback])
    assert seen == [
        "training begins",
        ("epoch begins", 0),
        *[(f"batch {what}", batch) for batch in (0, 1) for what in ("begins", "ends")],
        ("epoch ends", ["loss"]),
        "training ends",
    ]
    model.evaluate(np.ones((4, 3)), np.ones((4, 1)), verbose=0, callbacks=[callback])
    assert seen[-1] == "test begins"
    assert callback.colour == "red"


def test_a_misspelt_hook_is_reported():
    with pytest.warns(UserWarning, match=r"no hook 'on_epoch_ends': nothing will call it. Did you mean 'on_epoch_end'"):
        LambdaCallback(on_epoch_ends=print)
