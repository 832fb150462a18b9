"""Layers that prepare tables and text against tf.keras's: results, what `adapt` learns, configs, files both ways."""

import json

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from minikeras.tensors.ragged import RaggedTensor
from tests.parity.comparing import LAYER, assert_close

import keras  # isort: skip
import tensorflow as tf  # isort: skip

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Deprecated in NumPy 1.25:DeprecationWarning"),
]

RNG = np.random.default_rng(5)
COLUMNS = RNG.normal(3, 2, (40, 3)).astype("float32")
CUBE = RNG.normal(-1, 4, (5, 2, 3)).astype("float32")
WORDS = [["blue", "red", "red"], ["green", "red", "zinc"], ["blue", "pink", "grün"]]
REALS = [[12, 1138, 42], [42, 1000, 36], [-7, 42, 12]]
CLASSES = [[0, 2, 2], [1, 5, 0]]
TEXTS = ["The cat -- sat; on THE mat.", "a dog's cat", "", "  Élan\tvital ÉTÉ  the\u00a0end ", "日本 語 the (a) b-c"]
TF_IDF = {"output_mode": "tf_idf"}


def row(layer, arguments, inputs, adapt=None, call=None):
    return pytest.param(layer, arguments, inputs, adapt, call or {}, id=f"{layer}-{arguments}")


