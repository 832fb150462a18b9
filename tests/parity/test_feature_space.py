"""`FeatureSpace` against tf.keras's: results of all kinds of features, models, configs, files both ways."""

import json
import zipfile

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from tests.parity.comparing import LAYER, assert_close

import keras  # isort: skip
import tensorflow as tf  # isort: skip

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    # Keras warns of the dict of inputs that its own FeatureSpace gives.
    pytest.mark.filterwarnings(r"ignore:(.|\n)*The structure of `inputs`:UserWarning"),
    pytest.mark.filterwarnings("ignore:Deprecated in NumPy 1.25:DeprecationWarning"),
]

RNG = np.random.default_rng(13)
ROWS = 40
COLUMNS = {
    "age": RNG.normal(50, 9, ROWS).astype("float32"),
    "bmi": RNG.gamma(4, 6, ROWS).astype("float32"),
    "rate": RNG.integers(50, 200, ROWS).astype("float32"),
    "job": RNG.choice(["cook", "clerk", "pilot", "bäcker"], ROWS),
    "sex": RNG.integers(0, 2, ROWS).astype("int32"),
    "zip": RNG.integers(0, 99999, ROWS).astype("int32"),
    "name": np.array([f"name {i % 17}" for i in range(ROWS)]),
    "thal": RNG.choice(["fixed", "normal"], ROWS),
}


def all_kinds(space):
    return {
        "age": "float_normalized",
        "bmi": space.float_discretized(num_bins=5),
        "rate": space.float_rescaled(scale=0.01, offset=-1.0),
        "job": "string_categorical",
        "sex": "integer_categorical",
        "zip": space.integer_hashed(num_bins=11),
        "name": "string_hashed",
        "thal": space.string_categorical(num_oov_indices=0, max_tokens=3),
    }


def integers(space):
    return {
        "age": "float",
        "bmi": space.float_discretized(num_bins=4, output_mode="int"),
        "rate": "float_discretized",
        "job": space.string_categorical(max_tokens=3, num_oov_indices=2, output_mode="int"),
        "sex": space.integer_categorical(output_mode="int"),
        "zip": space.integer_hashed(7, output_mode="int", name="of_zip"),
        "name": space.string_hashed(9),
    }


def spaces():
    """[(ours, theirs)], not adapted: with single vectors and with dicts."""
    pairs = []
    for features, arguments in (
        (all_kinds, {"crosses": [("job", "sex"), ("thal", "zip")], "crossing_dim": 16, "hashing_dim": 13}),
        (integers, {"output_mode": "dict", "num_discretization_bins": 6, "crosses": "custom"}),
    ):
        pair = []
        for backend in (minikeras, keras):
            space = backend.utils.FeatureSpace
            given = dict(arguments)
            if given.get("crosses") == "custom":
                given["crosses"] = [
                    space.cross(("sex", "job"), crossing_dim=8, output_mode="int"), space.cross(("zip", "sex"), 5)
                ]  # fmt: skip
            pair.append(space(features(space), name="space", **given))
        pairs.append(pair)
    return pairs


@pytest.mark.parametrize("number", [0, 1], ids=["concat", "dict"])
def test_results_models_configs_and_files(number, tmp_path):
    ours, theirs = spaces()[number]
    rows = {name: COLUMNS[name] for name in ours.features}
    ours.adapt(minikeras.data.pipeline.Dataset.from_tensor_slices(rows).batch(16))
    theirs.adapt(tf.data.Dataset.from_tensor_slices(rows).batch(16))
    expected = theirs(rows)
    assert_same(ours(rows), expected)
    assert_same(ours({name: values.tolist() for name, values in rows.items()}), expected)
    assert_same(ours({name: values[:, None] for name, values in rows.items()}), expected)
    one = {name: values[3].item() for name, values in rows.items()}
    assert_same(ours(one), theirs({k: tf.constant(v) for k, v in one.items()}))
    assert list(ours.preprocessors) == list(theirs.preprocessors)
    assert list(ours.crossers) == list(theirs.crossers)
    assert_same(in_a_pipeline(ours, minikeras.data.pipeline.Dataset, rows), expected)
    assert [shape_of(x) for x in leaves(ours.get_encoded_features())] == [
        shape_of(x) for x in leaves(theirs.get_encoded_features())
    ]
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    assert config_in(tmp_path / "ours.keras") == config_in(tmp_path / "theirs.keras")
    assert_same(keras.saving.load_model(tmp_path / "ours.keras")(rows), expected)
    for name in ("ours", "theirs"):
        read = minikeras.saving.load_model(tmp_path / f"{name}.keras")
        assert_same(read(rows), expected)
        assert_same(minikeras.saving.deserialize_keras_object(minikeras.saving.serialize_keras_object(read)).get_config(),
                    ours.get_config())  # fmt: skip


