"""Typical mistakes, with the messages of tf.keras and of minikeras, side by side in `docs/mistakes.md`.

python -m tests.parity.mistakes    # writes the page again, with the live tf.keras
"""

import re
import textwrap
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

PAGE = Path(__file__).parents[2] / "docs" / "mistakes.md"
MAX_CHARACTERS = 420  # of a message on the page


class Mistake(NamedTuple):
    """Code that a user might write, and words that our error must contain."""

    code: str
    words: str


_MODEL = 'keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])'
MISTAKES = {
    "Data": [
        Mistake("model.fit(x[:0], y[:0])", "no samples"),
        Mistake("model.fit(x, y[:10])", "x: 20, y: 10"),
        Mistake("model.fit(x[:, :3], y)", "(None, 4)"),
        Mistake("model.fit(x, None)", "Pass them as `y`"),
        Mistake("model.fit(None, y)", "`x` is None"),
        Mistake("model.fit(x.astype(str), y)", "the `x` of `fit`"),
        Mistake("model.fit(x.astype(object), y)", "`x`"),
        Mistake("model.fit(x, y + 5)", "out of range"),
        Mistake("model.fit(x, np.eye(3)[y])", "categorical_crossentropy"),
        Mistake("model.fit(x, y, validation_data=x)", "`validation_data` is a tuple (x, y)"),
        Mistake("model.fit(x, y, validation_split=1.5)", "validation_split=1.5"),
        Mistake("model.fit(x, y, validation_split=0.99)", "validation_split=0.99"),
        Mistake("model.fit(batches, validation_split=0.2)", "`validation_data`"),
        Mistake("model.fit(batches, y)", "`y`"),
        Mistake('model.fit(x, y, class_weight={"0": 1.0, "1": 2.0})', "the key '0'"),
        Mistake("model.fit(x, y, class_weight={0: 2.0}, sample_weight=np.ones(20))", "not both"),
        Mistake("model.fit(x, y, batch_size=-1)", "batch_size=-1"),
        Mistake('model.fit(x, y, epochs="3")', "epochs='3'"),
        Mistake("model.predict(x[:0])", "no samples"),
        Mistake("model.evaluate(x, y[:3])", "x: 20, y: 3"),
    ],
    "Compile": [
        Mistake("keras.Sequential([keras.layers.Dense(1)]).fit(x, y)", "compile("),
        Mistake('model.compile("adamm", "mse")', "Did you mean 'adam'"),
        Mistake('model.compile("adam", "msee")\nmodel.fit(x, y)', "Did you mean 'mse'"),
        Mistake('model.compile("adam", "mse", metrics=["acuracy"])\nmodel.fit(x, y)', "Did you mean 'accuracy'"),
        Mistake('other = keras.Sequential([keras.layers.Dense(1)])\nother.compile("adam")\nother.fit(x, y)', "`loss=`"),
        Mistake("keras.optimizers.Adam(lr=0.1)", "learning_rate"),
        Mistake('keras.optimizers.Adam("0.1")', "learning_rate"),
        Mistake("model.fit(x, y, callbacks=[keras.callbacks.EarlyStopping])", "EarlyStopping()"),
        Mistake('model.fit(x, y, callbacks=[keras.callbacks.EarlyStopping("val_los")])', "val_los"),
    ],
    "Layers": [
        Mistake("keras.layers.Desne(3)", "Did you mean 'Dense'"),
        Mistake('keras.layers.Dense(3, activation="rleu")', "Did you mean 'relu'"),
        Mistake("keras.layers.Dense(0)", "units=0"),
        Mistake("keras.layers.Dense(2.5)", "units=2.5"),
        Mistake('keras.layers.Dense(3, activaton="relu")', "Did you mean 'activation'"),
        Mistake("keras.layers.Dropout(2)", "rate"),
        Mistake('keras.layers.Dense(3, kernel_initializer="glorot")', "glorot"),
        Mistake('keras.layers.Conv2D(8, 3, padding="sam")', "sam"),
        Mistake("keras.layers.Conv2D(8, 3, strides=0)", "strides"),
        Mistake("keras.layers.Embedding(3, 2)(np.array([5]))", "input_dim=3"),
        Mistake("keras.layers.MultiHeadAttention(2, 4)(x)", "value"),
        Mistake("keras.layers.LSTM(4)(x)", "ndim"),
    ],
    "Models": [
        Mistake("keras.Input(28, 28)", "shape=(28,)"),
        Mistake("keras.Sequential([keras.Input((28, 28)), keras.layers.Conv2D(3, 3)])", "(None, 28, 28)"),
        Mistake("keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Conv2D(3, 3)])", "smaller window"),
        Mistake(
            "images = np.ones((20, 5, 4))\nwithout_flatten = keras.Sequential([keras.layers.Dense(3)])\n"
            'without_flatten.compile("sgd", "sparse_categorical_crossentropy")\nwithout_flatten.fit(images, y)',
            "Flatten",
        ),
        Mistake("keras.layers.Concatenate()([keras.Input((3, 4)), keras.Input((4, 4))])", "(None, 3, 4), (None, 4, 4)"),
        Mistake("keras.layers.Add()([keras.Input((3,)), keras.Input((4,))])", "(None, 3) and (None, 4)"),
        Mistake(
            "keras.Model(keras.Input((3,)), keras.layers.Dense(2)(keras.Input((3,))))", "not connected to `inputs`"
        ),
        Mistake(
            'a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")\n'
            "keras.Model([a, b], keras.layers.Add()([a, b])).predict(x)",
            "Pass a list",
        ),
        Mistake(
            'a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")\n'
            'keras.Model({"a": a, "b": b}, keras.layers.Add()([a, b]))({"a": x})',
            "['b']",
        ),
        Mistake("np.mean(keras.Input((3,)))", "keras.ops"),
        Mistake("bool(keras.Input((3,)) > 0)", "cannot be used as a boolean"),
        Mistake('keras.Sequential([keras.layers.Dense(1, name="a"), keras.layers.Dense(1, name="a")])', "'a'"),
        Mistake(
            "class Forgetful(keras.layers.Layer):\n    def call(self, inputs):\n        inputs + 1\n\n"
            "keras.Sequential([keras.Input((4,)), Forgetful(), keras.layers.Dense(1)])",
            "`return`",
        ),
        Mistake(
            "class NoSuper(keras.layers.Layer):\n    def __init__(self):\n        self.units = 3\n\nNoSuper()(x)",
            "super().__init__()",
        ),
        Mistake("model.set_weights([np.zeros((3, 1)), np.zeros(1)])", "(4, 3)"),
        Mistake('model.get_layer("dens")', "dens"),
    ],
    "Files": [
        Mistake('keras.models.load_model("nowhere.keras")', "nowhere.keras"),
        Mistake('model.load_weights("nowhere.weights.h5")', "nowhere.weights.h5"),
        Mistake('model.save("model")', "model.keras"),
        Mistake('model.save_weights("model")', ".weights.h5"),
    ],
}