ROWS = [
    row("Normalization", {}, COLUMNS[:4], COLUMNS),
    row("Normalization", {"axis": None}, COLUMNS[:4], COLUMNS),
    row("Normalization", {"axis": (0, 2)}, CUBE, CUBE),
    row("Normalization", {"axis": 1, "invert": True}, CUBE[:2], CUBE),
    row("Normalization", {"mean": 3.0, "variance": 2.0}, COLUMNS[:4]),
    row("Normalization", {"mean": [3.0, 0.5, 1.0], "variance": [2.0, 0.0, 1.0]}, COLUMNS[:4].astype("float64")),
    row("Normalization", {"axis": (1, 2), "mean": [[1.0], [2.0]], "variance": [[4.0], [9.0]]}, CUBE),
    *[
        row("CategoryEncoding", {"num_tokens": 3, "output_mode": mode}, x)
        for mode in ("one_hot", "multi_hot", "count")
        for x in (np.array(1), np.array([0, 2, 2]), np.array([[0], [2]]), np.array(CLASSES), np.array([CLASSES] * 2))
    ],
    row("CategoryEncoding", {"num_tokens": 3, "output_mode": "count"}, np.array(CLASSES), None,
        {"count_weights": np.array([[0.5, 1, 2], [1, 2, 3]])}),
    row("CategoryEncoding", {"num_tokens": 3, "dtype": "int32"}, np.array([[0.0, 2.0]])),
    *[
        row("Discretization", {"bin_boundaries": [-1.0, 0.5, 3.0], "output_mode": mode}, COLUMNS[:4])
        for mode in ("int", "one_hot", "multi_hot", "count")
    ],
    row("Discretization", {"num_bins": 4}, COLUMNS, COLUMNS),
    row("Discretization", {"num_bins": 7, "epsilon": 0.05}, COLUMNS, RNG.gamma(2, 3, 3000)),
    *[
        row(layer, {**arguments, "output_mode": mode, **more}, np.array(data, dtype), data)
        for layer, data, dtype in (("StringLookup", WORDS, object), ("IntegerLookup", REALS, "int64"))
        for mode, more in (
            ("int", {}), ("int", {"mask_token": data[1][2], "max_tokens": 5}), ("one_hot", {}), ("count", {}),
            ("multi_hot", {"mask_token": data[1][2], "max_tokens": 12, "pad_to_max_tokens": True}),
            ("tf_idf", {}), ("tf_idf", {"max_tokens": 9, "pad_to_max_tokens": True}),
        )
        for arguments in ({}, {"num_oov_indices": 3})
    ],
    row("StringLookup", {"vocabulary": ["red", "blue"], "num_oov_indices": 4}, np.array(WORDS, object)),
    row("StringLookup", {"vocabulary": ["red", "blue"], "num_oov_indices": 4, "salt": [3, 7]}, np.array(WORDS, object)),
    row("StringLookup", {"vocabulary": ["red", "blue"], "invert": True, "mask_token": ""}, np.array([0, 1, 2, 3, 9])),
    row("StringLookup", {"vocabulary": ["red", "blue"], "invert": True}, np.array([[0, 1], [2, 7]])),
    row("StringLookup", {"vocabulary": ["red", "blue"], "idf_weights": [0.3, 0.8], **TF_IDF}, np.array(WORDS, object)),
    row("IntegerLookup", {"vocabulary": [12, 42], "invert": True, "mask_token": 0}, np.array([0, 1, 2, 3, 9])),
    row("IntegerLookup", {"vocabulary": [12, 42], "num_oov_indices": 3, "oov_method": "farmhash"}, np.array(REALS)),
    row("IntegerLookup", {"vocabulary": [12, 42], "num_oov_indices": 3, "oov_method": "farmhash", "salt": 3},
        np.array(REALS)),
    *[
        row("TextVectorization", arguments, np.array(TEXTS, object)[:, None], TEXTS)
        for arguments in (
            {}, {"output_mode": "multi_hot"}, {"output_mode": "count", "max_tokens": 5},
            {"output_mode": "tf_idf", "ngrams": 2}, {"output_sequence_length": 4, "max_tokens": 7},
            {"output_sequence_length": 9, "standardize": "lower"}, {"split": "character"}, {"split": None},
            {"split": None, "output_sequence_length": 3, "ngrams": 1}, {"split": None, "output_mode": "count"},
            {"standardize": "strip_punctuation", "ngrams": (1, 3)}, {"standardize": None, "ngrams": (2,)},
            {"max_tokens": 30, "pad_to_max_tokens": True, "output_mode": "count"},
        )
    ],
    *[
        row("Hashing", {"num_bins": 7, **arguments}, x)
        for arguments in (
            {}, {"salt": 5}, {"salt": [3, -7]}, {"output_mode": "multi_hot"}, {"output_mode": "count", "salt": 1},
            {"mask_value": 42}, {"dtype": "int32"},
        )
        for x in (np.array(REALS), np.array(WORDS, object), CUBE, np.array([[True], [False]]))
        if x.dtype.kind not in "Ob" or "mask_value" not in arguments
    ],
    row("Hashing", {"num_bins": 7, "mask_value": "red"}, np.array(WORDS, object)),
    row("Hashing", {"num_bins": 5, "output_mode": "one_hot"}, np.array(WORDS, object)[:, :1]),
    row("TextVectorization", {"vocabulary": ["the", "cat"]}, np.array(TEXTS, object)[:, None]),
    row("TextVectorization", {"vocabulary": ["the", "cat"], "idf_weights": [0.5, 2.0], **TF_IDF},
        np.array(TEXTS, object)[:, None]),
    row("Rescaling", {"scale": 1.5, "offset": 2.5, "dtype": "int32"}, COLUMNS[:4]),
]  # fmt: skip


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name, arguments, inputs, data, call", ROWS)
def test_results_configs_and_files(name, arguments, inputs, data, call, tmp_path):
    layers = [getattr(backend.layers, name)(**arguments, name="one") for backend in (minikeras, keras)]
    for layer in layers:
        if data is not None:
            layer.adapt(data)
    ours, theirs = layers
    assert ours.built == theirs.built
    given = inputs.tolist() if inputs.dtype == object else inputs
    expected = theirs(tf.constant(given) if inputs.dtype == object else inputs, **call)
    for x in (given, inputs) if inputs.dtype == object else (inputs, minikeras.Tensor(inputs)):
        assert_same(ours(x, **call), expected)
    if hasattr(ours, "get_vocabulary"):
        assert ours.get_vocabulary() == [plain(token) for token in theirs.get_vocabulary()]
        assert ours.vocabulary_size() == theirs.vocabulary_size()
    if name == "Discretization":
        assert ours.bin_boundaries == theirs.bin_boundaries
    assert as_json(ours.get_config()) == as_json(theirs.get_config())
    shapes = [inputs.shape, (None, *inputs.shape[1:])][: inputs.ndim + 1]
    for shape in shapes:
        assert tuple(ours.compute_output_shape(shape)) == tuple(theirs.compute_output_shape(shape))
    if inputs.ndim > 1 and not call:
        assert_models_and_files_agree(ours, theirs, inputs, tmp_path)


