"""minikeras.datasets gives what Keras's data sets give when both read the same made file."""

import hashlib
import json

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras import config, datasets  # noqa: E402
from tests.unit.datasets.made_files import cifar10_archive, cifar100_archive, idx, npz, ragged  # noqa: E402

RNG = np.random.default_rng(0)
TEXTS = ragged(*(RNG.integers(1, 60, size=RNG.integers(1, 20)).tolist() for _ in range(57)))
TOPICS = RNG.integers(0, 46, size=57)
HOUSES = npz(x=RNG.normal(size=(701, 8)).astype("float32"), y=RNG.normal(size=701))
PICTURES = {
    "train": (RNG.integers(0, 256, (5, 28, 28), "uint8"), np.arange(5, dtype="uint8")),
    "test": (RNG.integers(0, 256, (2, 28, 28), "uint8"), np.arange(2, dtype="uint8")),
}

MADE = {
    "imdb.npz": npz(x_train=TEXTS, y_train=TOPICS % 2, x_test=TEXTS[:40], y_test=TOPICS[:40] % 2),
    "reuters.npz": npz(x=TEXTS, y=TOPICS),
    "same_length.npz": npz(x=ragged(*([n, n + 1, n + 2] for n in range(1, 9))), y=TOPICS[:8]),
    "imdb_word_index.json": json.dumps({"the": 1, "é": 2}).encode(),
    "reuters_word_index.json": json.dumps({"the": 1, "of": 2}).encode(),
    "boston_housing.npz": HOUSES,
    "california_housing.npz": HOUSES,
    "cifar-100-python-target_archive": cifar100_archive(),
    "mnist.npz": npz(**{f"{axis}_{part}": PICTURES[part][axis == "y"] for axis in "xy" for part in PICTURES}),
    "fashion-mnist/train-images-idx3-ubyte.gz": idx(PICTURES["train"][0]),
    "fashion-mnist/train-labels-idx1-ubyte.gz": idx(PICTURES["train"][1]),
    "fashion-mnist/t10k-images-idx3-ubyte.gz": idx(PICTURES["test"][0]),
    "fashion-mnist/t10k-labels-idx1-ubyte.gz": idx(PICTURES["test"][1]),
}


@pytest.fixture
def outcomes(tmp_path, monkeypatch):
    """outcomes(module, function, file, arguments): Keras's result and ours; or the types of the errors.

    Both packages look into the same cache folder; the checksums, which made files cannot have, are ignored.
    """
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    keras_get_file = tf.keras.utils.get_file

    def get_file_without_checksum(fname, origin, file_hash=None, **arguments):
        return keras_get_file(fname, origin, cache_dir=str(tmp_path), **arguments)

    def put(name, content):
        path = tmp_path / "datasets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def outcomes(module, function, file, arguments=None, made=MADE):
        for name, content in made.items():
            if name.startswith(file):
                put(name, content)
                constant, algorithm = ("WORD_INDEX_MD5", "md5") if name.endswith("json") else ("SHA256", "sha256")
                digest = hashlib.new(algorithm, content).hexdigest()
                monkeypatch.setattr(getattr(datasets, module), constant, digest, raising=False)
        keras_function = getattr(getattr(tf.keras.datasets, module), function)
        monkeypatch.setitem(keras_function.__globals__, "get_file", get_file_without_checksum)
        our_function = getattr(getattr(datasets, module), function)
        return outcome(keras_function, arguments or {}), outcome(our_function, arguments or {})

    return outcomes


def outcome(function, arguments):
    try:
        return function(**arguments)
    except ValueError as error:
        return type(error)


def assert_same_data(expected, got):
    for expected_part, part in zip(expected, got, strict=True):
        for expected_array, array in zip(expected_part, part, strict=True):
            np.testing.assert_array_equal(array, expected_array, strict=True)
            if expected_array.dtype == object:
                assert [type(item) for item in array.flat] == [type(item) for item in expected_array.flat]


