"""Layers for tables: Normalization, CategoryEncoding, Discretization, StringLookup, IntegerLookup."""

import json

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.base.errors import FailedPreconditionError, InvalidArgumentError
from minikeras.data.pipeline import Dataset
from minikeras.tensors.ragged import constant
from tests.oracles import replays

TOLERANCE = 1e-5  # float32 sums in another order
COLUMNS = np.random.default_rng(0).normal(2, 3, (50, 4)).astype("float32")


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        return COLUMNS[index * 10 : index * 10 + 10], np.zeros(10)


@pytest.mark.parametrize(
    "data",
    [
        lambda: COLUMNS,
        lambda: Dataset.from_tensor_slices(COLUMNS).batch(7),
        lambda: Dataset.from_tensor_slices(COLUMNS),
        lambda: Dataset.from_tensor_slices((COLUMNS, COLUMNS[:, 0])).batch(8),
        lambda: [COLUMNS[:20], COLUMNS[20:]],
        lambda: (COLUMNS[i : i + 1] for i in range(50)),
        lambda: Batches(workers=1),
    ],
    ids=["array", "batches", "rows", "pairs", "list", "generator", "PyDataset"],
)
def test_normalization_adapts_to_data_in_any_form(data):
    layer = layers.Normalization()
    layer.adapt(data())
    np.testing.assert_allclose(layer.mean, COLUMNS.mean(0)[None], atol=TOLERANCE)
    np.testing.assert_allclose(layer.variance, COLUMNS.var(0)[None], rtol=TOLERANCE)
    np.testing.assert_allclose(layer(COLUMNS), (COLUMNS - COLUMNS.mean(0)) / COLUMNS.std(0), atol=1e-4)


def test_bins_of_equally_many_values():
    values = np.random.default_rng(1).permutation(1000).astype("float32")
    layer = layers.Discretization(num_bins=4, epsilon=0.01)
    layer.adapt(values.reshape(-1, 1))
    np.testing.assert_allclose(layer.bin_boundaries, [250, 500, 750], atol=11)  # a summary of 100 quantiles
    np.testing.assert_array_equal(layer([[0], [400], [600], [999]]), [[0], [1], [2], [3]])
    layer = layers.Discretization(num_bins=2, epsilon=0.1)
    layer.adapt(np.arange(100, dtype="float32"))
    np.testing.assert_allclose(layer.bin_boundaries, [49])  # every tenth: 9, 19, …


def test_counts_of_categories_with_weights():
    tokens, weights = np.array([[[0, 2], [2, 2]], [[1, 1], [0, 2]]]), np.arange(8.0, dtype="float32").reshape(2, 2, 2)
    for of in (tokens, tokens[0]):
        given = weights if of.ndim == 3 else weights[0]
        layer = layers.CategoryEncoding(3, output_mode="count")
        counts = np.asarray(layer(of, count_weights=given))
        axis = 1
        expected = (np.eye(3)[of] * given[..., None]).sum(axis)
        np.testing.assert_array_equal(counts, expected)


