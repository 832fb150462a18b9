"""Weights in files and as trees."""

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
def test_what_does_not_fit_is_told_and_nothing_is_set(tmp_path, other, words):
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
    with pytest.raises(ValueError, match="holds no weights"):
        model().load_weights(tmp_path / "evil.npz")
    (tmp_path / "text.npz").write_text("no zip file")
    with pytest.raises(ValueError, match="holds no weights"):
        model().load_weights(tmp_path / "text.npz")
    with pytest.raises(ValueError, match=r"\.npz"):
        model().save_weights(tmp_path / "w.weights.h5")


def test_state_trees_refuse_what_they_do_not_know():
    made = model()
    tree = made.get_state_tree("numpy_array")
    assert set(tree["trainable_variables"]["m"]) == {"d", "norm"}
    with pytest.raises(ValueError, match=r"has no variable 'm/d/kernal'\. Did you mean 'm/d/kernel'"):
        made.set_state_tree({"trainable_variables": {"m": {"d": {"kernal": np.zeros((4, 3))}}}})
    with pytest.raises(ValueError, match="Unknown variable name"):
        made.set_state_tree({"trainable": {}})
    with pytest.raises(ValueError, match="value_format"):
        made.get_state_tree("list")


def test_intermediate_tensors_as_inputs_leave_the_first_model_alone():
    x = keras.Input((4,))
    hidden = keras.layers.Dense(3, activation="relu")(x)
    whole = keras.Model(x, keras.layers.Dense(2)(hidden))
    head = keras.Model(whole.layers[1].output, whole.output)
    data = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    between = keras.Model(x, hidden).predict(data, verbose=0)
    np.testing.assert_array_equal(head.predict(between, verbose=0), whole.predict(data, verbose=0))
    assert head.layers[1] is whole.layers[2]


def test_reset_states_reaches_nested_layers():
    class Stateful(keras.layers.Layer):
        resets = 0

        def call(self, x):
            return x

        def reset_states(self):
            self.resets += 1

    layer = Stateful()
    inner = keras.Sequential([keras.Input((4,)), layer])
    keras.Sequential([keras.Input((4,)), inner]).reset_states()
    assert layer.resets == 1
