"""`.npz` files: weights as plain arrays under their paths."""

import numpy as np
import pytest

import minikeras as keras


def model(units=3, name="d"):
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, name=name)], name="m")
    made.add(keras.layers.BatchNormalization(name="norm"))
    return made


def test_weights_come_back(tmp_path):
    first, second = model(), model()
    first.save_weights(tmp_path / "w.npz")
    second.load_weights(tmp_path / "w.npz")
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert [path.name for path in tmp_path.iterdir()] == ["w.npz"]


def test_overwrite(tmp_path):
    path = tmp_path / "w.npz"
    model().save_weights(path)
    with pytest.raises(FileExistsError, match="overwrite"):
        model().save_weights(path, overwrite=False)


@pytest.mark.parametrize(
    "other, words",
    [
        (lambda: model(units=2), r"Of another shape: m/d/kernel: \(4, 3\) instead of \(4, 2\)"),
        (lambda: model(name="e"), "Missing in the file: m/e/kernel.*Unknown to the model: m/d/kernel"),
        (lambda: keras.Sequential([keras.layers.Dense(2)]), "not built"),
    ],
    ids=["shape", "names", "not built"],
)
def test_what_does_not_fit_is_reported_and_nothing_is_set(tmp_path, other, words):
    first, second = model(), other()
    first.save_weights(tmp_path / "w.npz")
    before = second.get_weights()
    with pytest.raises(ValueError, match=words):
        second.load_weights(tmp_path / "w.npz")
    for a, b in zip(before, second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_skip_mismatch_sets_what_fits(tmp_path):
    first, second = model(), model(name="e")
    first.layers[1].gamma.assign([5.0, 6.0, 7.0])
    first.save_weights(tmp_path / "w.npz")
    kernel = second.layers[0].kernel.numpy()
    second.load_weights(tmp_path / "w.npz", skip_mismatch=True)
    np.testing.assert_array_equal(second.layers[1].gamma.numpy(), [5.0, 6.0, 7.0])
    np.testing.assert_array_equal(second.layers[0].kernel.numpy(), kernel)


def test_pickles_and_other_files_are_refused(tmp_path):
    np.savez(tmp_path / "evil.npz", **{"m/d/kernel": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(ValueError, match=r"evil\.npz' is not read.*Python objects, which can run code"):
        model().load_weights(tmp_path / "evil.npz")
    (tmp_path / "text.npz").write_text("no zip file")
    with pytest.raises(ValueError, match="it is a file of another kind"):
        model().load_weights(tmp_path / "text.npz")
    with pytest.raises(FileNotFoundError, match=r"In the same folder: evil\.npz, text\.npz"):
        model().load_weights(tmp_path / "none.npz")