def assert_models_and_files_agree(ours, theirs, inputs, folder):
    """The layers in models, which are saved and read by the other side."""
    dtype = "string" if inputs.dtype == object else str(inputs.dtype)
    models = []
    for backend, layer in ((minikeras, ours), (keras, theirs)):
        x = backend.Input(inputs.shape[1:], batch_size=len(inputs), dtype=dtype)
        y = layer(x)
        models.append(backend.Model(x, y))
    assert models[0].output.shape == models[1].output.shape
    assert models[0].output.dtype == models[1].output.dtype
    x = tf.constant(inputs.tolist()) if dtype == "string" else inputs
    expected = models[1](x)
    assert_same(models[0](inputs), expected)
    models[0].save(folder / "ours.keras")
    models[1].save(folder / "theirs.keras")
    config = ours.get_config()
    if config.get("output_mode") != "tf_idf" or not config["pad_to_max_tokens"]:  # of which Keras reads no file at all
        assert_same(keras.models.load_model(folder / "ours.keras")(x), expected)
    for name in ("theirs", "ours"):
        assert_same(minikeras.models.load_model(folder / f"{name}.keras")(inputs), expected)


@pytest.mark.parametrize("mode", ["int", "one_hot"])
def test_hashed_crossing(mode, tmp_path):
    words, numbers = np.array(["a", "dog", "é"], object), np.array([3, -7, 2**40])
    ours, theirs = (backend.layers.HashedCrossing(1009, mode, name="one") for backend in (minikeras, keras))
    assert ours.get_config() == theirs.get_config()
    for features in ([words, numbers], [numbers, words, numbers], [words[:, None], words[:, None]]):
        as_tensors = [tf.constant(x.tolist(), tf.string if x.dtype == object else tf.int64) for x in features]
        assert_same(ours(features), theirs(as_tensors))
    assert_same(ours(["a", 3]), theirs([tf.constant("a"), tf.constant(3)]))
    assert_same(ours((["a", "b"], [3, 4])), theirs((tf.constant(["a", "b"]), tf.constant([3, 4]))))
    inputs = [minikeras.Input((1,), dtype="string"), minikeras.Input((1,), dtype="int64")]
    model = minikeras.Model(inputs, ours(inputs))
    model.save(tmp_path / "model.keras")
    read = keras.models.load_model(tmp_path / "model.keras")
    given = [words[:, None], numbers[:, None]]
    assert_same(model(given), read([tf.constant(words[:, None].tolist()), tf.constant(numbers[:, None])]))


def test_text_in_all_forms():
    texts = ["the cat", "", "a the\n mat"]
    for arguments in ({"ragged": True}, {"output_mode": "one_hot"}, {"ngrams": 2, "ragged": True}, {}):
        ours, theirs = (
            backend.layers.TextVectorization(**arguments, vocabulary=["the", "the cat"])
            for backend in (minikeras, keras)
        )
        assert_same(ours(texts), theirs(tf.constant(texts)))
        assert_same(ours("the the cat"), theirs(tf.constant("the the cat")))
    for length in (2, 5):
        ours, theirs = (
            backend.layers.TextVectorization(split=None, output_sequence_length=length, vocabulary=["a", "b"])
            for backend in (minikeras, keras)
        )
        assert_same(ours([["a", "b", "c"]]), theirs(tf.constant([["a", "b", "c"]])))


def test_functions_that_standardize_and_split(tmp_path):
    ours, theirs = (_with_functions(backend, make) for backend, make in ((minikeras, _ours), (keras, _theirs)))
    x = np.array([["A-b C"], ["d-a-a"]], object)
    expected = theirs(tf.constant(x.tolist()))
    assert_same(ours(x), expected)
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    assert_same(minikeras.models.load_model(tmp_path / "theirs.keras")(x), expected)
    assert_same(keras.models.load_model(tmp_path / "ours.keras")(tf.constant(x.tolist())), expected)


