"""Files of FeatureSpaces with one thing changed: they load, or one sentence says why not; nothing is run or opened."""

import contextlib
import json
import random
import tempfile
import zipfile

import numpy as np
import pytest

import minikeras as keras

ROWS = 6
DATA = {
    "a": np.arange(ROWS, dtype="float32"),
    "b": np.array(list("xyzxyz")),
    "c": np.arange(ROWS),
    "d": np.arange(ROWS, dtype="float32"),
    "e": np.ones(ROWS, "float32"),
}
FUNCTION = {"module": "builtins", "class_name": "function", "config": "os.system", "registered_name": "function"}
CODE = {"class_name": "__lambda__", "config": {"code": "4wAAAA==", "defaults": None, "closure": None}}
LAMBDA = {"module": "keras.layers", "class_name": "Lambda", "config": {"function": CODE}, "registered_name": None}
HOSTILE = [
    None, -1, 0, 10**18, 1e308, float("nan"), True, "", "os.system", "../../etc/passwd", "\x00", [], [1, [2]], {},
    FUNCTION, LAMBDA, {"module": "os", "class_name": "system", "config": "ls"}, [0] * 1000, "a" * 100_000,
]  # fmt: skip
FEATURE = ("config", "features")
SAID = [  # where, what, and what the sentence says
    ((*FEATURE, "a"), "no_such_kind", "Invalid feature type"),
    ((*FEATURE, "a"), {}, "Invalid feature type"),
    ((*FEATURE, "a"), 10**18, "Invalid feature type"),
    ((*FEATURE, "a", "config", "output_mode"), "two_hot", "Invalid value for argument `output_mode`"),
    ((*FEATURE, "a", "config", "dtype"), {"a": 1}, "`dtype` must be the name of a dtype"),
    ((*FEATURE, "b", "config", "preprocessor"), "os.system", "`preprocessor` must be a layer"),
    ((*FEATURE, "b", "config", "preprocessor"), LAMBDA, "code execution"),
    ((*FEATURE, "d", "config", "preprocessor", "config", "bin_boundaries"), ["a", {}], "must be a list of numbers"),
    (("config", "crosses", 0, "config", "crossing_dim"), "many", "`crossing_dim` must be a positive integer"),
    (("config", "crosses", 0, "config", "feature_names"), [], "names of two columns"),
    (("config", "crosses", 0, "config", "feature_names"), ["b", "zz"], "should be present in `features`"),
    (("config", "output_mode"), ["dict"], "Invalid value for argument `output_mode`"),
]


@pytest.fixture(scope="module")
def files():
    """The parts of a good file: {name: bytes}."""
    space_of = keras.utils.FeatureSpace
    features = {
        "a": "float_normalized",
        "b": space_of.string_categorical(num_oov_indices=2),
        "c": space_of.integer_hashed(4),
        "d": space_of.float_discretized(3),
        "e": space_of.float_rescaled(2.0),
    }
    space = space_of(features, crosses=[space_of.cross(("b", "c"), 5)], output_mode="dict")
    space.adapt(DATA)
    return saved(space)


def saved(space):
    with tempfile.TemporaryDirectory() as folder:
        space.save(f"{folder}/space.keras")
        with zipfile.ZipFile(f"{folder}/space.keras") as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def load_with(files, config, folder):
    path = folder / "hostile.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, json.dumps(config) if name == "config.json" else content)
    return keras.saving.load_model(path)


def positions(config, place=()):
    """Where the values of a config are, nested ones too."""
    yield place
    if isinstance(config, (dict, list)):
        for key in config if isinstance(config, dict) else range(len(config)):
            yield from positions(config[key], (*place, key))


def changed(files, place, value):
    """The config with another value at a place."""
    config = inner = json.loads(files["config.json"])
    if not place:
        return value
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return config


def test_the_good_file_loads(files, tmp_path):
    space = load_with(files, json.loads(files["config.json"]), tmp_path)
    assert tuple(space(DATA)["b_X_c"].shape) == (ROWS, 5)


@pytest.mark.parametrize("place, value, said", SAID)
def test_a_sentence_says_what_is_wrong(place, value, said, files, tmp_path):
    with pytest.raises(ValueError, match=said):
        load_with(files, changed(files, place, value), tmp_path)


PLACES_OF_A_TEST = 50


@pytest.mark.full
@pytest.mark.parametrize("seed", range(6))
def test_any_value_at_any_place_loads_or_is_refused(seed, files, tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr("os.system", ran.append)
    generator = random.Random(seed)
    everywhere = list(positions(json.loads(files["config.json"])))
    for place in generator.sample(everywhere, PLACES_OF_A_TEST):
        with contextlib.suppress(ValueError, TypeError):  # anything else fails the test
            load_with(files, changed(files, place, generator.choice(HOSTILE)), tmp_path)
    assert not ran
