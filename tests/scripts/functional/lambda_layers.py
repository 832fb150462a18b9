import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, Model, Input
from tensorflow.keras.layers import Lambda

tf.keras.utils.set_random_seed(31)
x = np.random.uniform(-1, 1, (200, 12)).astype(np.float32)
y = np.stack([x.max(axis=1), np.abs(x).mean(axis=1)], axis=1)

inp = Input((12,))
grid = Lambda(lambda t: tf.reshape(t, (-1, 3, 4)), output_shape=(3, 4))(inp)
largest = Lambda(lambda t: tf.reduce_max(t, axis=-1), output_shape=(3,))(grid)
squares = Lambda(lambda t: tf.sqrt(tf.reduce_sum(tf.square(t), axis=1) + 1e-6), output_shape=(4,))(grid)
scaled = layers.Rescaling(0.5, offset=0.1)(inp)
merged = layers.Concatenate()([largest, squares, scaled])
out = layers.Dense(2)(layers.LeakyReLU()(layers.Dense(16)(merged)))
model = Model(inp, out)
model.compile('adam', 'mse', metrics=['mae'])
model.fit(x, y, epochs=5, batch_size=40, verbose=2)
print(model(x[:3]).numpy())
