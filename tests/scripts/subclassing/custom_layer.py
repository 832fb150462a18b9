import numpy as np
import tensorflow as tf
from tensorflow import keras


class Linear(keras.layers.Layer):
    def __init__(self, units=32, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True, name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="b")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, inputs):
        self.calls.assign_add(1.0)
        return self.activation(tf.matmul(inputs, self.w) + self.b)

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "activation": keras.activations.serialize(self.activation)})
        return config


class ScaledResidual(keras.layers.Layer):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.scale = tf.Variable(0.5, trainable=True, dtype=tf.float32, name="scale")

    def call(self, x, training=None):
        if training:
            self.add_loss(1e-3 * tf.reduce_sum(tf.square(self.scale)))
        return x + self.scale * self.inner(x)


keras.utils.set_random_seed(77)
x = np.random.normal(size=(100, 6)).astype("float32")
y = np.tanh(x @ np.random.normal(size=(6, 2))).astype("float32")

layer = Linear(6, activation="relu")
model = keras.Sequential([keras.Input((6,)), ScaledResidual(layer), Linear(2)])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
model.fit(x, y, epochs=6, batch_size=20, verbose=2)
print(len(model.trainable_weights), len(model.non_trainable_weights))
print("config:", layer.get_config()["units"], layer.get_config()["activation"])
copy = Linear.from_config(layer.get_config())
print("copy:", copy(x).shape, "prediction:", model.predict(x[:2], verbose=0).round(4).tolist())
