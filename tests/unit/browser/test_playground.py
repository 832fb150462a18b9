"""The playground: its Python on this machine, its page in headless Chromium."""

import base64
import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest

import minikeras as keras
from tests.unit.browser.pages import Page
from tests.unit.browser.serving import served

FILE = Path(__file__).parents[3] / "docs" / "_static" / "playground.py"
SETTINGS = {
    "data": "circles",
    "noise": "0.05",
    "layers": [{"kind": "Dense tanh", "size": 4}],
    "optimizer": "Adam",
    "learning_rate": "0.01",
    "batch_size": "50",
    "seed": "3",
}
ALL_KINDS = [
    ("Conv2D 3×3", 2),
    ("MaxPooling2D", None),
    ("BatchNormalization", None),
    ("Dropout", 0.25),
    ("Flatten", None),
]


@pytest.fixture(scope="module")
def playground():
    spec = importlib.util.spec_from_file_location("playground", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def unpacked(text):
    return np.frombuffer(base64.b64decode(text), np.uint8)


@pytest.mark.parametrize("data, classes", [("circles", 2), ("spirals", 2), ("checkerboard", 2), ("blobs", 3)])
def test_points_are_split_and_every_place_of_the_square_gets_a_class(playground, data, classes):
    found = playground.prepare({**SETTINGS, "data": data})
    assert found["classes"] == classes
    training, test = found["points"]
    assert (len(training), len(test)) == (200, 100)
    assert {label for _, _, label in test} == set(range(classes))
    regions = unpacked(found["regions"])
    assert len(regions) == playground.GRID**2
    assert regions.max() >> 6 < classes
    assert ((regions & 63) >= 63 // classes).all()  # the largest of so many probabilities


def test_training_is_that_of_the_same_model_by_hand(playground):
    playground.prepare(SETTINGS)
    found = playground.train(0, 4), playground.train(0, 1)
    assert [len(part["losses"]) for part in found] == [1, 1]  # at least one step, even without time
    assert found[1]["step"] == 2

    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    (x, y), test = playground.load("circles", 0.05, 3)
    order = np.random.default_rng(0).permutation(200)
    losses = [model.train_on_batch(x[rows], y[rows]) for rows in (order[:50], order[50:100])]
    assert [part["losses"][0] for part in found] == pytest.approx(losses)
    assert found[1]["test_loss"] == pytest.approx(model.evaluate(*test, verbose=0), rel=1e-4)  # float32 both


def test_digits_use_every_kind_of_layer(playground):
    layers = [{"kind": kind, "size": size} for kind, size in ALL_KINDS]
    found = playground.prepare({**SETTINGS, "data": "digits", "layers": layers})
    assert found["regions"] is None
    picture, label, predicted, probability = found["digits"][0]
    assert len(unpacked(picture)) == 64
    assert 0 <= label < 10 > predicted >= 0
    assert 0.1 <= probability <= 1
    assert [kernel[:3] for kernel in found["kernels"]] == [["conv2d", 9, 2], ["dense", 32, 10]]
    assert unpacked(found["kernels"][0][4]).max() in (1, 255) or unpacked(found["kernels"][0][4]).min() == 1


@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")  # it is to overflow
@pytest.mark.parametrize("data", ["circles", "digits"])
def test_a_training_that_diverges_is_shown_too(playground, data):
    layers = [{"kind": "Flatten", "size": None}] if data == "digits" else SETTINGS["layers"]
    playground.prepare({**SETTINGS, "data": data, "layers": layers, "optimizer": "SGD", "learning_rate": "1e38"})
    found = playground.train(0, 1), playground.train(0, 1), playground.train(0, 1)
    assert found[-1]["losses"] == [None]
    json.dumps(found, allow_nan=False)  # as a browser reads it


@pytest.mark.full
def test_the_page_trains_pauses_and_shows_errors(site, chromium):
    with served(site) as address:
        page = Page(chromium, address + "playground.html")
        browser = page.page
        status = browser.locator("#live-network .status")

        def wait_for(text):  # or a pattern
            browser.locator("#live-network .status", has_text=text).wait_for()

        browser.get_by_role("button", name="Train").press("Enter")  # as with the keyboard
        wait_for(re.compile("Step [1-9]"))
        browser.get_by_role("button", name="Pause").press("Enter")
        browser.locator("button:text-is('One step'):enabled").wait_for()
        before = status.inner_text()
        browser.get_by_role("button", name="One step").press("Enter")
        browser.wait_for_function(
            "text => document.querySelector('#live-network .status').textContent != text", arg=before
        )
        step = [int(text.split()[1].strip(",")) for text in (before, status.inner_text())]
        assert step[1] == step[0] + 1
        assert browser.locator(".kernels canvas").count() == 3

        browser.get_by_label("Data set").select_option("digits")
        browser.get_by_role("button", name="Add a layer").press("Enter")
        browser.get_by_label("Kind of layer 4").select_option("Conv2D 3×3")  # after Flatten
        browser.get_by_role("button", name="Start again").press("Enter")
        wait_for("ValueError")
        browser.get_by_label("Remove layer 4").press("Enter")
        browser.get_by_role("button", name="Start again").press("Enter")
        wait_for("Step 0")
        assert browser.locator(".digits canvas").count() == 24

        browser.get_by_label("Optimizer").select_option("SGD")
        browser.get_by_label("Learning rate").fill("1e38")
        browser.get_by_role("button", name="Train").press("Enter")
        wait_for("not finite any more")
        assert page.errors == []
        assert page.hosts() == {address.split("/")[2]}
