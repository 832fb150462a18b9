import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(11)
steps = np.arange(700)
series = np.sin(steps / 9) + 0.4 * np.sin(steps / 23) + 0.05 * np.random.RandomState(0).randn(700)
series = (series - series.mean()) / series.std()


def windows(values, size, horizon):
    count = len(values) - size - horizon + 1
    inputs = np.stack([values[i : i + size] for i in range(count)])[..., None]
    targets = np.stack([values[i + size : i + size + horizon] for i in range(count)])
    return inputs.astype('float32'), targets.astype('float32')


x, y = windows(series, 24, 4)
train = tf.data.Dataset.from_tensor_slices((x[:500], y[:500])).batch(50)
test = tf.data.Dataset.from_tensor_slices((x[500:], y[500:])).batch(50)

inputs = keras.Input((24, 1))
h = layers.GRU(24, return_sequences=True)(inputs)
h = layers.GRU(16, reset_after=False)(h)
model = keras.Model(inputs, layers.Dense(4)(h))
model.compile(keras.optimizers.Adam(5e-3), loss='mse', metrics=['mae'])
history = model.fit(train, epochs=5, validation_data=test, verbose=0)
print([round(v, 4) for v in history.history['loss']], [round(v, 4) for v in history.history['val_mae']])

# forecast far ahead from the model's own predictions
window = x[-1].copy()
ahead = []
for _ in range(3):
    values = model.predict(window[None], verbose=0)[0]
    ahead.extend(values.tolist())
    window = np.concatenate([window[4:], values[:, None]])
print(np.round(ahead, 3).tolist())
