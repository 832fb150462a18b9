"""`tf.summary`: what comes into the event files, and when."""

import glob

import numpy as np
import pytest

pytest.importorskip("tensorboardX")

from tensorboardX.proto import event_pb2

from minikeras.compat import tensorflow as tf


@pytest.fixture(autouse=True)
def no_step_left():
    yield
    tf.summary.experimental.set_step(None)


def summaries(folder):
    """(step, tag, plugin) of everything in the event files of a folder."""
    found = []
    for path in sorted(glob.glob(f"{folder}/*tfevents*")):
        with open(path, "rb") as file:
            content = file.read()
        while content:
            length = int.from_bytes(content[:8], "little")
            event = event_pb2.Event.FromString(content[12 : 12 + length])
            found += [(event.step, v.tag, v.metadata.plugin_data.plugin_name) for v in event.summary.value]
            content = content[16 + length :]
    return found


def test_all_kinds(tmp_path):
    writer = tf.summary.create_file_writer(tmp_path)
    with writer.as_default():
        results = [
            tf.summary.scalar("loss", 0.5, step=1),
            tf.summary.histogram("weights", np.arange(5.0), step=2),
            tf.summary.image("picture", np.zeros((1, 2, 2, 3)), step=3),
            tf.summary.text("words", "text", step=4),
            tf.summary.write("own", tf.constant([1.0]), step=5),
        ]
        with tf.name_scope("scope"):
            tf.summary.scalar("inner", 1, step=6)
    writer.close()
    assert all(bool(r) for r in results)
    assert summaries(tmp_path) == [
        (1, "loss", "scalars"),
        (2, "weights", "histograms"),
        (3, "picture", "images"),
        (4, "words", "text"),
        (5, "own", ""),
        (6, "scope/inner", "scalars"),
    ]


def test_where_the_step_comes_from(tmp_path):
    writer = tf.summary.create_file_writer(tmp_path)
    with writer.as_default():
        with pytest.raises(ValueError, match="A summary needs a step"):
            tf.summary.scalar("a", 1.0)
        tf.summary.experimental.set_step(9)
        tf.summary.scalar("b", 1.0)
    with writer.as_default(step=5):
        assert tf.summary.experimental.get_step() == 5
        tf.summary.scalar("c", 1.0)
        tf.summary.scalar("d", 1.0, step=tf.constant(7))
    step = tf.Variable(3)
    with writer.as_default(step=step):
        tf.summary.scalar("e", 1.0)
        step.assign(4)
        tf.summary.scalar("f", 1.0)
    writer.close()
    assert [(s, tag) for s, tag, _ in summaries(tmp_path)] == [(9, "b"), (5, "c"), (7, "d"), (3, "e"), (4, "f")]


def test_nothing_is_written_without_a_writer_or_when_switched_off(tmp_path):
    assert not tf.summary.scalar("a", 1.0, step=1)
    assert not tf.summary.should_record_summaries()
    writer = tf.summary.create_file_writer(tmp_path)
    with writer.as_default():
        with tf.summary.record_if(False):
            assert not tf.summary.scalar("a", 1.0, step=1)
        with tf.summary.record_if(lambda: True):
            assert tf.summary.scalar("b", 1.0, step=1)
        with tf.summary.create_noop_writer().as_default():
            tf.summary.scalar("c", 1.0, step=1)
    writer.close()
    assert [tag for _, tag, _ in summaries(tmp_path)] == ["b"]


@pytest.mark.parametrize(
    "write, words",
    [
        (lambda: tf.summary.scalar("a", [1.0, 2.0], step=1), "Expected scalar shape"),
        (lambda: tf.summary.image("a", np.zeros((2, 2, 3)), step=1), "rank 4"),
    ],
)
def test_wrong_shapes_are_reported(write, words, tmp_path):
    with tf.summary.create_file_writer(tmp_path).as_default(), pytest.raises(ValueError, match=words):
        write()


def test_a_closed_writer_is_reported(tmp_path):
    writer = tf.summary.create_file_writer(tmp_path)
    writer.close()
    with pytest.raises(RuntimeError, match="already closed"):
        writer.set_as_default()


def test_a_layer_writes_with_the_callbacks_writer(tmp_path):
    class Told(tf.keras.layers.Layer):
        def call(self, x):
            tf.summary.scalar("mean", tf.reduce_mean(x))
            return x

    model = tf.keras.Sequential([tf.keras.Input((2,)), Told(), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    callback = tf.keras.callbacks.TensorBoard(tmp_path, update_freq=1, write_graph=False)
    model.fit(np.ones((4, 2)), np.ones((4, 1)), batch_size=2, verbose=0, callbacks=[callback])
    assert any(tag.endswith("mean") for _, tag, _ in summaries(tmp_path / "train"))