def message_of(keras, mistake, data=None):
    """The error of a mistake, "TypeName: message", or None if it passes.

    Args:
        keras: minikeras, or tf.keras.
        mistake: of `MISTAKES`.
        data: makes `batches`, a `tf.data.Dataset`, from two arrays.
    """
    rng = np.random.default_rng(0)
    names = {"keras": keras, "np": np, "x": rng.random((20, 4)).astype("float32"), "y": rng.integers(0, 3, 20)}
    names["model"] = eval(_MODEL, names)
    names["model"].compile("sgd", "sparse_categorical_crossentropy")
    if "batches" in mistake.code:
        names["batches"] = data((names["x"], names["y"])).batch(5)
    quiet = re.sub(r"\.(fit|predict|evaluate)\(([^\n]*)\)$", r".\1(\2, verbose=0)", mistake.code)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(quiet, "<mistake>", "exec"), names)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return None


def page(keras, minikeras, theirs, ours):
    """The lines of the page. `theirs` and `ours` make Datasets."""
    yield "# Typical mistakes"
    yield ""
    yield "How tf.keras and minikeras respond to typical mistakes. In all of them `x` is an array of shape (20, 4),"
    yield "`y` an array of twenty class indices from 0 to 2, `batches` a `tf.data.Dataset` of both, and `model` is"
    yield f"`{_MODEL}`, compiled with sparse crossentropy."
    yield ""
    yield "`python -m tests.parity.mistakes` makes this page; a test checks our messages for the words that matter."
    for title, mistakes in MISTAKES.items():
        yield ""
        yield f"## {title}"
        for mistake in mistakes:
            yield ""
            yield "```python"
            yield mistake.code
            yield "```"
            yield ""
            yield f"- tf.keras: {_shown(message_of(keras, mistake, theirs))}"
            yield f"- minikeras: {_shown(message_of(minikeras, mistake, ours))}"


def _shown(message):
    if message is None:
        return "*nothing: it passes*"
    message = re.sub(r"\x1b\[\d*m", "", message)  # colours
    message = re.sub(r"defined at \(most recent call last\).*?(?=Received|$)", "", message, flags=re.DOTALL)
    message = re.sub(r"0x[0-9a-f]{8,}", "0x…", " ".join(message.split())).replace("`", "'")
    return f"`{textwrap.shorten(message, MAX_CHARACTERS, placeholder=' …')}`"


def main():
    """Write the page."""
    import keras
    import tensorflow as tf

    import minikeras
    from minikeras.compat import tensorflow as ours

    lines = page(keras, minikeras, tf.data.Dataset.from_tensor_slices, ours.data.Dataset.from_tensor_slices)
    PAGE.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
