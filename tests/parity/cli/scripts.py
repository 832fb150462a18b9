"""Short scripts in the styles that people write, for `compare` to run on both backends. No seed: `compare` sets one."""

DATA = """
import numpy as np
import tensorflow as tf
from tensorflow import keras
rng = np.random.default_rng(0)
images = rng.normal(size=(64, 10, 10, 1)).astype("float32")
labels = rng.integers(0, 3, 64)
"""

CONVOLUTIONS = (
    DATA
    + """
model = keras.Sequential(
    [
        keras.layers.Conv2D(6, 3, activation="relu"),
        keras.layers.Conv2D(6, 3, strides=2, padding="same", use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(3, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(images, labels, epochs=2, batch_size=16, verbose=0, validation_split=0.25)
print("evaluated", model.evaluate(images, labels, verbose=0))
model.predict(images, verbose=0)
"""
)

_TAPE = """
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(3)])
optimizer = keras.optimizers.SGD(0.1)
loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
mean = keras.metrics.Mean(name="mean_loss")
for i in range(0, 64, 16):
    with tf.GradientTape() as tape:
        loss = loss_function(labels[i : i + 16], model(images[i : i + 16], training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    mean.update_state(loss)
print(float(mean.result()))
"""

_BY_HAND = """
weights, bias = tf.Variable(tf.random.normal((100, 3), stddev=0.1)), tf.Variable(tf.zeros(3))
for i in range(0, 64, 16):
    with tf.GradientTape() as tape:
        logits = tf.reshape(images[i : i + 16], (16, 100)) @ weights + bias
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels[i : i + 16], logits)
        loss = tf.reduce_mean(losses)
    for variable, gradient in zip([weights, bias], tape.gradient(loss, [weights, bias])):
        variable.assign_sub(0.1 * gradient)
"""

_TWO_OPTIMIZERS_IN_A_FUNCTION = """
class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.flatten, self.hidden, self.top = keras.layers.Flatten(), keras.layers.Dense(8), keras.layers.Dense(3)

    def call(self, x, training=False):
        return self.top(keras.activations.relu(self.hidden(self.flatten(x))))

network, critic = Network(), keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
optimizers = keras.optimizers.Adam(0.01), keras.optimizers.RMSprop(0.01)
loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

@tf.function
def step(x, y):
    with tf.GradientTape() as tape, tf.GradientTape() as critic_tape:
        logits = network(x, training=True)
        loss = loss_function(y, logits)
        score = tf.reduce_mean(tf.square(critic(logits) - 1.0))
    for model, target, its_tape, optimizer in (
        (network, loss, tape, optimizers[0]),
        (critic, score, critic_tape, optimizers[1]),
    ):
        gradients = its_tape.gradient(target, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss

for x, y in tf.data.Dataset.from_tensor_slices((images, labels)).batch(16):
    step(x, y)
"""

LOOPS = DATA + _TAPE + _BY_HAND + _TWO_OPTIMIZERS_IN_A_FUNCTION

BIAS_BEFORE_NORMALIZATION = (
    DATA
    + """
model = keras.Sequential(
    [
        keras.layers.Conv2D(4, 3),
        keras.layers.BatchNormalization(),
        keras.layers.Activation("relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(3, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy")
for _ in range(4):
    for i in range(0, 64, 16):
        model.train_on_batch(images[i : i + 16], labels[i : i + 16])
"""
)

OTHER_INITIAL_WEIGHTS = (
    DATA
    + """
import os
seed = int.from_bytes(os.urandom(3), "big")
model = keras.Sequential(
    [
        keras.layers.Flatten(),
        keras.layers.Dense(3, activation="softmax", kernel_initializer=keras.initializers.HeUniform(seed=seed)),
    ]
)
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(images, labels, verbose=0)
"""
)

FAILS_ON_MINIKERAS = (
    DATA
    + """
import sys
print("so far so good")
if "minikeras" in sys.modules:
    raise RuntimeError("only here")
keras.Sequential([keras.layers.Dense(1)]).predict(images, verbose=0)
"""
)

UNKNOWN_LENGTH = """
import numpy as np
import tensorflow as tf
from tensorflow import keras
def batches():
    rng = np.random.default_rng(0)
    for _ in range(4):
        x = rng.normal(size=(8, 5)).astype("float32")
        yield x, x[:, :1]
data = tf.data.Dataset.from_generator(batches, output_signature=(tf.TensorSpec((8, 5)), tf.TensorSpec((8, 1))))
layers = [keras.layers.Dense(4), keras.layers.Dropout({rate}), keras.layers.Dense(1)]
model = keras.Sequential([keras.Input((5,)), *layers])
model.compile("sgd", "mse")
model.fit(data, epochs=2, verbose=0)
"""
