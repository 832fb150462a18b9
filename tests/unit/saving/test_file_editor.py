"""Looking into files of weights, and changing them."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.saving import KerasFileEditor


def model(units=2):
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)], name="inner")
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="first"), inner, keras.layers.Dense(units)])
    made.compile("sgd", "mse")
    return made


@pytest.fixture
def path(tmp_path):
    model().save_weights(tmp_path / "w.weights.h5")
    return tmp_path / "w.weights.h5"


def test_the_summary_names_objects_layers_and_shapes(path, capsys):
    KerasFileEditor(path).summary()
    shown = capsys.readouterr().out
    for words in ("dense ('first')", "sequential", "0: shape=(4, 3), dtype=float32", "optimizer ('sgd"):
        assert words in shown


def test_a_file_is_compared_with_a_model(path):
    editor = KerasFileEditor(path)
    assert editor.compare(model()) == {"status": "success", "error_count": 0, "match_count": 8}
    assert editor.compare(model(units=3)) == {"status": "error", "error_count": 2, "match_count": 6}
    editor.delete_object("sequential")
    assert editor.compare(model())["error_count"] == 1  # an object counts once


def test_an_edited_file_is_read_by_a_changed_model(path, tmp_path):
    editor = KerasFileEditor(str(path))
    kernel = editor.weights_dict["layers"]["dense"]["0"]
    editor.rename_object("layers/dense", "einsum_dense")
    editor.add_object("layers/dense", {"0": kernel + 1, "1": np.zeros(4)})
    editor.delete_object("einsum_dense")
    editor.delete_weight("optimizer", "1")
    editor.add_weights("optimizer", {"1": np.float32(0.5)})
    editor.save(tmp_path / "edited.weights.h5")
    changed = model()
    changed.load_weights(tmp_path / "edited.weights.h5")
    np.testing.assert_array_equal(changed.layers[0].kernel, kernel + 1)
    assert float(changed.optimizer.learning_rate) == 0.5
    again = KerasFileEditor(tmp_path / "edited.weights.h5")
    assert again.object_metadata["optimizer"] == editor.object_metadata["optimizer"]


def test_model_files_are_read_too(tmp_path, capsys):
    model().save(tmp_path / "m.keras")
    editor = KerasFileEditor(tmp_path / "m.keras")
    assert editor.config["class_name"] == "Sequential"
    assert "Saved with Keras 3.15" in capsys.readouterr().out
    editor.save(tmp_path / "w.weights.h5")
    model().load_weights(tmp_path / "w.weights.h5")


@pytest.mark.parametrize(
    "action, words",
    [
        (lambda editor: editor.delete_object("layers/dense_9"), "not found in model. Did you mean 'dense'"),
        (lambda editor: editor.delete_object("dense_9"), "has no 'dense_9'"),
        (lambda editor: editor.delete_object("dense"), "several"),
        (lambda editor: editor.rename_object("layers/dense", "a/b"), "not a path"),
        (lambda editor: editor.delete_weight("layers/dense", "7"), r"Weights found: \['0', '1'\]"),
        (lambda editor: editor.add_object("layer/new", {}), "Did you mean 'layers'"),
        (lambda editor: editor.add_object("layers/new", [1]), "should be a dict"),
        (lambda editor: editor.save("w.h5"), r"`\.weights\.h5`"),
    ],
)
def test_what_is_refused(path, action, words):
    with pytest.raises(ValueError, match=words):
        action(KerasFileEditor(path))


def test_other_files(tmp_path):
    with pytest.raises(ValueError, match="must end in"):
        KerasFileEditor(tmp_path / "m.h5")
