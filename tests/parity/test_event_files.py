"""The TensorBoard callback and its writer beside TensorFlow's: the same tags, steps, plugins and values."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
pytest.importorskip("tensorboard")  # without which TensorFlow's `summary` does not work

from tensorflow.core.util import event_pb2  # noqa: E402

import minikeras  # noqa: E402
from minikeras.formats.event_files import EventWriter  # noqa: E402
from tests.parity.backends import both  # noqa: E402
from tests.parity.comparing import STEPS, assert_close  # noqa: E402

# tf.keras's own variables do not know NumPy 2's `copy` argument.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

X = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")


def events(folder):
    """All events in the files of a folder; TensorFlow checks lengths and checksums of the records."""
    files = sorted(str(path) for path in folder.glob("events.out.tfevents.*"))
    return [event_pb2.Event.FromString(data.numpy()) for data in tf.data.TFRecordDataset(files)]


def values(folder):
    """[(tag, step, plugin, what the plugin knows besides, description, array)], pictures as their pixels."""
    found = []
    for event in events(folder):
        for value in event.summary.value:
            plugin, array = value.metadata.plugin_data, tf.make_ndarray(value.tensor)
            if plugin.plugin_name == "images":
                array = np.stack([tf.io.decode_png(picture).numpy() for picture in array[2:]])
            description = value.metadata.summary_description
            found.append((value.tag, event.step, plugin.plugin_name, plugin.content, description, array))
    return found


def assert_same_values(ours, theirs, tolerance=0.0, group="event files"):
    assert [value[:-1] for value in ours] == [value[:-1] for value in theirs]
    for our, their in zip(ours, theirs, strict=True):
        assert our[-1].dtype == their[-1].dtype
        if our[-1].dtype == object:
            assert our[-1].tolist() == their[-1].tolist()
        elif our[2] == "images":  # a rounding error may change a pixel's value by one
            assert_close(group, np.float32(our[-1]), np.float32(their[-1]), 1 / 255 if tolerance == STEPS else 0.0)
        elif not our[0].endswith("per_second"):
            assert_close(group, our[-1], their[-1], tolerance, our[0])


WEIGHTS = np.random.default_rng(0).normal(size=(20, 30))
PICTURES = np.random.default_rng(1).uniform(-0.2, 1.2, size=(5, 6, 7, 4)).astype("float32")
SUMMARIES = [
    ("scalar", (np.float64(0.1),), {}),
    ("scalar", (-1,), {"description": "*minus one*"}),
    ("histogram", (WEIGHTS,), {}),
    ("histogram", (np.float32(WEIGHTS),), {"buckets": 7}),
    ("histogram", (np.full(7, 2.0, "float32"),), {}),
    ("histogram", ([],), {"buckets": 3}),
    ("image", (PICTURES,), {}),
    ("image", (PICTURES[..., :3],), {"max_outputs": 1}),
    ("image", (PICTURES[..., :1],), {"max_outputs": 9}),
    ("image", (np.uint8(PICTURES[..., :2] * 100 + 40),), {"description": "gray and opacity"}),
    ("text", ("*ä*",), {}),
    ("text", ([["a", "b"], ["c", "d"]],), {"description": "a table"}),
]


@pytest.mark.parametrize("kind, arguments, options", SUMMARIES)
def test_summaries_are_tensorflows(tmp_path, kind, arguments, options):
    writer = EventWriter(tmp_path / "ours")
    getattr(writer, kind)("tag", *arguments, step=2**40, **options)
    writer.close()
    writer = tf.summary.create_file_writer(str(tmp_path / "theirs"))
    with writer.as_default():
        getattr(tf.summary, kind)("tag", *arguments, step=2**40, **options)
    writer.close()
    # Their edges are the least value + i · width, ours NumPy's: the last binary digit may differ.
    assert_same_values(values(tmp_path / "ours"), values(tmp_path / "theirs"), tolerance=1e-15)


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


def compiled(backend):
    inner = backend.Sequential([backend.Input((4,)), backend.layers.Dense(4, name="deep")], name="inner")
    inputs = backend.Input((4,), name="start")
    model = backend.Model(inputs, backend.layers.Add(name="sum")([inner(inputs), inputs]), name="whole")
    model.compile("sgd", "mse", metrics=["mae"])
    return model


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"write_graph": False},
        {"update_freq": "batch", "write_steps_per_second": True},
        {"update_freq": 3},
        {"histogram_freq": 2, "write_images": True},
    ],
)
@pytest.mark.filterwarnings("ignore:Model failed to serialize")
def test_the_callback_writes_what_tf_keras_writes(tmp_path, arguments):
    folders = {minikeras: tmp_path / "ours"}

    def train(backend):
        folder = folders.get(backend, tmp_path / "theirs")
        model = compiled(backend)
        board = backend.callbacks.TensorBoard(str(folder), **arguments)
        model.fit(X, X, epochs=3, batch_size=4, verbose=0, validation_data=(X, X), callbacks=[board])
        return folder

    ours, theirs = both(train)
    assert sorted(path.name for path in ours.iterdir()) == sorted(path.name for path in theirs.iterdir())
    assert_same_values(values(ours / "train"), values(theirs / "train"), STEPS, "TensorBoard callback")
    assert_same_values(values(ours / "validation"), values(theirs / "validation"), STEPS, "TensorBoard callback")


def test_the_callbacks_graph(tmp_path):
    model = compiled(minikeras)
    model.fit(X, X, verbose=0, callbacks=[minikeras.callbacks.TensorBoard(tmp_path)])
    (graph,) = [event.graph_def for event in events(tmp_path / "train") if event.graph_def]
    nodes = {node.name: list(node.input) for node in tf.compat.v1.GraphDef.FromString(graph).node}
    assert nodes == {"start": [], "inner/deep": ["start"], "sum": ["inner/deep", "start"]}
