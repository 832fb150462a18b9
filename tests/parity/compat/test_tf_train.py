"""`tf.train` of the shim against the live one: what is saved comes back, under the same file names."""

import os
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402
from tests.parity.comparing import SAME_FORMULA, STEPS  # noqa: E402
from tests.parity.compat.snippets import check_snippet, compare, outcome  # noqa: E402

GROUP = "compat: tf.train"
X, Y = np.ones((4, 2), "float32"), np.full((4, 3), 2.0, "float32")
ENDINGS = (".index", ".npz", ".data-00000-of-00001")  # of the files with the numbers: ours, and TensorFlow's


@pytest.fixture
def both(tmp_path):
    """Runs `snippet(tf, folder)` on both sides, each in a folder of its own, and compares the results."""

    def run(snippet, tolerance=SAME_FORMULA):
        results = []
        with tensor_attributes_installed():
            for name, side in (("ours", shim), ("theirs", tf)):
                folder = tmp_path / name
                folder.mkdir()
                results.append(outcome(lambda side, folder=folder: snippet(side, str(folder)), side))
            compare(*results, GROUP, tolerance, snippet.__name__)

    return run


def shown(folder, path):
    """A path without the folder, which differs."""
    return None if path is None else os.path.relpath(path, folder)


def checkpoints_in(folder):
    return sorted({name.removesuffix(e) for name in os.listdir(folder) for e in ENDINGS if name.endswith(e)})


def model_and_checkpoint(tf, seed=1):
    tf.keras.utils.set_random_seed(seed)
    model = tf.keras.Sequential([tf.keras.layers.Dense(3), tf.keras.layers.BatchNormalization()])
    optimizer = tf.keras.optimizers.Adam(0.1)
    return model, optimizer, tf.train.Checkpoint(model=model, optimizer=optimizer, step=tf.Variable(0))


def train(tf, model, optimizer, steps):
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(X) - Y) ** 2)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return loss


def training_goes_on_after_restoring_into_built_objects(tf, folder):
    model, optimizer, checkpoint = model_and_checkpoint(tf)
    train(tf, model, optimizer, 3)
    checkpoint.step.assign(3)
    path = checkpoint.save(folder + "/ck")
    loss = train(tf, model, optimizer, 2)
    other, other_optimizer, other_checkpoint = model_and_checkpoint(tf, seed=2)
    train(tf, other, other_optimizer, 1)
    other_checkpoint.restore(path).assert_consumed()
    return loss, train(tf, other, other_optimizer, 2), other_checkpoint.step, other_optimizer.iterations.numpy()


def training_goes_on_after_restoring_into_unbuilt_objects(tf, folder):
    model, optimizer, checkpoint = model_and_checkpoint(tf)
    train(tf, model, optimizer, 3)
    path = checkpoint.save(folder + "/ck")
    loss = train(tf, model, optimizer, 2)
    other, other_optimizer, other_checkpoint = model_and_checkpoint(tf, seed=2)
    status = other_checkpoint.restore(path)
    iterations = int(other_optimizer.iterations.numpy())
    again = train(tf, other, other_optimizer, 2)
    status.assert_consumed()
    return loss, again, iterations


def saving_counts_and_names(tf, folder):
    checkpoint = tf.train.Checkpoint(v=tf.Variable([1.0, 2.0]))
    paths = [checkpoint.save(folder + "/ck") for _ in range(3)]
    written = checkpoint.write(folder + "/once")
    return (
        [shown(folder, p) for p in paths],
        shown(folder, written),
        checkpoint.save_counter,
        shown(folder, tf.train.latest_checkpoint(folder)),
        tf.train.latest_checkpoint(folder + "/none"),
        checkpoints_in(folder),
        Path(folder, "checkpoint").read_text().splitlines()[0],
        shown(folder, checkpoint.save(folder + "/new/folder/ck")),
    )


def looking_into_a_checkpoint(tf, folder):
    checkpoint = tf.train.Checkpoint(step=tf.Variable(3), table=[tf.Variable([[1.0, 2.0]]), tf.Variable(5.0)])
    path = checkpoint.save(folder + "/ck")
    reader = tf.train.load_checkpoint(path)
    keys = [(key, shape) for key, shape in tf.train.list_variables(folder) if key[0] != "_"]
    return (
        keys,
        reader.get_tensor("step/.ATTRIBUTES/VARIABLE_VALUE"),
        reader.has_tensor("nothing"),
        tf.train.load_variable(path, "table/0/.ATTRIBUTES/VARIABLE_VALUE"),
    )


def modules_and_generators(tf, folder):
    class Counter(tf.Module):
        def __init__(self):
            super().__init__()
            self.count = tf.Variable(0)
            self.parts = {"a": tf.Variable(1.0)}

    counter, generator = Counter(), tf.random.Generator.from_seed(3)
    checkpoint = tf.train.Checkpoint(counter, generator=generator)
    counter.count.assign(7)
    generator.normal([5])
    path = checkpoint.write(folder + "/m")
    after = generator.normal([2])
    counter.count.assign(0)
    counter.parts["a"].assign(9.0)
    checkpoint.read(path).assert_consumed()
    return counter.count, counter.parts["a"], after, generator.normal([2])


