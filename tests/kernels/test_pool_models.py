"""Models on the thread pool: weights that repeat bit for bit, many models and Python threads, Ctrl-C during `fit`."""

import hashlib
import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

import minikeras as keras
from minikeras.config import set_threads
from minikeras.kernels.autotuning import Autotuner
from minikeras.kernels.machine import pool
from tests.waiting import DEADLINE, interrupted_when, run_together

BATCH = 16


def small_cnn():
    """A network with all jobs that add up parts: kernel gradients by Winograd's method, direct and depthwise."""
    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [
            keras.layers.Input((12, 12, 3)),
            keras.layers.Conv2D(16, 5, activation="relu", padding="same"),
            keras.layers.Conv2D(32, 3, activation="relu", padding="same"),
            keras.layers.MaxPooling2D(),
            keras.layers.DepthwiseConv2D(3),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2),
            keras.layers.Flatten(),
            keras.layers.Dense(40, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def small_mlp(units):
    keras.utils.set_random_seed(units)
    model = keras.Sequential(
        [keras.layers.Input((50,)), keras.layers.Dense(units, activation="relu"), keras.layers.Dense(4)]
    )
    model.compile("rmsprop", "mse")
    return model


def fit_cnn(model, epochs=2):
    rng = np.random.default_rng(0)
    x, y = rng.random((8 * BATCH, 12, 12, 3), dtype=np.float32), rng.integers(0, 10, 8 * BATCH)
    return model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0)


def fit_mlp(model):
    rng = np.random.default_rng(1)
    x, y = rng.random((20 * BATCH, 50), dtype=np.float32), rng.random((20 * BATCH, 4), dtype=np.float32)
    model.fit(x, y, batch_size=BATCH, epochs=1, shuffle=False, verbose=0)


def digest(model):
    """Of the bits of all weights."""
    return hashlib.sha256(b"".join(weight.tobytes() for weight in model.get_weights())).hexdigest()


def digest_of_trained_cnn():
    set_threads(2)
    try:
        model = small_cnn()
        fit_cnn(model)
    finally:
        set_threads(None)
    return digest(model)


def test_weights_repeat_bit_for_bit_in_another_process_and_on_any_thread(monkeypatch):
    source = "from tests.kernels.test_pool_models import digest_of_trained_cnn; print(digest_of_trained_cnn())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path])}
    there = subprocess.check_output(
        [sys.executable, "-c", source], text=True, env=environment, timeout=DEADLINE
    ).strip()
    monkeypatch.setattr(Autotuner, "learn", lambda autotuner, seconds, runs: None)  # always on both threads
    assert digest_of_trained_cnn() == there
    pool.close()
    monkeypatch.setattr(pool.Pool, "_start", lambda self: None)  # one thread does the tasks of both
    assert digest_of_trained_cnn() == there


def test_models_by_turns_and_from_several_python_threads_learn_what_each_learns_alone():
    sizes = (8, 24, 40)
    alone = {}
    for units in sizes:
        model = small_mlp(units)
        for _ in range(4):
            fit_mlp(model)
        alone[units] = digest(model)
    by_turns = {units: small_mlp(units) for units in sizes}
    for _ in range(4):
        for model in by_turns.values():
            fit_mlp(model)
    assert {units: digest(model) for units, model in by_turns.items()} == alone

    together = {units: small_mlp(units) for units in sizes}

    def train(model):
        for _ in range(4):
            fit_mlp(model)

    run_together(*[partial(train, model) for model in together.values()])
    assert {units: digest(model) for units, model in together.items()} == alone


@pytest.mark.parametrize("count", [1, 2])
def test_ctrl_c_in_the_midst_of_fit_leaves_the_model_usable(count):
    set_threads(count)
    model = small_cnn()
    fit_cnn(model)
    steps = model.optimizer.iterations.numpy()
    trains = interrupted_when(lambda: model.optimizer.iterations.numpy() > steps, "another step has been made")
    with pytest.raises(KeyboardInterrupt), trains:
        fit_cnn(model, epochs=100_000)
    history = fit_cnn(model, epochs=3).history
    set_threads(None)
    assert np.isfinite(history["loss"]).all()
    assert np.isfinite(model.predict(np.ones((3, 12, 12, 3), np.float32), verbose=0)).all()
