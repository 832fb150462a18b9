"""Data sets of a directory: faults are one sentence with the path, memory stays flat, links stay inside."""

import gc
import os
import struct
import subprocess
import sys
import threading
import wave

import numpy as np
import pytest

from minikeras.base.errors import InvalidArgumentError, NotFoundError, UnknownError
from minikeras.formats.wav_files import decode_wav
from minikeras.utils import (
    audio_dataset_from_directory,
    image_dataset_from_directory,
    text_dataset_from_directory,
    timeseries_dataset_from_array,
)
from minikeras.utils.audio_dataset import resample
from tests.waiting import DEADLINE

Image = pytest.importorskip("PIL.Image")

HALF_SCALE = 16384


@pytest.fixture
def folder(tmp_path):
    """Two classes of two images, two texts and a sound each."""
    for number, name in enumerate(("cats", "dogs")):
        (tmp_path / name).mkdir()
        for i in range(2):
            pixels = np.full((4, 6, 3), 100 * number + 10 * i, np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
            (tmp_path / name / f"{i}.txt").write_bytes(f"{name} {i}".encode())
        write_wav(tmp_path / name / "a.wav", [0, HALF_SCALE, -HALF_SCALE][: number + 2])
    return tmp_path


def write_wav(path, samples, width=2, rate=8000):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(np.asarray(samples, "<i2").tobytes())


def test_images_in_order(folder):
    dataset = image_dataset_from_directory(folder, image_size=(2, 3), shuffle=False, batch_size=3, verbose=False)
    (first, labels), (last, _) = dataset
    assert first.shape == (3, 2, 3, 3)
    assert last.shape == (1, 2, 3, 3)
    assert first.array[:, 0, 0, 0].tolist() == [0, 10, 100]
    assert labels.array.tolist() == [0, 0, 1]
    assert dataset.class_names == ["cats", "dogs"]
    assert len(dataset) == 2
    assert [os.path.relpath(path, folder) for path in dataset.file_paths] == [
        os.path.join(name, f"{i}.png") for name in ("cats", "dogs") for i in range(2)
    ]


def test_the_parts_of_both_are_disjoint(folder):
    options = {"seed": 1, "verbose": False, "validation_split": 0.5, "image_size": 2}
    training, validation = image_dataset_from_directory(folder, subset="both", **options)
    assert not set(training.file_paths) & set(validation.file_paths)
    assert len(training.file_paths) == len(validation.file_paths) == 2


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ({"directory": "missing"}, FileNotFoundError, ["missing", "Correct the path"]),
        ({"class_names": ["cats", "dog"]}, ValueError, ["'dog'", "Did you mean", "dogs"]),
        ({"labels": [0, 1]}, ValueError, ["2 labels", "4 files"]),
        ({"labels": "infered"}, ValueError, ["'infered'", "'inferred'"]),
        ({"label_mode": "one_hot"}, ValueError, ["'one_hot'", "categorical"]),
        ({"label_mode": "binary", "class_names": ["cats"]}, ValueError, ["exactly 2", "['cats']"]),
        ({"validation_split": 0.1, "subset": "training", "seed": 1}, ValueError, ["less than one", "4 files"]),
        ({"validation_split": 0.5, "subset": "training"}, ValueError, ["seed"]),
        ({"validation_split": 0.5}, ValueError, ["inversely"]),
        ({"image_size": (0, 3)}, ValueError, ["`image_size`", "(0, 3)"]),
        ({"interpolation": "bilinaer"}, ValueError, ["'bilinaer'", "Did you mean 'bilinear'"]),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, ValueError, ["Only one of"]),
        ({"format": "grain"}, ValueError, ["'grain'", "'tf'"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_faulty_arguments(folder, arguments, error, words):
    with pytest.raises(error) as raised:
        image_dataset_from_directory(**{"directory": folder, "verbose": False, **arguments})
    for word in words:
        assert word in str(raised.value)


@pytest.mark.parametrize(
    "function, ending", [(image_dataset_from_directory, ".png"), (text_dataset_from_directory, ".txt"),
                         (audio_dataset_from_directory, ".wav")],
)  # fmt: skip
def test_no_files_of_that_kind(tmp_path, function, ending):
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "notes.md").write_text("no data")
    with pytest.raises(ValueError, match="found in directory") as raised:
        function(tmp_path, verbose=False)
    assert str(tmp_path) in str(raised.value)
    assert ending in str(raised.value)


@pytest.mark.parametrize("batch_size", [None, 2])
@pytest.mark.parametrize("contents", [b"no image at all", None], ids=["text", "cut short"])
def test_an_unreadable_image(folder, batch_size, contents):
    path = folder / "dogs" / "1.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)).save(path)
    path.write_bytes(contents or path.read_bytes()[:2000])
    dataset = image_dataset_from_directory(folder, shuffle=False, batch_size=batch_size, verbose=False)
    with pytest.raises(InvalidArgumentError) as raised:
        list(dataset)
    assert str(path) in str(raised.value)
    assert "Remove the file" in str(raised.value)


def test_errors_can_be_ignored(folder):
    (folder / "cats" / "1.png").write_bytes(b"no image at all")
    options = {"image_size": (2, 3), "shuffle": False, "verbose": False, "labels": None}
    single = image_dataset_from_directory(folder, batch_size=None, **options).ignore_errors()
    assert [int(image.array[0, 0, 0]) for image in single] == [0, 100, 110]
    batches = image_dataset_from_directory(folder, batch_size=2, **options).ignore_errors()
    assert [batch.array[:, 0, 0, 0].tolist() for batch in batches] == [[100, 110]]


def test_threads_end_with_the_epoch(folder):
    earlier = threading.enumerate()
    options = {"image_size": (2, 3), "verbose": False}
    for batch_size in (None, 1):
        for element in image_dataset_from_directory(folder, batch_size=batch_size, **options):
            del element
            break
        list(image_dataset_from_directory(folder, batch_size=batch_size, **options))
    gc.collect()
    named = [thread for thread in threading.enumerate() if thread.name.startswith("minikeras-files")]
    assert [thread for thread in named if thread not in earlier] == []


@pytest.mark.parametrize("width, word", [(1, "8 bits"), (None, "WAV")])
def test_an_unreadable_sound(folder, width, word):
    path = folder / "cats" / "a.wav"
    if width:
        write_wav(path, [1, 2], width)
    else:
        path.write_bytes(b"RIFF")
    with pytest.raises(InvalidArgumentError) as raised:
        list(audio_dataset_from_directory(folder, shuffle=False, verbose=False))
    assert str(path) in str(raised.value)
    assert word in str(raised.value)


def test_links_out_of_the_folder_need_permission(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "secret.txt").write_text("secret")
    (folder / "cats" / "z.txt").symlink_to(elsewhere / "secret.txt")
    with pytest.raises(ValueError, match="follow_links=True") as raised:
        text_dataset_from_directory(folder, verbose=False)
    assert str(folder / "cats" / "z.txt") in str(raised.value)
    texts = [text for text, _ in text_dataset_from_directory(folder, verbose=False, follow_links=True, batch_size=None)]
    assert b"secret" in [text.numpy() for text in texts]


@pytest.mark.parametrize("follow_links", [False, True])
def test_named_pipes_are_not_opened(folder, follow_links):
    os.mkfifo(folder / "cats" / "z.txt")
    with pytest.raises(ValueError, match="pipe, socket or device"):
        text_dataset_from_directory(folder, verbose=False, follow_links=follow_links)


def test_names_need_not_be_utf8(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(path)
    with open(path + b"/\xff.txt", "wb") as file:
        file.write(b"text")
    dataset = text_dataset_from_directory(os.fsencode(tmp_path), verbose=False, batch_size=None)
    assert [text.numpy() for text, _ in dataset] == [b"text"]
    assert dataset.class_names == [os.fsdecode(b"caf\xe9")]


def test_reading_ahead_ends_with_the_epoch(folder):
    batches = iter(image_dataset_from_directory(folder, image_size=(2, 3), batch_size=1, verbose=False))
    next(batches)
    threads = batches.rows.executor
    gc.disable()
    del batches
    gc.enable()
    with pytest.raises(RuntimeError, match="shutdown"):
        threads.submit(int)


def test_other_formats_under_an_images_name(folder):
    """Pillow would give PostScript to an interpreter: another program, run by a file's contents."""
    path = folder / "cats" / "1.png"
    for start in (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"II*\0\x08\0\0\0\0\0"):
        path.write_bytes(start)
        with pytest.raises(InvalidArgumentError, match="Unknown image file format") as raised:
            list(image_dataset_from_directory(folder, verbose=False))
        assert str(path) in str(raised.value)


@pytest.mark.parametrize("read", [image_dataset_from_directory, text_dataset_from_directory])
def test_a_link_to_a_missing_file(folder, read):
    ending = "png" if read is image_dataset_from_directory else "txt"
    (folder / "cats" / f"link.{ending}").symlink_to(folder / f"missing.{ending}")
    with pytest.raises(NotFoundError, match=r"link.*cannot be read"):
        list(read(folder, verbose=False))


@pytest.mark.parametrize("read", [image_dataset_from_directory, text_dataset_from_directory])
def test_a_link_to_itself(folder, read):
    link = folder / "cats" / ("link.png" if read is image_dataset_from_directory else "link.txt")
    link.symlink_to(link)
    with pytest.raises(UnknownError, match=r"link.*cannot be read"):
        list(read(folder, verbose=False))


def test_an_image_of_too_many_pixels(folder, monkeypatch):
    from PIL import Image

    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2)
    with pytest.raises(InvalidArgumentError, match=r"cannot be read: The image has too many pixels.*MAX_IMAGE_PIXELS"):
        list(image_dataset_from_directory(folder, verbose=False))


@pytest.mark.parametrize(
    "argument, value",
    [("class_names", "cats"), ("class_names", ["cats", "cats"]), ("batch_size", "32"), ("batch_size", 0),
     ("seed", "one"), ("validation_split", "0.2"), ("image_size", (2.5, 3)), ("image_size", "256")],
)  # fmt: skip
def test_faulty_arguments_are_named(folder, argument, value):
    with pytest.raises((ValueError, TypeError), match=rf"`{argument}` .*Received: ") as raised:
        image_dataset_from_directory(folder, **{argument: value})
    assert repr(value) in str(raised.value)


def hostile_wav(rate, data_size):
    form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", data_size) + b"\1\0" * 8
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


@pytest.mark.parametrize(
    "data, options, words",
    [
        (hostile_wav(0, 16), {}, "0 samples per second"),
        (hostile_wav(1, 16), {"sampling_rate": 48000}, "1 samples per second, too few"),
        (hostile_wav(8000, 16)[:16] + b"\xff\xff\xff\x7f" + hostile_wav(8000, 16)[20:], {}, "not a PCM WAV file"),
    ],
    ids=["no rate", "a rate that resamples to gigabytes", "a chunk beyond the end"],
)
def test_hostile_sounds(folder, data, options, words):
    (folder / "cats" / "a.wav").write_bytes(data)
    with pytest.raises(InvalidArgumentError, match=words):
        list(audio_dataset_from_directory(folder, shuffle=False, verbose=False, **options))


def test_texts_keep_their_bytes(folder):
    (folder / "cats" / "latin.txt").write_bytes(b"caf\xe9")
    dataset = text_dataset_from_directory(folder, labels=None, shuffle=False, batch_size=None, verbose=False)
    assert b"caf\xe9" in [text.numpy() for text in dataset]


def test_sounds_are_padded_cut_or_ragged(folder):
    options = {"shuffle": False, "labels": None, "verbose": False}
    (padded,) = audio_dataset_from_directory(folder, **options)
    assert padded.array[..., 0].tolist() == [[0, 0.5, 0], [0, 0.5, -0.5]]
    (cut,) = audio_dataset_from_directory(folder, output_sequence_length=2, **options)
    assert cut.array[..., 0].tolist() == [[0, 0.5], [0, 0.5]]
    (ragged,) = audio_dataset_from_directory(folder, ragged=True, **options)
    assert [len(row) for row in ragged.to_list()] == [2, 3]


def test_resampling_keeps_a_tone():
    """A sine of 200 Hz is the same sine at any rate, except near the ends."""
    time, new_time = np.arange(8000) / 8000, np.arange(11025) / 11025
    audio = np.sin(2 * np.pi * 200 * time)[:, None].astype("float32")
    there = resample(audio, 8000, 11025)
    np.testing.assert_allclose(there[200:-200, 0], np.sin(2 * np.pi * 200 * new_time)[200:-200], atol=2e-3)
    assert resample(audio, 8000, 4000).shape == (4000, 1)


def test_wav_channels_and_length(tmp_path):
    write_wav(tmp_path / "a.wav", [HALF_SCALE])
    audio, rate = decode_wav((tmp_path / "a.wav").read_bytes(), desired_samples=2, desired_channels=2)
    assert audio.tolist() == [[0.5, 0.5], [0, 0]]
    assert rate == 8000


def test_windows_of_a_series():
    dataset = timeseries_dataset_from_array(np.arange(10.0), np.arange(10), 3, 2, 2, batch_size=2)
    (windows, targets), *_ = dataset
    assert windows.array.tolist() == [[0, 2, 4], [2, 4, 6]]
    assert targets.array.tolist() == [0, 2]
    single = timeseries_dataset_from_array(np.arange(10.0), None, 3, 2, 2, batch_size=None)
    assert [window.array.tolist() for window in single][-1] == [4, 6, 8]


@pytest.mark.parametrize(
    "arguments",
    [{"sampling_rate": 0}, {"sequence_stride": 10}, {"start_index": -1}, {"end_index": 10}, {"sequence_length": 0},
     {"start_index": 5, "end_index": 5}, {"sequence_length": "2"}, {"sampling_rate": 1.5},
     {"targets": range(3), "start_index": 2}],
    ids=str,
)  # fmt: skip
def test_faulty_windows(arguments):
    arguments = {"data": np.arange(10), "targets": None, "sequence_length": 2, **arguments}
    arguments["targets"] = None if arguments["targets"] is None else np.array(arguments["targets"])
    with pytest.raises((ValueError, TypeError), match=r"Received|needed"):
        timeseries_dataset_from_array(**arguments)


READ_ALL = """
import resource, sys
from minikeras.utils import image_dataset_from_directory
dataset = image_dataset_from_directory(sys.argv[1], labels=None, image_size=(512, 512), batch_size=4, verbose=False)
batches = iter(dataset.repeat())
next(batches)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
limit = used + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
total = sum(batch.array.nbytes for batch, _ in zip(batches, range(int(sys.argv[3]))))
print(total)
"""


@pytest.mark.full
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit of a process's memory is Linux's")
def test_memory_stays_flat_over_ten_times_the_limit(folder):
    batches, batch = 240, 4 * 512 * 512 * 3 * 4
    limit = batches * batch // 10
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(folder), str(limit), str(batches)],
        capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) == 10 * limit
