"""TensorFlow, which defines the event files, reads in ours what was written."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tensorflow.core.util import event_pb2  # noqa: E402

import minikeras as keras  # noqa: E402
from minikeras.utils.event_files import EventWriter  # noqa: E402
from minikeras.utils.event_files.records import masked_crc32c  # noqa: E402

X = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")


def events(folder):
    """All events in the files of a folder; TensorFlow checks lengths and checksums of the records."""
    files = sorted(str(path) for path in folder.glob("events.out.tfevents.*"))
    return [event_pb2.Event.FromString(data.numpy()) for data in tf.data.TFRecordDataset(files)]


def values(folder):
    """{tag: [(step, plugin, array)]}."""
    found = {}
    for event in events(folder):
        for value in event.summary.value:
            array = tf.make_ndarray(value.tensor)
            found.setdefault(value.tag, []).append((event.step, value.metadata.plugin_data.plugin_name, array))
    return found


def test_every_kind_of_summary(tmp_path):
    writer = EventWriter(tmp_path)
    writer.scalar("s", np.float64(0.1), step=0)
    writer.scalar("s", -1, step=2**40)
    weights = np.random.default_rng(0).normal(size=(20, 30))
    writer.histogram("h", weights, step=3)
    writer.histogram("constant", np.full(7, 2.0, "float32"), step=3)
    writer.histogram("nothing", [], step=3)
    images = np.random.default_rng(1).uniform(-0.2, 1.2, size=(2, 5, 7, 3))
    writer.image("i", images, step=4)
    writer.image("gray", images[..., :1], step=4)
    writer.text("t", "*ä*", step=5)
    writer.close()
    read = values(tmp_path)
    assert [(step, plugin, array.dtype.name, array.item()) for step, plugin, array in read["s"]] == [
        (0, "scalars", "float32", np.float32(0.1)),
        (2**40, "scalars", "float32", -1.0),
    ]
    ((step, plugin, rows),) = read["h"]
    assert (step, plugin, rows.shape) == (3, "histograms", (30, 3))
    np.testing.assert_array_equal(rows[1:, 0], rows[:-1, 1])
    assert rows[:, 2].sum() == weights.size
    assert (rows[0, 0], rows[-1, 1]) == (weights.min(), weights.max())
    np.testing.assert_array_equal(read["constant"][0][2], [[1.5, 2.5, 7]])
    assert read["nothing"][0][2].shape == (0, 3)
    for tag, channels in (("i", 3), ("gray", 1)):
        width, height, *pictures = read[tag][0][2]
        assert (width, height, len(pictures)) == (b"7", b"5", 2)
        decoded = tf.io.decode_png(pictures[1]).numpy()
        np.testing.assert_array_equal(decoded, np.round(np.clip(images[1], 0, 1) * 255)[..., :channels])
    assert read["t"][0][2].tolist() == ["*ä*".encode()]


def test_graph(tmp_path):
    writer = EventWriter(tmp_path)
    writer.graph([("a", "Input", []), ("block/b", "Dense", ["a"]), ("c", "Add", ["block/b", "a"])])
    writer.close()
    graph = tf.compat.v1.GraphDef.FromString(events(tmp_path)[1].graph_def)
    assert [(node.name, node.op, list(node.input)) for node in graph.node] == [
        ("a", "Input", []),
        ("block/b", "Dense", ["a"]),
        ("c", "Add", ["block/b", "a"]),
    ]


def test_checksums_are_tensorflows():
    data = bytes(range(256)) * 3
    path = tf.io.gfile.join(tf.compat.v1.test.get_temp_dir(), "checksum")
    with tf.io.TFRecordWriter(path) as writer:
        writer.write(data)
    written = tf.io.gfile.GFile(path, "rb").read()
    assert int.from_bytes(written[8:12], "little") == masked_crc32c(written[:8])
    assert int.from_bytes(written[-4:], "little") == masked_crc32c(data)


def test_what_the_callback_writes(tmp_path):
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="deep")], name="inner")
    inputs = keras.Input((4,), name="start")
    model = keras.Model(inputs, keras.layers.Add(name="sum")([inner(inputs), inputs]))
    model.compile("sgd", "mse", metrics=["mae"])
    board = keras.callbacks.TensorBoard(
        tmp_path, histogram_freq=2, write_images=True, update_freq=2, write_steps_per_second=True
    )
    history = model.fit(X, X, epochs=3, batch_size=4, verbose=0, validation_data=(X, X), callbacks=[board]).history
    training, validation = values(tmp_path / "train"), values(tmp_path / "validation")
    for tag, name in (("epoch_loss", "loss"), ("epoch_mae", "mae")):
        for read, key in ((training, name), (validation, f"val_{name}")):
            assert [step for step, _, _ in read[tag]] == [0, 1, 2]
            np.testing.assert_array_equal([a for _, _, a in read[tag]], np.float32(history[key]))
    assert [step for step, _, _ in training["batch_loss"]] == [0, 2, 4, 6, 8]
    assert [step for step, _, _ in validation["evaluation_loss_vs_iterations"]] == [3, 6, 9]
    assert {step for step, _, _ in training["inner/deep/kernel/histogram"]} == {0, 2}
    assert tf.io.decode_png(training["inner/deep/kernel/image"][0][2][2]).shape == (4, 4, 1)
    assert {"epoch_learning_rate", "epoch_steps_per_second", "batch_steps_per_second"} <= set(training)
    (graph,) = [event.graph_def for event in events(tmp_path / "train") if event.graph_def]
    nodes = {node.name: list(node.input) for node in tf.compat.v1.GraphDef.FromString(graph).node}
    assert nodes == {"start": [], "inner/deep": ["start"], "sum": ["inner/deep", "start"]}
