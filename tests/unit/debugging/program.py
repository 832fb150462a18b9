"""The program that the debuggers of this folder run: `python program.py MODEL`, MODEL being a key of `MODELS`.

Each phase calls two Dense layers in twenty steps, and is announced on standard output. A breakpoint in `Dense.call`
must stop forty times in each.
"""

import sys

import numpy as np

import minikeras as keras
from minikeras import layers, losses
from minikeras.compat import tensorflow as tf

STEPS = 20
STOPS = 2 * STEPS
BATCH = 4
X = np.random.default_rng(0).normal(size=(STEPS * BATCH, 8)).astype("float32")
Y = np.arange(STEPS * BATCH) % 3


def sequential():
    return keras.Sequential([keras.Input((8,)), layers.Dense(4, activation="relu"), layers.Dense(3)])


def functional():
    inputs = keras.Input((8,))
    return keras.Model(inputs, layers.Dense(3)(layers.Dense(4, activation="relu")(inputs)))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(4, activation="relu")
        self.head = layers.Dense(3)

    def call(self, inputs):
        return self.head(self.hidden(inputs))


class OwnTrainStep(Subclassed):
    def train_step(self, data):
        x, y = data
        with keras.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return {"loss": loss}


MODELS = {
    "sequential": sequential,
    "functional": functional,
    "subclassed": Subclassed,
    "own_train_step": OwnTrainStep,
}


def compiled(kind):
    model = MODELS[kind]()
    model.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def phases(model):
    """{name: what it does}."""
    tensor = tf.constant(X[:BATCH])
    function = tf.function(lambda x: model(x, training=False))
    several = range(STEPS)
    return {
        "fit": lambda: model.fit(X, Y, batch_size=BATCH, verbose=0),
        "second fit": lambda: model.fit(X, Y, batch_size=BATCH, verbose=0, epochs=1, shuffle=False),
        "evaluate": lambda: model.evaluate(X, Y, batch_size=BATCH, verbose=0),
        "predict": lambda: model.predict(X, batch_size=BATCH, verbose=0),
        "train_on_batch": lambda: [model.train_on_batch(X[:BATCH], Y[:BATCH]) for _ in several],
        "test_on_batch": lambda: [model.test_on_batch(X[:BATCH], Y[:BATCH]) for _ in several],
        "predict_on_batch": lambda: [model.predict_on_batch(X[:BATCH]) for _ in several],
        "tf.function": lambda: [function(tensor) for _ in several],
    }


now = {"phase": None}


def main(kind):
    for now["phase"], run in phases(compiled(kind)).items():
        print("phase:", now["phase"], flush=True)
        run()


if __name__ == "__main__":
    main(sys.argv[1])