def _with_functions(backend, functions):
    standardize, split = map(backend.saving.register_keras_serializable("tables"), functions())
    layer = backend.layers.TextVectorization(standardize=standardize, split=split, vocabulary=["a", "b", "c"])
    return backend.Sequential([backend.Input((1,), dtype="string"), layer])


def _ours():
    from minikeras.tensors import strings  # as `tf.strings` on the other side

    def small(text):
        return strings.lower(text)

    def parts(text):
        return strings.split(text, "-")

    return small, parts


def _theirs():
    def small(text):
        return tf.strings.lower(text)

    def parts(text):
        return tf.strings.split(text, "-")

    return small, parts


def test_words_with_line_breaks_are_kept_in_the_config(tmp_path):
    texts = np.array([["a\nb"], ["a\x85"]], object)
    for arguments in ({}, TF_IDF):
        layer = minikeras.layers.TextVectorization(split="character", **arguments)
        layer.adapt(texts)
        model = minikeras.Sequential([minikeras.Input((1,), dtype="string"), layer])
        model.save(tmp_path / "model.keras")
        expected = model(texts).numpy()
        theirs = keras.models.load_model(tmp_path / "model.keras")
        for read in (minikeras.models.load_model(tmp_path / "model.keras"), theirs):
            assert read.layers[0].get_vocabulary() == layer.get_vocabulary()
        assert_close("layers: preprocessing", theirs(tf.constant(texts.tolist())), expected, LAYER, "results")


def assert_same(result, expected):
    if hasattr(expected, "to_list"):
        if isinstance(result, RaggedTensor):
            result = result.to_list()
        assert result == expected.to_list()
        return
    result, expected = result.numpy(), expected.numpy()
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    if expected.dtype == object:
        assert result.tolist() == expected.tolist()
    else:
        assert_close("layers: preprocessing", result, expected, LAYER, "results")


def as_json(config):
    return json.loads(json.dumps(config, default=plain))


def plain(value):
    return str(value) if isinstance(value, str) else value.tolist() if hasattr(value, "tolist") else value


IMAGES = np.ones((2, 6, 6, 3), "float32")
FAULTS = [
    ("Hashing", {"num_bins": "three"}, ["a"]),
    ("Hashing", {"num_bins": 0}, ["a"]),
    ("HashedCrossing", {"num_bins": [3]}, (np.array(["a"]), np.array([1]))),
    ("CategoryEncoding", {"num_tokens": 2.5}, CLASSES),
    ("CategoryEncoding", {"num_tokens": None}, CLASSES),
    ("Discretization", {"num_bins": "x"}, COLUMNS),
    ("Discretization", {"bin_boundaries": 3.0}, COLUMNS),
    ("Discretization", {"bin_boundaries": [1.0, 0.0]}, COLUMNS),
    ("Discretization", {"bin_boundaries": [0.0, 1.0], "num_bins": 2}, COLUMNS),
    ("StringLookup", {"max_tokens": "x"}, WORDS),
    ("StringLookup", {"num_oov_indices": None}, WORDS),
    ("IntegerLookup", {"vocabulary": [1, 2], "mask_token": "x"}, REALS),
    ("CenterCrop", {"height": 2.5, "width": 3}, IMAGES),
    ("Equalization", {"bins": "x"}, IMAGES),
    ("AugMix", {"alpha": "x"}, IMAGES),
    ("AugMix", {"chain_depth": None}, IMAGES),
]


def test_wrong_arguments_have_kerass_types_of_errors():
    """tf.keras notices some of them only when the layer is called."""

    def error_type(keras, name, arguments, inputs):
        with pytest.raises(Exception) as raised:  # noqa: PT011 - any: it is the type that is compared
            getattr(keras.layers, name)(**arguments)(inputs)
        return raised.type

    for fault in FAULTS:
        ours, theirs = (error_type(package, *fault) for package in (minikeras, keras))
        named = {"ours": [base.__name__ for base in ours.__mro__], "theirs": theirs.__name__}
        assert named["theirs"] in named["ours"], f"{fault[:2]}: {named}"
