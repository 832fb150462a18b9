"""A neural differential equation, integrated by Runge and Kutta's method in a `tf.while_loop` that fills a TensorArray."""
import numpy as np
import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
field = keras.Sequential([keras.Input((2,)), keras.layers.Dense(16, 'tanh'), keras.layers.Dense(2)])


@tf.function
def integrate(y0, dt, steps):
    def body(i, y, path):
        k1 = field(y)
        k2 = field(y + dt / 2 * k1)
        k3 = field(y + dt / 2 * k2)
        k4 = field(y + dt * k3)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return i + 1, y, path.write(i, y)

    path = tf.TensorArray(tf.float32, size=0, dynamic_size=True, element_shape=y0.shape)
    _, _, path = tf.while_loop(lambda i, *_: i < steps, body, (0, y0, path))
    return tf.transpose(path.stack(), [1, 0, 2])


times = np.linspace(0, 1, 11)[1:]
start = rng.normal(size=(4, 2)).astype('float32')
decay = np.stack([start * np.exp(-t) for t in times], 1).astype('float32')
optimizer = keras.optimizers.RMSprop(0.01)
for step in range(12):
    with tf.GradientTape() as tape:
        path = integrate(tf.constant(start), tf.constant(0.1), tf.constant(10))
        loss = tf.reduce_mean((path - decay) ** 2)
    gradients, norm = tf.clip_by_global_norm(tape.gradient(loss, field.trainable_variables), 1.0)
    optimizer.apply_gradients(zip(gradients, field.trainable_variables))
    print(f'step {step}: loss {loss:.5f}, norm {norm:.4f}')
print('path', path.shape, np.round(path[0, -1].numpy(), 4))
