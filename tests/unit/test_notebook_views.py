"""What tensors, tapes, layers, models and histories show in a notebook is well-formed, and has the numbers."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops


def parsed(html):
    return ElementTree.fromstring(f"<div>{html}</div>")


def network():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="<first>"), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def test_tensor_shows_range_counts_and_a_picture():
    html = keras.Tensor(np.array([[1.0, np.nan], [3.0, -2.0]], "float32"))._repr_html_()
    assert "float32 (2, 2), -2 … 3" in html
    assert "1 NaN" in html
    rectangles = [r.get("fill") for r in parsed(html).iter("rect")]
    assert rectangles == ["#999999", "red", "#ffffff", "#000000"]


@pytest.mark.parametrize("array", [np.zeros(()), np.zeros((0, 3)), np.arange(3), np.zeros((2, 3, 100, 4), bool)])
def test_tensors_of_all_shapes(array):
    parsed(keras.Tensor(array)._repr_html_())
    assert len(list(parsed(keras.Tensor(array)._repr_html_()).iter("rect"))) <= 32 * 32


def test_strings_are_escaped():
    assert "&lt;b&gt;" in ops.convert_to_tensor(["<b>"])._repr_html_()


def test_tape_shows_its_calls():
    v = keras.Variable(np.ones((2, 2)), name="kernel")
    with keras.GradientTape() as tape:
        y = ops.exp(ops.matmul(v, v))
        html = tape._repr_html_()
    assert [cell.text for cell in parsed(html).iter("td")][1::4] == ["Matmul", "Exp"]
    assert "watches kernel" in html
    tape.gradient(y, v)
    assert "freed" in tape._repr_html_()


def test_layer_shows_weights_and_configuration():
    layer = network().layers[0]
    html = layer._repr_html_()
    parsed(html)
    assert "float32 (3, 2)" in html
    assert "&lt;first&gt;" in html
    assert "units=2" in html
    assert "(not built)" in layers.Dense(2)._repr_html_()


def test_model_shows_its_graph():
    html = network()._repr_html_()
    parsed(html.partition("?>")[2] or html)
    assert "<svg" in html
    assert "Dense" in html
    assert "(not built)" in keras.Sequential([layers.Dense(1)])._repr_html_()


def test_history_shows_its_curves():
    x = np.ones((8, 3), "float32")
    history = network().fit(x, x[:, :1], epochs=3, validation_data=(x, x[:, :1]), verbose=0)
    html = history._repr_html_()
    lines = [line.get("d").count("L") + 1 for line in parsed(html).iter("path")]
    assert lines == [3, 3, 3, 3]
    assert f"{max(history.history['loss'] + history.history['val_loss']):.3g}" in html
