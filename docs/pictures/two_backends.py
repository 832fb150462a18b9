"""Draws `two_backends.svg`, the README's picture: one script on both backends, and how fast each network trains.

    python docs/pictures/two_backends.py      # needs TensorFlow and matplotlib

Left: the loss of every step of the demo's network, trained live on TensorFlow and on minikeras from one seed.
Right: TensorFlow's time per step of `fit` divided by minikeras's, from benchmarks/results.json.
"""

import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "benchmarks" / "results.json"
EPOCHS = 3
NETWORKS = {  # names of rows in results.json, with the picture's labels
    "MLP: fit, batch 32": "MLP",
    "CNN: fit, batch 32": "CNN",
    "VGG block: fit, batch 64": "VGG block",
    "CNN with BatchNormalization: fit, batch 64": "CNN, BatchNorm",
    "residual network: fit, batch 32": "residual network",
    "separable CNN: fit, batch 32": "separable CNN",
}
TENSORFLOW, OURS = "#f0b27a", "#1b4f72"


def losses(keras, digits):
    """The loss of every step of training."""

    class Losses(keras.callbacks.Callback):
        values = []

        def on_train_batch_end(self, batch, logs=None):
            self.values.append(logs["loss"])

    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(24, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(48, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(*digits, epochs=EPOCHS, verbose=0, callbacks=[Losses()])
    return Losses.values


def ratios():
    """{label: TensorFlow's time / minikeras's} of the networks."""
    rows = {row["name"]: row["best"] for row in json.loads(RESULTS.read_text(encoding="utf-8"))["rows"]}
    return {
        label: rows[name]["tensorflow"] / rows[name]["minikeras"] for name, label in NETWORKS.items() if name in rows
    }


def main():
    """Train on both, draw, save."""
    import tensorflow as tf

    import minikeras

    (images, labels), _ = minikeras.datasets.digits.load_data()
    digits = (images[..., None] / 16).astype("float32"), labels
    theirs, ours = losses(tf.keras, digits), losses(minikeras, digits)
    plt.rcParams.update({"font.size": 11, "svg.hashsalt": "minikeras", "svg.fonttype": "path"})
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
    figure.patch.set_facecolor("white")
    left.plot(theirs, color=TENSORFLOW, linewidth=6, label="TensorFlow", solid_capstyle="round")
    left.plot(ours, color=OURS, linewidth=1.5, label="minikeras")
    left.set(title="One seed, one curve", xlabel="step", ylabel="loss (mean of the epoch so far)", ylim=(0, None))
    left.legend(frameon=False)
    bars = ratios()
    right.barh(list(bars), list(bars.values()), color=OURS)
    right.axvline(1, color=TENSORFLOW, linewidth=3)
    for position, ratio in enumerate(bars.values()):
        right.text(ratio + 0.1, position, f"{ratio:.1f}×", va="center")
    right.invert_yaxis()
    right.set(title="Training steps per second, TensorFlow = 1", xlim=(0, max(bars.values()) * 1.15))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(HERE / "two_backends.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
