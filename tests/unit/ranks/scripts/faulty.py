"""A training on two or three ranks, of which rank 1 does what the argument says after some batches."""

import itertools
import os
import signal
import sys
from pathlib import Path

import keras
import numpy as np

from minikeras.collectives import across_hosts, waiting
from minikeras.collectives.world import world

sys.path.append(str(Path(__file__).parents[4]))  # where the package of tests is not installed
from tests.waiting import wait_until

KIND, RANK = sys.argv[1], world().rank
CALLS = itertools.count()
SAMPLES = 96 + (RANK if KIND == "lengths" else 0)
X = np.ones((SAMPLES, 4), "float32")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def fail():
    raise OSError("the disk is gone")


def wait_and_end():
    """Go on when the others have named this rank, and end three batches later."""
    wait_until(lambda: os.path.exists(REPORTED), "the others have named this rank")
    if next(CALLS) == 3:
        sys.exit(0)


def named(barriers, names, seconds):
    """In place of `Barriers.print_slow`: leave a note that rank 1 was named, too."""
    report(barriers, names, seconds)
    if any(name.startswith("rank 1") for name in names):  # and not another that a busy machine has kept
        Path(REPORTED).touch()


if KIND == "slow, then ends":  # the others name it at once
    REPORTED, report = sys.argv[2], waiting.Barriers.print_slow
    waiting.SLOW, across_hosts.SLOW, waiting.Barriers.print_slow = 0.0, 0.0, named

DEEDS = {
    "dies": die,
    "fails": fail,
    "interrupted": lambda: os.kill(os.getpid(), signal.SIGINT),
    "slow, then ends": wait_and_end,
}


class Deed(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if RANK == 1 and KIND in DEEDS and batch >= 2:
            DEEDS[KIND]()


def batches():
    for _ in range(3 + RANK):
        yield X[:8], X[:8, :1]


keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
if KIND == "lengths":
    model.fit(batches(), verbose=0)
    print("generators are done", flush=True)
if KIND == "waits":
    print("ready", flush=True)
    model.fit(X, X[:, :1], epochs=10**6, verbose=0)
model.fit(X, X[:, :1], batch_size=8, verbose=0, callbacks=[Deed()])