WORD_ARGUMENTS = [
    {},
    {"num_words": 30},
    {"num_words": 30, "oov_char": None, "skip_top": 7},
    {"skip_top": 10, "oov_char": 5, "index_from": 0, "start_char": 9},
    {"start_char": None},
    {"start_char": None, "index_from": 0},
    {"start_char": None, "index_from": None, "oov_char": None},
    {"maxlen": 9, "seed": 3},
]


@pytest.mark.parametrize("arguments", WORD_ARGUMENTS, ids=str)
@pytest.mark.parametrize("module", ["imdb", "reuters"])
def test_word_sequences(module, arguments, outcomes):
    assert_same_data(*outcomes(module, "load_data", f"{module}.npz", arguments))


def test_texts_of_one_length_become_a_table(outcomes):
    assert_same_data(
        *outcomes("reuters", "load_data", "same_length.npz", {"path": "same_length.npz", "test_split": 0.5})
    )


@pytest.mark.parametrize("module", ["imdb", "reuters"])
def test_word_index(module, outcomes):
    expected, got = outcomes(module, "get_word_index", f"{module}_word_index.json")
    assert got == expected


def test_names_of_the_topics():
    assert datasets.reuters.get_label_names() == tf.keras.datasets.reuters.get_label_names()


@pytest.mark.parametrize("arguments", [{}, {"test_split": 0.37, "seed": 5}, {"test_split": 0}])
@pytest.mark.parametrize("module", ["boston_housing", "california_housing"])
def test_housing(module, arguments, outcomes):
    assert_same_data(*outcomes(module, "load_data", f"{module}.npz", arguments))


def test_the_small_version_of_california(outcomes):
    assert_same_data(*outcomes("california_housing", "load_data", "california_housing.npz", {"version": "small"}))


@pytest.mark.parametrize("module, file", [("mnist", "mnist.npz"), ("fashion_mnist", "fashion-mnist")])
def test_pictures(module, file, outcomes):
    assert_same_data(*outcomes(module, "load_data", file))


@pytest.fixture(params=["channels_last", "channels_first"])
def data_format(request):
    tf.keras.config.set_image_data_format(request.param)
    config.set_image_data_format(request.param)
    yield
    tf.keras.config.set_image_data_format("channels_last")
    config.set_image_data_format("channels_last")


@pytest.mark.parametrize("label_mode", ["fine", "coarse"])
def test_cifar100(label_mode, data_format, outcomes):
    file = "cifar-100-python-target_archive"
    assert_same_data(*outcomes("cifar100", "load_data", file, {"label_mode": label_mode}))


@pytest.mark.full
def test_cifar10(outcomes):
    # Keras insists on 10000 images a file: 180 MB, though hardly any in the archive.
    file = "cifar-10-batches-py-target_archive"
    assert_same_data(*outcomes("cifar10", "load_data", file, made={file: cifar10_archive(10_000)}))


@pytest.mark.parametrize(
    "module, arguments",
    [
        ("imdb", {"maxlen": 1}),
        ("boston_housing", {"test_split": 1}),
        ("boston_housing", {"test_split": -0.1}),
        ("california_housing", {"test_split": 1}),
        ("california_housing", {"version": "medium"}),
        ("cifar100", {"label_mode": "middle"}),
    ],
)
def test_what_keras_refuses_is_refused(module, arguments, outcomes):
    expected, got = outcomes(module, "load_data", f"{module}.npz", arguments)
    assert expected is got is ValueError


@pytest.mark.parametrize(
    "module", ["mnist", "cifar10", "cifar100", "imdb", "reuters", "boston_housing", "california_housing"]
)
def test_checksums_and_addresses_are_those_of_keras(module, monkeypatch):
    """What each package would ask `get_file` for."""
    asked = {}

    class Stop(Exception):
        pass

    def record(key):
        def get_file(*args, **arguments):
            if args:
                arguments["fname"] = args[0]
            asked[key] = arguments
            raise Stop

        return get_file

    for key, package in (("keras", tf.keras.datasets), ("minikeras", datasets)):
        load_data = getattr(package, module).load_data
        monkeypatch.setitem(load_data.__globals__, "get_file", record(key))
        with pytest.raises(Stop):
            load_data()
    assert asked["minikeras"] == asked["keras"]
