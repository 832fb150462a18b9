"""Losses of structures of outputs, and several losses of one output."""

import numpy as np
import pytest

import minikeras as keras

X, Y = np.ones((4, 3), "float32"), np.zeros((4, 1), "float32")
LABELS = {"p": [Y, Y + 2], "q": Y}


def model():
    x = keras.Input((3,))
    a, b, c = (
        keras.layers.Dense(1, name=name, kernel_initializer=keras.initializers.Constant(value))(x)
        for name, value in (("a", 1.0), ("b", 2.0), ("c", 3.0))
    )
    return keras.Model(x, {"p": [a, b], "q": c})  # 3, 6 and 9


def losses_of(loss, **arguments):
    compiled = model()
    compiled.compile("sgd", loss, **arguments)
    return compiled.evaluate(X, LABELS, verbose=0, return_dict=True)


def test_a_loss_of_two_outputs_is_one_of_both():
    found = losses_of({"p": "mse", "q": "mae"})
    assert found == pytest.approx({"loss": 12.5 + 9, "p_loss": (9 + 16) / 2, "q_loss": 9})


def test_two_losses_of_one_output_are_added():
    found = losses_of({"p": [None, ["mse", "mae"]], "q": None})
    assert found["loss"] == pytest.approx(16 + 4)


def test_weights_are_nested_like_losses():
    found = losses_of({"p": "mse", "q": ["mse", "mae"]}, loss_weights={"p": 2.0, "q": [0.5, 1.0]})
    assert found["loss"] == pytest.approx(2 * 12.5 + 0.5 * 81 + 9)


def test_unknown_outputs_are_key_errors_too():
    with pytest.raises(KeyError, match="not outputs of the model"):
        losses_of({"p": None, "z": "mse"})


def test_sample_weights_are_nested_like_labels():
    compiled = model()
    compiled.compile("sgd", "mse")
    with pytest.raises(ValueError, match="nested like `y`"):
        compiled.fit(X, LABELS, sample_weight=[np.ones(4)], verbose=0)


def test_labels_are_missed_by_the_keys_that_the_user_wrote():
    compiled = model()
    compiled.compile("sgd", {"p": ["mse", "mse"], "q": "mae"})
    with pytest.raises(KeyError, match=r"no labels for the model's output\(s\) \['q'\]. Received: the keys \['p'\]"):
        compiled.evaluate(X, {"p": [Y, Y]}, verbose=0)


def test_losses_and_labels_by_name_need_outputs_with_names():
    compiled = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="out")])
    compiled.compile("sgd", {"out": "mse"})
    with pytest.raises(TypeError, match=r"the only output of this model has no name\. Pass the loss itself"):
        compiled.fit(X, Y, verbose=0)
    compiled.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"the model's only output, which has no name\. Received: the keys"):
        compiled.fit(X, {"out": Y}, verbose=0)
