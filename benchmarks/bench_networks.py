"""Whole networks through the public API: `fit`, `train_on_batch`, `predict`, with metrics on and verbose=0.

Next to the defaults of both sides are our steps without plans (`run_eagerly=True`), the settings by which TensorFlow's
users make `fit` faster (`steps_per_execution`, `jit_compile`), and a loop in PyTorch.
"""

import pytest

import minikeras
from benchmarks.goals import Goal, of_fit
from benchmarks.networks import (
    data,
    forward_operations,
    pair,
    same_losses,
    same_losses_and_pytorch,
    trained,
    training_operations,
)
from benchmarks.torch_networks import trainer

STEPS_PER_EXECUTION = 50
FITS = {  # (network, batch): steps of one timed `fit`, the ratio that it shall reach, and how the goals table calls it
    ("MLP", 32): (200, 8, "MLP, `fit`, batch 32"),
    ("MLP", 128): (100, 5, "MLP, `fit`, batch 128"),
    ("wide MLP", 128): (8, 1.2, "wide MLP 1024-2048-2048-10, `fit`, batch 128"),
    ("CNN", 32): (40, 4, "CNN, `fit`, batch 32"),
    ("CNN", 128): (16, 3, "CNN, `fit`, batch 128"),
    ("VGG block", 64): (3, 2.4, "VGG block, `fit`, batch 64"),
    ("CNN with BatchNormalization", 64): (
        16, 2.5, "CNN with BatchNorm, stride 2, global pooling, dropout, `fit`, batch 64"
    ),
    ("residual network", 32): (5, 3, "residual network of 1×1 and 3×3, functional, `fit`, batch 32"),
    ("separable CNN", 32): (16, 3, "depthwise-separable network, `fit`, batch 32"),
}  # fmt: skip


@pytest.mark.parametrize("name, batch", FITS)
def test_fit(side_by_side, tf, torch, name, batch):
    steps, ratio, title = FITS[name, batch]
    ours, theirs, shape = pair(name, tf)
    start = ours.get_weights()
    x, y = data(shape, steps * batch)

    def epoch(model):
        return lambda: model.fit(x, y, batch_size=batch, shuffle=False, verbose=0).history["loss"][-1]

    def tuned(**settings):
        return tf and epoch(trained(tf.keras, name, start, **settings))

    pytorch = trainer(torch, ours)
    side_by_side(
        f"{name}: fit, batch {batch}",
        goals=of_fit(title, ratio),
        calls=steps,
        unit="step",
        work=(training_operations(ours) * batch, 0),
        check=same_losses_and_pytorch if pytorch else same_losses,
        seconds=10.0,
        rounds=5,
        minikeras=epoch(ours),
        eager=epoch(trained(minikeras, name, start, run_eagerly=True)),
        tensorflow=theirs and epoch(theirs),
        steps_per_execution=tuned(steps_per_execution=min(steps, STEPS_PER_EXECUTION)),
        jit_compile=tuned(jit_compile=True),
        pytorch=pytorch and (lambda: pytorch.fit(x, y, batch)),
    )


@pytest.mark.parametrize("name", ["MLP", "CNN"])
def test_train_on_batch(side_by_side, tf, name):
    ours, theirs, shape = pair(name, tf)
    x, y = data(shape, 32)

    def step(model):
        return lambda: model.train_on_batch(x, y)[0]

    side_by_side(
        f"{name}: train_on_batch, batch 32",
        work=(training_operations(ours) * 32, 0),
        check=same_losses,
        seconds=1.0,
        minikeras=step(ours),
        tensorflow=theirs and step(theirs),
    )


PREDICTIONS = {  # (network, samples, batch): goal
    ("MLP", 1, 32): Goal("MLP, `predict` 1 sample", 1000),
    ("CNN", 1, 32): Goal("CNN, `predict` 1 sample", 500),
    ("VGG block", 1, 32): Goal("VGG block, `predict` 1 sample", 50),
    ("MLP", 10_000, 256): None,
    ("CNN", 10_000, 256): Goal("CNN, `predict` 10 000 samples, batch 256", 3),
    ("VGG block", 1000, 128): Goal("VGG block, `predict` 1000 samples, batch 128", 2.2),
}


@pytest.mark.parametrize("name, samples, batch", PREDICTIONS)
def test_predict(side_by_side, tf, torch, name, samples, batch):
    ours, theirs, shape = pair(name, tf)
    x, _ = data(shape, samples)
    goal = PREDICTIONS[name, samples, batch]

    def predict(model):
        return lambda: model.predict(x, batch_size=batch, verbose=0)

    def tuned(**settings):
        return tf and predict(trained(tf.keras, name, ours.get_weights(), **settings))

    pytorch = trainer(torch, ours)
    side_by_side(
        f"{name}: predict, {samples:,} samples" if samples > 1 else f"{name}: predict, 1 sample",
        goals=(goal,) if goal else (),
        work=(forward_operations(ours) * samples, 0),
        seconds=1.0,
        rounds=5,
        minikeras=predict(ours),
        tensorflow=theirs and predict(theirs),
        steps_per_execution=tuned(steps_per_execution=-(-samples // batch)) if samples > batch else None,
        jit_compile=tuned(jit_compile=True),
        pytorch=pytorch and (lambda: pytorch.predict(x, batch)),
    )


@pytest.mark.parametrize("name, ratio", [("MLP", 20), ("CNN", 10)])
def test_predict_on_batch(side_by_side, tf, torch, name, ratio):
    ours, theirs, shape = pair(name, tf)
    x, _ = data(shape, 1)
    jitted = tf and trained(tf.keras, name, ours.get_weights(), jit_compile=True)
    pytorch = trainer(torch, ours)
    side_by_side(
        f"{name}: predict_on_batch, 1 sample",
        goals=(Goal(f"{name}, `predict_on_batch` 1 sample", ratio),),
        work=(forward_operations(ours), 0),
        minikeras=lambda: ours.predict_on_batch(x),
        tensorflow=theirs and (lambda: theirs.predict_on_batch(x)),
        jit_compile=jitted and (lambda: jitted.predict_on_batch(x)),
        pytorch=pytorch and (lambda: pytorch.predict(x, 1)),
    )
