"""Draws `seeing_inside.png`: the view of one element of a recorded step. Needs Playwright and Chromium."""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import minikeras as keras
from minikeras.datasets import digits

SIZE = {"width": 1180, "height": 640}


def page_of_a_step(file):
    """Train a small network for an epoch, and record one step. Returns the number of the first kernel's gradient."""
    keras.utils.set_random_seed(0)
    (x, y), _ = digits.load_data()
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 16),
            keras.layers.Conv2D(8, 3, activation="relu", name="conv"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax", name="head"),
        ],
        name="digits",
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[..., None], y, verbose=0)
    trace = model.explain_step(x[:32, ..., None], y[:32])
    trace.save_html(file)
    return trace.step().weights["digits/head/kernel"].gradient


def main():
    """Draw it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "step.html"
        number = page_of_a_step(file)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.goto(f"{file.as_uri()}#element/{number}/1003")
        page.wait_for_selector("#check")
        page.screenshot(path=str(Path(__file__).with_suffix(".png")))
        browser.close()


if __name__ == "__main__":
    main()
