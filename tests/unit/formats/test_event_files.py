"""Event files: what TensorBoard's own reader finds in them, which files there are, what is said without the library."""

import subprocess
import sys

import numpy as np
import pytest

from minikeras.formats.event_files import EventWriter, default_writer, histogram_rows, pixels
from tests.waiting import DEADLINE


def files(folder):
    return sorted(folder.rglob("events.out.tfevents.*"))


def read(folder):
    """{tag: [(step, array)]}, read by TensorBoard."""
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    tensors = pytest.importorskip("tensorboard.util.tensor_util")
    accumulator = reader.EventAccumulator(str(folder), size_guidance={reader.TENSORS: 0})
    accumulator.Reload()
    return {
        tag: [(event.step, tensors.make_ndarray(event.tensor_proto)) for event in accumulator.Tensors(tag)]
        for tag in accumulator.Tags()["tensors"]
    }


def test_every_kind_of_summary_is_read_back(tmp_path):
    writer = EventWriter(tmp_path)
    writer.scalar("s", 0.1, step=0)
    writer.scalar("s", np.array([-1]), step=2**40)
    writer.histogram("h", [1.0, 2.0, 3.0], step=3, buckets=2)
    writer.image("i", np.zeros((5, 2, 7, 3)), step=4)
    writer.text("t", "*ä*", step=5)
    writer.text("table", [["a", "b"]], step=5)
    writer.tensor("mine", np.arange(3), "my_plugin", 6, content=b"x")
    writer.close()
    found = read(tmp_path)
    assert [(step, array.dtype.name, array.item()) for step, array in found["s"]] == [
        (0, "float32", np.float32(0.1)),
        (2**40, "float32", -1.0),
    ]
    assert [(step, array.tolist()) for step, array in found["h"]] == [(3, [[1.0, 2.0, 1.0], [2.0, 3.0, 2.0]])]
    ((step, image),) = found["i"]
    assert (step, image[:2].tolist(), len(image)) == (4, [b"7", b"2"], 5)
    assert all(picture.startswith(b"\x89PNG") for picture in image[2:])
    assert found["t"][0][1].item() == "*ä*".encode()
    assert found["table"][0][1].tolist() == [[b"a", b"b"]]
    assert found["mine"][0][1].tolist() == [0, 1, 2]


def test_the_file_begins_with_the_first_summary_and_another_after_close(tmp_path):
    writer = EventWriter(tmp_path / "deep" / "folder")
    writer.flush()
    writer.close()
    assert files(tmp_path) == []
    writer.scalar("a", 1, 0)
    writer.flush()
    assert b"a" in files(tmp_path)[0].read_bytes()
    writer.close()
    writer.scalar("b", 1, 0)
    writer.close()
    assert len(files(tmp_path)) == 2


def test_two_writers_of_one_folder_write_two_files(tmp_path):
    writers = [EventWriter(tmp_path), EventWriter(tmp_path)]
    for writer in writers:
        writer.scalar("a", 1, 0)
        writer.close()
    assert len(files(tmp_path)) == 2


def test_a_writer_that_is_forgotten_closes_its_file(tmp_path):
    EventWriter(tmp_path).scalar("a", 1, 0)
    assert b"a" in files(tmp_path)[0].read_bytes()


def test_the_writer_of_the_moment(tmp_path):
    outer, inner = EventWriter(tmp_path), EventWriter(tmp_path)
    with outer.as_default(step=1):
        with pytest.raises(ValueError, match="within: True"), inner.as_default():
            raise ValueError(f"within: {default_writer() == (inner, None)}")
        assert default_writer() == (outer, 1)
    assert default_writer() == (None, None)


@pytest.mark.parametrize(
    "values, rows",
    [
        ([], [[0, 0, 0]] * 2),
        ([2.0] * 7, [[2, 2, 0], [2, 2, 7]]),
        ([0, 1, 4, np.nan, np.inf], [[0, 2, 2], [2, 4, 1]]),
    ],
)
def test_histograms(values, rows):
    assert histogram_rows(values, 2).tolist() == rows


def test_pixels():
    assert pixels(np.array([-1, 0, 0.5, 1, 2, np.nan])).tolist() == [0, 0, 127, 255, 255, 0]
    assert pixels(np.uint8([3])).tolist() == [3]


def test_without_tensorboardx_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)  # Python's own way to block an import
    monkeypatch.setitem(sys.modules, "tensorboardX.event_file_writer", None)
    with pytest.raises(ImportError, match="pip install tensorboardX"):
        EventWriter(tmp_path)


def test_neither_tensorflow_nor_tensorboard_is_imported(tmp_path):
    script = (
        "import sys; from minikeras.formats.event_files import EventWriter;"
        f"EventWriter({str(tmp_path)!r}).image('i', [[[[1.0]]]], 0);"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-W", "error", "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=DEADLINE)
    assert "tensorboardX" in result.stdout
    assert not {"tensorflow", "tensorboard", "keras"} & set(result.stdout.split())
