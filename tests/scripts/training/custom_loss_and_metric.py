import numpy as np
import tensorflow as tf
from tensorflow import keras


def huber_fn(y_true, y_pred):
    error = y_true - y_pred
    is_small_error = tf.abs(error) < 1
    squared_loss = tf.square(error) / 2
    linear_loss = tf.abs(error) - 0.5
    return tf.where(is_small_error, squared_loss, linear_loss)


class WeightedMSE(keras.losses.Loss):
    def __init__(self, factor=2.0, name="weighted_mse"):
        super().__init__(name=name)
        self.factor = factor

    def call(self, y_true, y_pred):
        y_true = tf.cast(y_true, y_pred.dtype)
        weight = tf.where(y_true > y_pred, self.factor, 1.0)
        return tf.reduce_mean(weight * tf.square(y_true - y_pred), axis=-1)


class MaxError(keras.metrics.Metric):
    def __init__(self, name="max_error", **kwargs):
        super().__init__(name=name, **kwargs)
        self.largest = self.add_weight(name="largest", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        error = tf.reduce_max(tf.abs(tf.cast(y_true, tf.float32) - y_pred))
        self.largest.assign(tf.maximum(self.largest, error))

    def result(self):
        return self.largest

    def reset_state(self):
        self.largest.assign(0.0)


def r_squared(y_true, y_pred):
    residual = tf.reduce_sum(tf.square(y_true - y_pred))
    total = tf.reduce_sum(tf.square(y_true - tf.reduce_mean(y_true)))
    return 1 - residual / total


rng = np.random.RandomState(63)
x = rng.normal(size=(200, 5)).astype("float32")
y = (x[:, :1] - 2 * x[:, 1:2] + rng.standard_t(2, size=(200, 1))).astype("float32")
for loss in (huber_fn, WeightedMSE(3.0), keras.losses.LogCosh(), "mape"):
    keras.utils.set_random_seed(63)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, activation="selu", kernel_initializer="lecun_normal"),
                              keras.layers.Dense(1)])
    model.compile(loss=loss, optimizer="nadam", metrics=[MaxError(), r_squared, keras.metrics.RootMeanSquaredError()])
    history = model.fit(x, y, epochs=4, verbose=0)
    print(getattr(loss, "__name__", None) or getattr(loss, "name", loss),
          {k: round(v[-1], 4) for k, v in sorted(history.history.items())})
