"""Every optimizer on the same network, from the same weights and with the same batches: their losses in one plot.

python examples/optimizers_compared.py [--backend tensorflow] [--picture optimizers.png]
"""

import argparse

from backend import backend, keras
from drawing import chart

from minikeras.datasets import digits

parser = argparse.ArgumentParser()
parser.add_argument("--picture", default="optimizers.png")
picture = parser.parse_args().picture

OPTIMIZERS = {
    "SGD": lambda: keras.optimizers.SGD(0.1),
    "SGD, momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9),
    "RMSprop": lambda: keras.optimizers.RMSprop(1e-3),
    "Adam": lambda: keras.optimizers.Adam(1e-3),
    "AdamW": lambda: keras.optimizers.AdamW(1e-3),
    "Adagrad": lambda: keras.optimizers.Adagrad(1e-2),
    "Adadelta": lambda: keras.optimizers.Adadelta(1.0),
    "Adamax": lambda: keras.optimizers.Adamax(2e-3),
    "Nadam": lambda: keras.optimizers.Nadam(1e-3),
    "Ftrl": lambda: keras.optimizers.Ftrl(0.1),
    "Lion": lambda: keras.optimizers.Lion(2e-4),
}

(x, y), _ = digits.load_data()
x = x.reshape(len(x), 64).astype("float32") / 16

curves = {}
for name, make in OPTIMIZERS.items():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
    model.compile(make(), "sparse_categorical_crossentropy")
    losses = model.fit(x, y, epochs=15, verbose=0).history["loss"]
    curves[name] = range(1, 16), losses
    print(f"{name:14s} loss after 15 epochs: {losses[-1]:.4f}")
title = f"Optimizers on handwritten digits ({backend})"
chart(picture, curves, xlabel="epoch", ylabel="training loss", yscale="log", title=title)
