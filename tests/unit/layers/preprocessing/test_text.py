"""TextVectorization, Hashing, HashedCrossing."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.data.pipeline import Dataset
from minikeras.tensors import strings
from tests.oracles import replays

TEXTS = ["The cat sat.", "the DOG, the cat", ""]


@pytest.mark.parametrize(
    "data",
    [
        lambda: TEXTS,
        lambda: np.array(TEXTS),
        lambda: np.array(TEXTS, object)[:, None],
        lambda: Dataset.from_tensor_slices(TEXTS).batch(2),
        lambda: Dataset.from_tensor_slices(TEXTS),
        lambda: (TEXTS[i : i + 1] for i in range(3)),
    ],
    ids=["list", "array", "column", "batches", "texts", "generator"],
)
def test_the_vocabulary_of_texts_in_any_form(data):
    layer = layers.TextVectorization()
    layer.adapt(data())
    assert layer.get_vocabulary() == ["", "[UNK]", "the", "cat", "sat", "dog"]
    assert layer(["cat mat", "the"]).numpy().tolist() == [[3, 1], [2, 0]]


def test_steps_limit_what_is_learned():
    layer = layers.TextVectorization()
    layer.adapt(Dataset.from_tensor_slices(TEXTS).batch(1).repeat(), steps=1)
    assert layer.get_vocabulary() == ["", "[UNK]", "the", "sat", "cat"]


def test_in_map_and_in_a_model():
    layer = layers.TextVectorization(output_sequence_length=4)
    layer.adapt(TEXTS)
    data = Dataset.from_tensor_slices((TEXTS, [0.0, 1.0, 0.0])).batch(2)
    mapped = data.map(lambda text, label: (layer(text), label))
    assert mapped.element_spec[0].shape == (None, 4)
    assert [x.numpy().tolist() for x, _ in mapped] == [[[2, 3, 4, 0], [2, 5, 2, 3]], [[0, 0, 0, 0]]]
    model = keras.Sequential([keras.Input((1,), dtype="string"), layer, layers.Embedding(9, 2), layers.Flatten()])
    model.compile("sgd", "mse")
    texts = np.array(TEXTS)[:, None]
    losses = model.fit(texts, np.ones((3, 8)), epochs=3, verbose=0).history["loss"]
    assert losses == sorted(losses, reverse=True)
    embedded = model.layers[1](layer(texts))
    np.testing.assert_array_equal(model.predict(texts, verbose=0), embedded.numpy().reshape(3, 8))


def test_a_function_of_the_users_must_be_known_to_be_read(tmp_path):
    def spaced(text):
        return strings.regex_replace(text, "_", " ")

    layer = layers.TextVectorization(standardize=spaced, vocabulary=["a", "b"])
    model = keras.Sequential([keras.Input((1,), dtype="string"), layer])
    model.save(tmp_path / "model.keras")
    with pytest.raises(TypeError, match="spaced"):
        keras.models.load_model(tmp_path / "model.keras")
    copy = layers.TextVectorization.from_config(layer.get_config())
    assert copy(["b_a"]).numpy().tolist() == [[3, 2]]
    read = keras.models.load_model(tmp_path / "model.keras", custom_objects={"spaced": spaced})
    assert read(np.array([["b_a"]])).numpy().tolist() == [[3, 2]]


def test_a_lambda_in_a_file_is_refused(tmp_path):
    layer = layers.TextVectorization(standardize=lambda text: text, vocabulary=["a"])
    model = keras.Sequential([keras.Input((1,), dtype="string"), layer])
    with pytest.warns(UserWarning, match="lambda"):
        model.save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="safe_mode=False"):
        keras.models.load_model(tmp_path / "model.keras")
    read = keras.models.load_model(tmp_path / "model.keras", safe_mode=False)
    assert read(np.array([["a b"]])).numpy().tolist() == [[2, 1]]


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: layers.TextVectorization(standardize="upper"), "standardize"),
        (lambda: layers.TextVectorization(split="word"), "split"),
        (lambda: layers.TextVectorization(ngrams="2"), "ngrams"),
        (lambda: layers.TextVectorization(output_sequence_length=3, output_mode="count"), "output_sequence_length"),
        (lambda: layers.TextVectorization(ragged=True, output_mode="count"), "ragged"),
        (lambda: layers.TextVectorization(sparse=True), "sparse"),
        (lambda: layers.TextVectorization(vocabulary=["a"])([["a", "b"]]), "last dimension must be 1"),
        (lambda: layers.TextVectorization(vocabulary=["a"]).adapt(["b"]), "static vocabulary"),
        (lambda: layers.Hashing(0), "num_bins"),
        (lambda: layers.Hashing(3, salt=[1, 2, 3]), "salt"),
        (lambda: layers.Hashing(3, dtype="float32"), "dtype"),
        (lambda: layers.HashedCrossing(3)([["a"]]), "should be called"),
        (lambda: layers.HashedCrossing(3)(np.array([1, 2])), "should be called"),
        (lambda: layers.HashedCrossing(3)([[1, 2], [1]]), "should have shape"),
        (lambda: layers.HashedCrossing(3)([[1.5], [1]]), "integer or string"),
    ],
)
def test_mistakes_are_explained(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_hashed_features_in_a_trained_model():
    words, numbers = keras.Input((1,), dtype="string"), keras.Input((1,), dtype="int64")
    crossed = layers.HashedCrossing(8, output_mode="one_hot")([words, numbers])
    hashed = layers.Hashing(4, output_mode="one_hot")(words)
    model = keras.Model([words, numbers], layers.Dense(1)(layers.Concatenate()([crossed, hashed])))
    model.compile("sgd", "mse")
    x = [np.array([["a"], ["b"], ["c"]]), np.array([[1], [2], [3]])]
    model.fit(x, np.ones((3, 1)), epochs=3, verbose=0)
    assert replays(model)
    np.testing.assert_allclose(model.predict(x, verbose=0), model(x), rtol=1e-6)
    assert [int(n) for n in Dataset.from_tensor_slices(["a", "b"]).map(layers.Hashing(3))] == [0, 1]


@pytest.mark.parametrize("ngrams", [1, (2,), (1, 3)])
def test_ngrams_of_no_texts(ngrams):
    layer = layers.TextVectorization(ngrams=ngrams, output_mode="count", vocabulary=["a"])
    assert layer([]).shape == (0, 2)
    layer = layers.TextVectorization(ngrams=ngrams)
    layer.adapt([])
    assert layer.get_vocabulary() == ["", "[UNK]"]