@pytest.mark.parametrize(
    "kind, values", [("float", [1, 2, 5]), ("string_hashed", [1, 2, 5]), ("integer_hashed", ["a"])]
)
def test_values_of_another_dtype(kind, values):
    ours, theirs = (backend.utils.FeatureSpace({"x": kind}) for backend in (minikeras, keras))
    assert_same(ours({"x": np.array(values)}), theirs({"x": tf.constant(values)}))


def test_a_model_from_inputs_to_encoded_features(tmp_path):
    ours, theirs = spaces()[0]
    outputs = []
    for backend, space in ((minikeras, ours), (keras, theirs)):
        space.adapt(COLUMNS)
        model = backend.Model(space.get_inputs(), space.get_encoded_features())
        model.save(tmp_path / f"{backend.__name__}.keras")
        columns = {k: tf.constant(v[:, None]) if backend is keras else v[:, None] for k, v in COLUMNS.items()}
        outputs.append(model(columns))
    assert_same(*outputs)
    for name in ("minikeras", "keras"):
        read = minikeras.saving.load_model(tmp_path / f"{name}.keras")
        assert_same(read({k: v[:, None] for k, v in COLUMNS.items()}), outputs[1])
    columns = {k: tf.constant(v[:, None]) for k, v in COLUMNS.items()}
    assert_same(keras.saving.load_model(tmp_path / "minikeras.keras")(columns), outputs[1])


def test_layers_of_ones_own(tmp_path):
    texts = {"text": np.array(["1st string", "2nd string", "3rd string"])}
    results = []
    for backend in (minikeras, keras):
        space = backend.utils.FeatureSpace
        layer = backend.layers.TextVectorization(output_mode="tf_idf")
        feature = space.feature(preprocessor=layer, dtype="string", output_mode="float")
        space = space({"text": feature}, name="space")
        space.adapt(texts)
        results.append(space(texts))
    assert_same(*results)


def in_a_pipeline(space, dataset_class, rows):
    dataset = dataset_class.from_tensor_slices(rows).batch(ROWS).map(space)
    return next(iter(dataset))


def leaves(result):
    return [result[name] for name in sorted(result)] if isinstance(result, dict) else [result]


def shape_of(x):
    return tuple(x.shape), minikeras.backend.standardize_dtype(x.dtype)


def assert_same(result, expected):
    if isinstance(expected, dict):
        assert result.keys() == expected.keys()
    if not hasattr(leaves(expected)[0], "numpy"):
        assert result == expected
        return
    for ours, theirs in zip(leaves(result), leaves(expected), strict=True):
        ours, theirs = ours.numpy(), theirs.numpy()
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        assert_close("utils: FeatureSpace", ours, theirs, LAYER, "results")


def config_in(path):
    def without_ids(value):
        if isinstance(value, dict):
            return {key: without_ids(item) for key, item in value.items() if key != "shared_object_id"}
        return [without_ids(item) for item in value] if isinstance(value, list) else value

    with zipfile.ZipFile(path) as archive:
        return without_ids(json.loads(archive.read("config.json")))
