"""Types of one's own that hold tensors: in functions, data sets and loops, and in functions of tf that know them."""
from typing import List, Mapping

import numpy as np
import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)


class Masked(tf.experimental.BatchableExtensionType):
    values: tf.Tensor
    mask: tf.Tensor

    shape = property(lambda self: self.values.shape)

    def __validate__(self):
        self.values.shape.assert_is_compatible_with(self.mask.shape)

    def mean(self):
        weights = tf.cast(self.mask, self.values.dtype)
        return tf.reduce_sum(self.values * weights, -1) / tf.maximum(tf.reduce_sum(weights, -1), 1.0)


class Patient(tf.experimental.ExtensionType):
    name: str
    series: Masked
    labels: Mapping[str, tf.Tensor] = {}


@tf.experimental.dispatch_for_api(tf.concat)
def concat(values: List[Masked], axis):
    return Masked(tf.concat([v.values for v in values], axis), tf.concat([v.mask for v in values], axis))


@tf.experimental.dispatch_for_unary_elementwise_apis(Masked)
def elementwise(function, x):
    return Masked(function(x.values), x.mask)


rng = np.random.default_rng(0)
series = Masked(rng.normal(size=(24, 5)).astype('float32'), rng.random((24, 5)) > 0.3)
target = (2.0 * series.mean() + 1.0)[:, None]
patient = Patient('anne', Masked([1.0, 2.0], [True, False]), {'age': 61})
print(patient.name, int(patient.labels['age']), float(patient.series.mean()))
print(type(patient).Spec.from_value(patient).series.values.shape, tf.abs(tf.concat([series, series], 0)).shape)
try:
    Masked([1.0], [True, False])
except ValueError:
    print('refused: shapes')
try:
    patient.name = 'bo'
except AttributeError:
    print('refused: values never change')

dense = keras.layers.Dense(1)
optimizer = keras.optimizers.SGD(0.3)


@tf.function
def train(batch, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((dense(batch.mean()[:, None]) - y) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, dense.trainable_variables), dense.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((series, target)).shuffle(24, seed=1).batch(8)
for epoch in range(4):
    losses = [float(train(batch, y)) for batch, y in data]
    print(f'epoch {epoch}: {np.mean(losses):.5f}')
_, last = tf.while_loop(lambda i, _: i < 3, lambda i, x: (i + 1, Masked(x.values / 2.0, x.mask)), (0, series))
print(f'{tf.reduce_sum(last.mean()):.5f}')