def test_weights_of_rare_words():
    layer = layers.StringLookup(output_mode="tf_idf", num_oov_indices=1)
    layer.adapt([["a", "b"], ["a", "a"], ["a", "c"]])
    idf = {token: np.log(1 + 3 / (1 + documents)) for token, documents in (("a", 3), ("b", 1), ("c", 1))}
    words = layer.get_vocabulary()
    found = np.asarray(layer([["a", "a", "b"]]))[0]
    for place, word in enumerate(words[1:], start=1):
        np.testing.assert_allclose(found[place], ["a", "a", "b"].count(word) * idf[word], rtol=1e-6)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: layers.Normalization(mean=1.0), "must be set"),
        (lambda: layers.Normalization(mean=[1.0], variance=1.0), "differ in shape"),
        (lambda: layers.Normalization(axis=3).build((2, 3)), "must be in"),
        (lambda: layers.Normalization(axis=0).build((None, 3)), "known lengths"),
        (lambda: layers.Normalization(mean=1.0, variance=1.0).adapt(COLUMNS), "were given"),
        (lambda: layers.Normalization().adapt([]), "empty iterable"),
        (lambda: layers.CategoryEncoding(), "num_tokens"),
        (lambda: layers.CategoryEncoding(3, output_mode="int"), "output_mode"),
        (lambda: layers.Hashing(3, sparse=True), "sparse"),
        (lambda: layers.CategoryEncoding(3)([1], count_weights=[1.0]), "count_weights"),
        (lambda: layers.Discretization(), "num_bins"),
        (lambda: layers.Discretization([1.0], num_bins=2), "num_bins"),
        (lambda: layers.Discretization([1.0]).adapt(COLUMNS), "initialized with"),
        (lambda: layers.Discretization(num_bins=2)(COLUMNS), "need to either pass `bin_boundaries`"),
        (lambda: layers.StringLookup(vocabulary=["a", "a"]), "at least one repeated term"),
        (lambda: layers.StringLookup(vocabulary=[]), "empty vocabulary"),
        (lambda: layers.StringLookup(vocabulary=["b", "x"], mask_token="x"), "mask_token"),
        (lambda: layers.StringLookup(vocabulary=["b", "[UNK]"], invert=True), "oov_token"),
        (lambda: layers.StringLookup(vocabulary=["a", "b"], max_tokens=2), "max_tokens=2"),
        (lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"), "idf_weights"),
        (lambda: layers.StringLookup(vocabulary=["a"], idf_weights=[1.0, 2.0], output_mode="tf_idf"), "1 tokens"),
        (lambda: layers.StringLookup(invert=True, output_mode="count"), "invert"),
        (lambda: layers.StringLookup(vocabulary="no/such/file"), "'no/such/file' does not exist"),
        (lambda: layers.StringLookup(vocabulary=["a"]).adapt(["a"]), "static vocabulary"),
        (lambda: layers.IntegerLookup(vocabulary=[1], salt=3), "farmhash"),
        (lambda: layers.IntegerLookup(vocabulary_dtype="int32"), "int64"),
        (lambda: layers.StringLookup().adapt(Dataset.from_tensors(["a"]).repeat()), "infinite"),
    ],
)
def test_mistakes_are_explained(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_unknown_tokens_are_listed_where_they_may_not_be():
    layer = layers.StringLookup(vocabulary=["a"], num_oov_indices=0)
    with pytest.raises(InvalidArgumentError, match="b'z', b'y'"):
        layer(["a", "z", "y", "z"])
    with pytest.raises(FailedPreconditionError, match=r"'words' \(StringLookup\) has no vocabulary"):
        layers.StringLookup(name="words")(["a"])
    with pytest.raises(FailedPreconditionError, match=r"'words' \(TextVectorization\) has no vocabulary"):
        layers.TextVectorization(name="words")(["a"])
    with pytest.raises(TypeError, match="dtype string"):
        layers.StringLookup(vocabulary=["a"])([1])
    with pytest.raises(TypeError, match="int64"):
        layers.IntegerLookup(vocabulary=[1])(["a"])


def test_the_vocabulary_is_of_the_most_frequent_tokens_ties_in_reverse_order():
    for data in (
        ["b", "a", "c", "c", "é"],
        Dataset.from_tensor_slices(["b", "a", "c", "c", "é"]).batch(2),
        Dataset.from_tensor_slices(["b", "a", "c", "c", "é"]),
        constant([["b", "a"], [], ["c", "c", "é"]]),
        (np.array(words) for words in (["b", "a", "c"], ["c", "é"])),
    ):
        layer = layers.StringLookup(max_tokens=4)
        layer.adapt(data)
        assert layer.get_vocabulary() == ["[UNK]", "c", "é", "b"]
        assert layer.get_vocabulary(include_special_tokens=False) == ["c", "é", "b"]


def test_no_tokens_at_all():
    lookup = layers.StringLookup(vocabulary=["a", "b"], output_mode="count")
    assert lookup(np.array([], dtype=str)).numpy().tolist() == [0, 0, 0]
    assert layers.CategoryEncoding(2, output_mode="multi_hot")(np.zeros((2, 0), int)).numpy().tolist() == [[0, 0]] * 2
    adapted = layers.StringLookup()
    adapted.adapt([])
    assert adapted.get_vocabulary() == ["[UNK]"]


@pytest.mark.parametrize("inputs, mask_value", [([1, 2], ""), ([True], 7), (["a"], 7)])
def test_a_mask_value_of_another_dtype(inputs, mask_value):
    with pytest.raises(TypeError, match="Received: "):
        layers.Hashing(4, mask_value=mask_value)(np.array(inputs))


def test_all_forms_of_strings_are_looked_up():
    layer = layers.StringLookup(vocabulary=["a", "é"])
    for given in (["é", "z"], ("é", "z"), np.array(["é", "z"]), np.array(["é", "z"], object), [b"\xc3\xa9", b"z"]):
        assert layer(given).numpy().tolist() == [2, 0]
    assert layer("a").numpy() == 1
    assert layer(constant([["a"], ["z", "é"]])).to_list() == [[1], [0, 2]]
    mapped = Dataset.from_tensor_slices(["a", "z"]).map(layer)
    assert [int(x) for x in mapped] == [1, 0]


def test_a_vocabulary_from_a_file_is_saved_with_the_model_and_never_opened_by_it(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("red\nblü\n", encoding="utf-8")
    layer = layers.StringLookup(vocabulary=str(path))
    assert layer.get_vocabulary() == ["[UNK]", "red", "blü"]
    model = keras.Sequential([keras.Input((1,), dtype="string"), layer])
    model.save(tmp_path / "model.keras")
    path.unlink()
    read = keras.models.load_model(tmp_path / "model.keras")
    assert read(np.array([["blü"]])).numpy().tolist() == [[2]]
    config = {**layer.get_config(), "vocabulary": __file__}
    whole = {"module": "keras.layers", "class_name": "StringLookup", "config": config, "registered_name": None}
    for read_config in (lambda: layers.StringLookup.from_config(config), lambda: layers.deserialize(whole)):
        with pytest.raises(TypeError, match="outside of itself"):
            read_config()


def test_a_vocabulary_file_that_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "vocabulary.txt"
    with pytest.raises(ValueError, match=r"vocabulary\.txt' is missing"):
        layers.StringLookup().load_assets(str(tmp_path))
    path.write_bytes(b"-1\nnine")
    with pytest.raises(ValueError, match=r"vocabulary\.txt' is not one of int64 tokens"):
        layers.IntegerLookup().load_assets(str(tmp_path))
    path.write_bytes(b"[UNK]\n\xff")
    with pytest.raises(ValueError, match=r"vocabulary\.txt' is not one of string tokens"):
        layers.StringLookup().load_assets(str(tmp_path))
    path.rename(tmp_path / "elsewhere.txt")
    path.symlink_to(tmp_path / "elsewhere.txt")
    with pytest.raises(ValueError, match=r"vocabulary\.txt' is a link"):
        layers.StringLookup().load_assets(str(tmp_path))


def test_layers_in_a_model_that_is_trained_follow_what_they_learn_later():
    words = np.array([["x"], ["y"], ["q"], ["y"]])
    model = keras.Sequential(
        [keras.Input((1,), dtype="string"), layers.StringLookup(), layers.Embedding(5, 2), layers.Flatten()]
    )
    model.layers[0].adapt(["x", "y", "y"])
    model.compile("sgd", "mse")
    model.fit(words, np.ones((4, 2)), epochs=3, verbose=0)
    assert replays(model)
    before = model.predict(words, verbose=0)
    np.testing.assert_array_equal(before[2], model.layers[1].embeddings.numpy()[0])
    model.layers[0].adapt(["q", "y", "y"])
    after = model.predict(words, verbose=0)
    np.testing.assert_array_equal(after[2], before[0])
    np.testing.assert_array_equal(after, model(words))


def test_discretization_in_a_trained_model():
    model = keras.Sequential(
        [keras.Input((4,)), layers.Normalization(), layers.Discretization(num_bins=3, output_mode="multi_hot"),
         layers.Dense(1)]
    )  # fmt: skip
    normalization, bins = model.layers[:2]
    normalization.adapt(COLUMNS)
    bins.adapt(Dataset.from_tensor_slices(COLUMNS).batch(10).map(normalization))
    model.compile("sgd", "mse")
    model.fit(COLUMNS, np.zeros((50, 1)), epochs=3, verbose=0)
    assert replays(model)
    before = model.predict(COLUMNS, verbose=0)
    normalization.adapt(3 * COLUMNS + 1)
    after = model.predict(COLUMNS, verbose=0)
    assert np.abs(after - before).max() > 0.1
    np.testing.assert_allclose(after, model(COLUMNS), atol=TOLERANCE)


@pytest.mark.parametrize("layer, kinds", [
    (layers.StringLookup(vocabulary=["a", "b"]), [str, np.str_, np.str_]),
    (layers.IntegerLookup(vocabulary=[5, 6]), [int, np.int64, np.int64]),
])  # fmt: skip
def test_tokens_are_those_of_numpy_and_configs_are_plain(layer, kinds):
    assert [type(token) for token in layer.get_vocabulary()] == kinds
    vocabulary = json.loads(json.dumps(layer.get_config()["vocabulary"]))
    assert [type(token) for token in vocabulary] == [kinds[0]] * len(vocabulary)