def partial_restoring(tf, folder):
    path = tf.train.Checkpoint(a=tf.Variable(1.0), b=tf.Variable(2.0)).save(folder + "/ck")
    part = tf.train.Checkpoint(a=tf.Variable(0.0))
    status = part.restore(path).expect_partial()
    status.assert_existing_objects_matched()
    status.assert_nontrivial_match()
    return part.a


def _assertion(check, **objects):
    def snippet(tf, folder):
        path = tf.train.Checkpoint(a=tf.Variable(1.0), b=tf.Variable(2.0)).write(folder + "/ck")
        made = {name: tf.Variable(value) for name, value in objects.items()}
        return check(tf, tf.train.Checkpoint(**made), path) and None

    snippet.__name__ = "assertion"
    return snippet


ERRORS = {
    "not all consumed": _assertion(lambda tf, c, p: c.read(p).assert_consumed(), a=0.0),
    "one too many": _assertion(lambda tf, c, p: c.read(p).assert_consumed(), a=0.0, b=0.0, c=0.0),
    "existing unmatched": _assertion(lambda tf, c, p: c.read(p).assert_existing_objects_matched(), c=0.0),
    "nothing matched": _assertion(lambda tf, c, p: c.read(p).assert_nontrivial_match(), c=0.0),
    "no path": _assertion(lambda tf, c, p: c.restore(None).assert_consumed(), a=0.0),
    "no such file": _assertion(lambda tf, c, p: c.read(p + "-7"), a=0.0),
    "another dtype": _assertion(lambda tf, c, p: c.read(p), a=1),
    "no variables": lambda tf, folder: tf.train.Checkpoint(a=3),
    "nothing in the folder": lambda tf, folder: tf.train.load_checkpoint(folder),
    "keep none": lambda tf, folder: tf.train.CheckpointManager(tf.train.Checkpoint(), folder, max_to_keep=0),
    "interval without counter": lambda tf, folder: tf.train.CheckpointManager(
        tf.train.Checkpoint(), folder, None, checkpoint_interval=2
    ),
}


def a_manager_keeps_the_last(tf, folder):
    checkpoint = tf.train.Checkpoint(v=tf.Variable(0))
    manager = tf.train.CheckpointManager(checkpoint, folder, max_to_keep=2)
    results = [manager.latest_checkpoint, manager.checkpoints]
    for i in range(4):
        checkpoint.v.assign(i)
        results.append((shown(folder, manager.save()), [shown(folder, p) for p in manager.checkpoints]))
    results += [checkpoints_in(folder), shown(folder, manager.save(checkpoint_number=77))]
    again = tf.train.CheckpointManager(checkpoint, folder, max_to_keep=2)
    results += [[shown(folder, p) for p in again.checkpoints], shown(folder, again.latest_checkpoint)]
    checkpoint.v.assign(0)
    results += [shown(folder, again.restore_or_initialize()), checkpoint.v, shown(folder, manager.directory)]
    state = tf.train.get_checkpoint_state(folder)
    return [
        *results,
        shown(folder, state.model_checkpoint_path),
        [shown(folder, p) for p in state.all_model_checkpoint_paths],
    ]


def a_manager_with_an_interval(tf, folder):
    step, called = tf.Variable(0), []
    checkpoint = tf.train.Checkpoint(step=step)
    manager = tf.train.CheckpointManager(
        checkpoint,
        folder,
        max_to_keep=None,
        checkpoint_name="nm",
        step_counter=step,
        checkpoint_interval=2,
        init_fn=lambda: called.append(1),
    )
    results = [manager.restore_or_initialize(), list(called)]
    for _ in range(5):
        results.append(shown(folder, manager.save()))
        step.assign_add(1)
    results.append(shown(folder, manager.save(check_interval=False)))
    return results


def moving_averages(tf, folder):
    results = []
    for arguments in ({}, {"num_updates": 3}, {"zero_debias": True}):
        ema = tf.train.ExponentialMovingAverage(0.9, **arguments)
        v = tf.Variable([1.0, -2.0])
        for value in ([2.0, 1.0], [5.0, 0.5], [1.0, 1.0]):
            ema.apply([v])
            v.assign(value)
        ema.apply([v])
        results.append((ema.average(v), ema.name))
    return results


SNIPPETS = [
    training_goes_on_after_restoring_into_built_objects,
    training_goes_on_after_restoring_into_unbuilt_objects,
    saving_counts_and_names,
    looking_into_a_checkpoint,
    modules_and_generators,
    partial_restoring,
    a_manager_keeps_the_last,
    a_manager_with_an_interval,
    moving_averages,
]


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.__name__)
def test_snippets(snippet, both):
    both(snippet, STEPS)


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name, both):
    both(ERRORS[name])


def reading_of_messages(tf):
    example = tf.train.Example(
        features=tf.train.Features(feature={"a": tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2]))})
    )
    return example.SerializeToString()


@pytest.mark.parametrize(
    "snippet",
    [reading_of_messages],
    ids=lambda snippet: snippet.__name__,
)
def test_beside_checkpoints(snippet):
    check_snippet(snippet, GROUP, SAME_FORMULA)
