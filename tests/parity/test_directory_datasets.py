"""`…_dataset_from_directory` and `timeseries_dataset_from_array` against tf.keras: classes, order and batches."""

import gc
import wave

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("PIL")

from PIL import Image

import minikeras

import keras as tf_keras  # isort: skip

# 255 times float32's precision times the weights that are added; "lanczos5" adds the most, of alternating signs.
PIXELS = 3e-4
CLASSES = ("cats", "dogs", "eels")
SIZE = {"image_size": (9, 12), "shuffle": False}
BOTH = {"seed": 2, "validation_split": 0.3, "subset": "both", "batch_size": 4}
METHODS = ("nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
QUICK_IMAGES = [{"seed": 5, "batch_size": 4, "image_size": (9, 12)}]
IMAGES = [
    {**BOTH, "image_size": (9, 12), "label_mode": "categorical"},
    {"seed": 2, "validation_split": 0.3, "subset": "training", "labels": None, "batch_size": None},
    {"seed": 2, "validation_split": 0.3, "subset": "validation", "label_mode": None, "image_size": 20},
    {**SIZE, "class_names": ["eels", "cats"], "label_mode": "binary"},
    {**SIZE, "data_format": "channels_first"},
    {**SIZE, "crop_to_aspect_ratio": True},
    {**SIZE, "crop_to_aspect_ratio": True, "data_format": "channels_first", "interpolation": "nearest"},
    {**SIZE, "pad_to_aspect_ratio": True},
    {**SIZE, "pad_to_aspect_ratio": True, "interpolation": "nearest"},
    *[{**SIZE, "interpolation": method} for method in METHODS],
]
QUICK_TEXTS = [{"seed": 1, "batch_size": 3}]
TEXTS = [{**BOTH}, {"max_length": 6, "labels": list(range(9)), "seed": 3}, {"labels": None, "batch_size": None}]
QUICK_SOUNDS = [{"seed": 1, "batch_size": 3}]
SOUNDS = [
    {**BOTH, "output_sequence_length": 40},
    {"ragged": True, "batch_size": 4, "seed": 1},
    {"labels": None, "batch_size": None, "shuffle": False},
]
WINDOWS = [
    {},
    {"sequence_stride": 3, "sampling_rate": 2, "batch_size": 5, "shuffle": True, "seed": 4, "start_index": 3},
    {"targets": None, "batch_size": None, "shuffle": True, "end_index": 40},
    {"data": [1, 2, 3, 4, 5, 6, 7], "targets": None},
    {"data": [1.0, 2.5, 3.0, 4.0], "targets": [1.0, 2.0], "batch_size": 1},
    {"data": tuple(np.arange(7.0)), "targets": None},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three classes with images of several formats and sizes, texts and sounds; some in subfolders."""
    top = tmp_path_factory.mktemp("classes")
    rng = np.random.default_rng(0)
    for name in CLASSES:
        (top / name / "more").mkdir(parents=True)
        for i, ending in enumerate(("png", "bmp", "more.gif", "PNG", "rgba.png", "palette.png", "deep.png")):
            pixels = rng.integers(0, 256, (*rng.integers(8, 24, 2), 3), np.uint8)
            image_of(pixels, ending).save(top / name / ("more" if ending == "more.gif" else "") / f"{i}.{ending}")
        for i in range(3):
            (top / name / f"{i}.txt").write_bytes(f"text of {name} {i} é".encode())
            with wave.open(str(top / name / f"{i}.wav"), "wb") as file:
                file.setnchannels(1 + (i == 5))
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes(rng.integers(-32768, 32767, rng.integers(30, 60)).astype("<i2").tobytes())
    return top


def image_of(pixels, ending):
    if ending == "rgba.png":
        pixels = np.dstack([pixels, pixels[..., :1]])
    if ending == "PNG":
        pixels = pixels[..., 0]
    if ending == "deep.png":
        pixels = pixels[..., 0].astype("uint16") * 257
    image = Image.fromarray(pixels)
    return image.quantize(32) if ending in ("more.gif", "palette.png") else image


def assert_same_datasets(function, *args, tolerance=0.0, **arguments):
    results = []
    for keras in (minikeras, tf_keras):
        keras.utils.set_random_seed(3)
        copies = {name: list(value) if isinstance(value, list) else value for name, value in arguments.items()}
        result = getattr(keras.utils, function)(*args, **copies)
        results.append(result if isinstance(result, (list, tuple)) else [result])
    assert type(results[0]) is type(results[1])
    for ours, theirs in zip(*results, strict=True):
        assert getattr(ours, "class_names", None) == getattr(theirs, "class_names", None)
        if hasattr(theirs, "file_paths"):
            assert ours.file_paths == theirs.file_paths
        assert len(ours) == len(theirs)
        for _ in range(2):
            for mine, yours in zip(ours, theirs, strict=True):
                assert_same_element(mine, yours, tolerance)


def assert_same_element(ours, theirs, tolerance):
    ours, theirs = (element if isinstance(element, tuple) else (element,) for element in (ours, theirs))
    for mine, yours in zip(ours, theirs, strict=True):
        if hasattr(yours, "to_list"):
            assert mine.to_list() == yours.to_list()
            continue
        mine, yours = np.asarray(mine.numpy()), np.asarray(yours.numpy())
        assert (mine.shape, mine.dtype) == (yours.shape, yours.dtype)
        if mine.dtype.kind in "OS" or tolerance == 0:
            assert mine.tolist() == yours.tolist()
        else:
            np.testing.assert_allclose(mine, yours, rtol=0, atol=tolerance)


def check(folder, kind, arguments):
    arguments = {"directory": str(folder), "verbose": False, **arguments}
    assert_same_datasets(f"{kind}_dataset_from_directory", tolerance=PIXELS if kind == "image" else 0, **arguments)


def rows(**kinds):
    return [(kind, arguments) for kind, table in kinds.items() for arguments in table]


@pytest.mark.parametrize(
    "kind, arguments", rows(image=QUICK_IMAGES, text=QUICK_TEXTS, audio=QUICK_SOUNDS), ids=lambda value: str(value)[:60]
)
def test_directories(folder, kind, arguments):
    check(folder, kind, arguments)


@pytest.mark.full
@pytest.mark.parametrize("kind, arguments", rows(image=IMAGES, text=TEXTS, audio=SOUNDS), ids=str)
def test_arguments(folder, kind, arguments):
    check(folder, kind, arguments)


@pytest.mark.parametrize("color_mode", ["grayscale", "rgba"])
def test_color_modes(folder, color_mode):
    """A folder without GIF and BMP files, which TensorFlow reads neither as grey nor as transparent ones."""
    arguments = {**SIZE, "color_mode": color_mode, "labels": None, "verbose": False, "interpolation": "nearest"}
    for unread in [*folder.rglob("*.gif"), *folder.rglob("*.bmp")]:
        unread.rename(unread.with_suffix(unread.suffix + "_"))
    try:
        assert_same_datasets("image_dataset_from_directory", str(folder), **arguments)
    finally:
        for unread in folder.rglob("*_"):
            unread.rename(str(unread)[:-1])


@pytest.mark.parametrize("arguments", WINDOWS, ids=lambda value: str(value)[:60])
def test_windows(arguments):
    series = np.arange(50.0)[:, None] * [1, 2]
    arguments = {"data": series, "targets": np.arange(50), "sequence_length": 4, **arguments}
    if isinstance(arguments["data"], list):
        arguments["sequence_length"] = 2
    assert_same_datasets("timeseries_dataset_from_array", **arguments)


FAULTS = [  # of `text_dataset_from_directory`
    {"batch_size": "32"}, {"batch_size": 2.5}, {"max_length": "x"}, {"max_length": 2.5}, {"seed": "one"},
    {"seed": 1.5}, {"seed": -1}, {"validation_split": "0.2", "subset": "training", "seed": 1},
    {"validation_split": 1.5, "subset": "training", "seed": 1}, {"validation_split": 0.2, "subset": "test", "seed": 1},
    {"validation_split": 0.2}, {"subset": "both"}, {"label_mode": "number"}, {"labels": "given"}, {"labels": [0, 1]},
    {"labels": None, "class_names": ["cats"]}, {"class_names": ["cats", "birds"]}, {"label_mode": "binary"},
    {"directory": "missing"}, {"directory": "missing", "labels": None}, {"directory": __file__},
    {"directory": __file__, "labels": None}, {"directory": None},
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of pools that tf.keras does not close
def test_faulty_arguments_have_kerass_types_of_errors(folder):
    def error_type(keras, arguments):
        with pytest.raises(Exception) as raised:  # noqa: PT011 - any: it is the type that is compared
            list(keras.utils.text_dataset_from_directory(**{"directory": str(folder), "verbose": False, **arguments}))
        return raised.type

    for arguments in FAULTS:
        ours, theirs = (error_type(keras, arguments) for keras in (minikeras, tf_keras))
        assert issubclass(ours, theirs), f"{arguments}: {ours.__name__}, not {theirs.__name__}"
    gc.collect()


def test_class_names_are_those_given(folder):
    names = [
        keras.utils.text_dataset_from_directory(str(folder), class_names=("eels", "cats"), verbose=False).class_names
        for keras in (minikeras, tf_keras)
    ]
    assert names == [("eels", "cats")] * 2


def test_messages(folder, capsys):
    printed = []
    for keras in (minikeras, tf_keras):
        keras.utils.image_dataset_from_directory(
            str(folder), seed=1, validation_split=0.25, subset="both", image_size=(9, 12)
        )
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
