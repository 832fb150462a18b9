"""TensorBoard: which files are written, and what TensorBoard's own reader finds in them."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.callbacks import TensorBoard
from minikeras.callbacks.tensorboard import as_images
from minikeras.formats.event_files import default_writer

X, Y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")


def compiled():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def event_files(folder):
    return sorted(folder.rglob("events.out.tfevents.*"))


def test_one_file_for_training_and_one_for_validation(tmp_path):
    compiled().fit(X, Y, epochs=2, verbose=0, validation_split=0.5, callbacks=[TensorBoard(tmp_path)])
    assert [path.parent.name for path in event_files(tmp_path)] == ["train", "validation"]


def test_without_validation_there_is_no_file_for_it(tmp_path):
    compiled().fit(X, Y, verbose=0, callbacks=[TensorBoard(tmp_path)])
    assert [path.parent.name for path in event_files(tmp_path)] == ["train"]


@pytest.mark.parametrize(
    "arguments, tags",
    [
        ({}, {b"epoch_loss", b"epoch_learning_rate"}),
        ({"update_freq": "batch"}, {b"batch_loss"}),
        ({"update_freq": 2}, set()),  # there is one batch only
        ({"histogram_freq": 1}, {b"sequential/dense/kernel/histogram"}),
        ({"histogram_freq": 1, "write_images": True}, {b"sequential/dense/kernel/image", b"\x89PNG"}),
        ({"write_steps_per_second": True}, {b"epoch_steps_per_second"}),
    ],
)
def test_what_is_asked_for_is_written(tmp_path, arguments, tags):
    keras.utils.clear_session(free_memory=False)
    always = {b"epoch_loss", b"epoch_learning_rate"}
    every = {b"batch_loss", b"sequential/dense/kernel/histogram", b"sequential/dense/kernel/image", b"\x89PNG",
             b"epoch_steps_per_second", *always}  # fmt: skip
    compiled().fit(X, Y, verbose=0, callbacks=[TensorBoard(tmp_path, **arguments)])
    content = b"".join(path.read_bytes() for path in event_files(tmp_path))
    expected = tags | always | ({b"sequential/dense/kernel/histogram"} if "histogram_freq" in arguments else set())
    assert {tag for tag in every if tag in content} == expected


@pytest.mark.parametrize("write_graph", [False, True])
def test_the_graph_is_written_on_demand(tmp_path, write_graph):
    compiled().fit(X, Y, verbose=0, callbacks=[TensorBoard(tmp_path, write_graph=write_graph)])
    assert (b"Dense" in event_files(tmp_path)[0].read_bytes()) == write_graph


def test_summaries_of_ones_own(tmp_path):
    board = TensorBoard(tmp_path)
    own = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: board.summary.scalar("mine", epoch, step=epoch)
    )
    compiled().fit(X, Y, verbose=0, callbacks=[own, board])
    assert b"mine" in event_files(tmp_path)[0].read_bytes()


def test_embeddings_for_the_projector(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Embedding(5, 3, name="words"), keras.layers.Flatten()])
    model.compile("sgd", "mse")
    board = TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"words": tmp_path / "words.txt"})
    model.fit(np.ones((4, 2)), np.ones((4, 6)), verbose=0, callbacks=[board])
    np.testing.assert_allclose(np.loadtxt(tmp_path / "words.tsv"), model.get_weights()[0], rtol=1e-6)
    assert (tmp_path / "projector_config.pbtxt").read_text() == (
        f'embeddings {{\n  tensor_name: "words"\n  tensor_path: "words.tsv"\n'
        f'  metadata_path: "{tmp_path / "words.txt"}"\n}}\n'
    )
    with pytest.raises(ValueError, match=r"not Embedding layers of the model: \['word'\]"):
        model.fit(
            np.ones((4, 2)), np.ones((4, 6)), verbose=0,
            callbacks=[TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"word": "x"})],
        )  # fmt: skip


def test_arguments_that_do_not_work_are_reported():
    with pytest.warns(UserWarning, match="no profiler"):
        TensorBoard(profile_batch=2)
    with pytest.raises(ValueError, match="update_freq"):
        TensorBoard(update_freq="often")


@pytest.mark.parametrize(
    "shape, images",
    [
        ((5,), (1, 5, 1, 1)),
        ((1, 5), (1, 5, 1, 1)),
        ((7, 3), (1, 3, 7, 1)),
        ((3, 7), (1, 3, 7, 1)),
        ((3, 4, 2), (2, 3, 4, 1)),
        ((2, 5, 6, 3), (2, 5, 6, 3)),
    ],
)
def test_weights_as_images(shape, images):
    assert as_images(np.zeros(shape)).shape == images


def test_some_weights_are_no_images():
    assert as_images(np.zeros(())) is None
    assert as_images(np.zeros((2, 3, 4, 5))) is None


def test_layers_may_log_while_batches_are_written(tmp_path):
    steps = []

    class Logging(keras.layers.Layer):
        def call(self, inputs):
            writer, step = default_writer()
            steps.append(step)
            if writer is not None:
                writer.histogram("activity", inputs, step)
            return inputs

    model = keras.Sequential([keras.Input((3,)), Logging(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    steps.clear()
    model.fit(X, Y, batch_size=2, verbose=0, callbacks=[TensorBoard(tmp_path, update_freq=2)])
    assert steps == [None, 2, None, 4]
    assert default_writer() == (None, None)
    assert b"activity" in event_files(tmp_path)[0].read_bytes()


def test_a_batch_that_fails_leaves_no_writer_for_the_next_training(tmp_path):
    board = TensorBoard(tmp_path, update_freq="batch")
    broken = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        compiled().fit(X, Y, verbose=0, callbacks=[board, broken])
    compiled().fit(X, Y, verbose=0, callbacks=[board])
    assert default_writer() == (None, None)


def test_tensorboards_own_reader(tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    history = (
        compiled()
        .fit(X, Y, epochs=3, verbose=0, callbacks=[TensorBoard(tmp_path, histogram_freq=1, write_images=True)])
        .history
    )
    accumulator = reader.EventAccumulator(str(tmp_path / "train"), size_guidance={reader.TENSORS: 0})
    accumulator.Reload()
    tags = accumulator.Tags()
    assert tags["graph"]
    assert "epoch_loss" in tags["tensors"]
    read = [
        np.frombuffer(event.tensor_proto.tensor_content, "float32")[0] for event in accumulator.Tensors("epoch_loss")
    ]
    np.testing.assert_array_equal(read, np.float32(history["loss"]))


def test_a_model_without_a_config_has_no_conceptual_graph(tmp_path):
    class Own(keras.layers.Layer):
        def __init__(self, function):
            super().__init__()
            self.function = function

        def call(self, x):
            return self.function(x)

    model = keras.Sequential([keras.Input((3,)), Own(keras.ops.square), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="no conceptual graph"):
        model.fit(X, Y, verbose=0, callbacks=[TensorBoard(tmp_path)])
    assert event_files(tmp_path)
