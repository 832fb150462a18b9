"""Whole networks through the public API: `fit`, `train_on_batch`, `predict`, with metrics on and verbose=0."""

import numpy as np
import pytest

import minikeras
from benchmarks.networks import NETWORKS, data, trained

STEPS = 20  # of one timed `fit`
# Losses after the epochs that were timed on both sides: the roundings of some hundred steps have added up.
SAME_LOSS = 2e-2


def _pair(name, tf):
    make, shape = NETWORKS[name]
    ours = trained(minikeras, make)
    theirs = tf and trained(tf.keras, make, start=ours.get_weights())
    return ours, theirs, shape


def _same_losses(*losses):
    np.testing.assert_allclose(losses, losses[0], rtol=SAME_LOSS)


@pytest.mark.parametrize("batch", [32, 128])
@pytest.mark.parametrize("name", NETWORKS)
def test_fit(side_by_side, tf, name, batch):
    ours, theirs, shape = _pair(name, tf)
    x, y = data(shape, STEPS * batch)

    def epoch(model):
        return lambda: model.fit(x, y, batch_size=batch, shuffle=False, verbose=0).history["loss"][-1]

    side_by_side(
        f"{name}: fit, batch {batch}, {STEPS} steps",
        minikeras=epoch(ours),
        tensorflow=theirs and epoch(theirs),
        check=_same_losses,
        seconds=4.0,
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_train_on_batch(side_by_side, tf, name):
    ours, theirs, shape = _pair(name, tf)
    x, y = data(shape, 32)

    def step(model):
        return lambda: model.train_on_batch(x, y)[0]

    side_by_side(
        f"{name}: train_on_batch, batch 32",
        minikeras=step(ours),
        tensorflow=theirs and step(theirs),
        check=_same_losses,
        seconds=2.0,
    )


@pytest.mark.parametrize("samples", [1, 1024])
@pytest.mark.parametrize("name", NETWORKS)
def test_predict(side_by_side, tf, name, samples):
    ours, theirs, shape = _pair(name, tf)
    x, _ = data(shape, samples)

    def predict(model):
        return lambda: model.predict(x, batch_size=256, verbose=0)

    side_by_side(
        f"{name}: predict, {samples} samples",
        minikeras=predict(ours),
        tensorflow=theirs and predict(theirs),
        seconds=3.0,
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_call(side_by_side, tf, name):
    ours, theirs, shape = _pair(name, tf)
    x, _ = data(shape, 1)
    side_by_side(
        f"{name}: predict_on_batch, 1 sample",
        minikeras=lambda: ours.predict_on_batch(x),
        tensorflow=theirs and (lambda: theirs.predict_on_batch(x)),
        seconds=1.0,
    )
