import math

import numpy as np
import tensorflow as tf
from tensorflow.keras.optimizers.schedules import CosineDecay, ExponentialDecay, PiecewiseConstantDecay

x = np.random.RandomState(0).rand(128, 3).astype('float32')
y = x.sum(axis=1, keepdims=True)


def build(optimizer):
    tf.keras.utils.set_random_seed(61)
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(6, 'relu'), tf.keras.layers.Dense(1)])
    model.compile(optimizer, 'mse')
    return model


def step_decay(epoch, lr):
    return 0.1 * math.pow(0.5, math.floor((1 + epoch) / 2.0))


model = build(tf.keras.optimizers.SGD(0.1))
hist = model.fit(x, y, epochs=5, verbose=0, callbacks=[tf.keras.callbacks.LearningRateScheduler(step_decay)])
print('step decay', [round(float(v), 5) for v in hist.history['learning_rate']], hist.history['loss'][-1])

for schedule in (
    ExponentialDecay(0.1, decay_steps=4, decay_rate=0.9, staircase=True),
    CosineDecay(0.1, decay_steps=16, alpha=0.01),
    PiecewiseConstantDecay([4, 8], [0.1, 0.05, 0.01]),
    tf.keras.optimizers.schedules.PolynomialDecay(0.1, 12, end_learning_rate=0.001, power=2.0),
    tf.keras.optimizers.schedules.InverseTimeDecay(0.1, 5, 0.5),
):
    model = build(tf.keras.optimizers.SGD(learning_rate=schedule))
    hist = model.fit(x, y, epochs=4, batch_size=32, verbose=0)
    print(type(schedule).__name__, '%.6f' % schedule(10), '%.6f' % hist.history['loss'][-1])


class WarmUp(tf.keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, d_model, warmup_steps=8):
        super().__init__()
        self.d_model = tf.cast(d_model, tf.float32)
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = tf.cast(step, dtype=tf.float32)
        arg1 = tf.math.rsqrt(step + 1)
        arg2 = step * (self.warmup_steps ** -1.5)
        return tf.math.rsqrt(self.d_model) * tf.math.minimum(arg1, arg2)


model = build(tf.keras.optimizers.Adam(WarmUp(16), beta_1=0.9, beta_2=0.98, epsilon=1e-9))
hist = model.fit(x, y, epochs=4, batch_size=16, verbose=0)
print('warm-up', '%.6f' % hist.history['loss'][-1])
