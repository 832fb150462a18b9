# Predict the next frame of a moving square.
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(2)
rng = np.random.RandomState(2)
movies = np.zeros((48, 7, 10, 10, 1), 'float32')
for movie in movies:
    row, column, down, right = *rng.randint(0, 7, 2), *rng.randint(-1, 2, 2)
    for t in range(7):
        r, c = (row + t * down) % 8, (column + t * right) % 8
        movie[t, r : r + 3, c : c + 3] = 1
x, y = movies[:, :-1], movies[:, 1:]

model = tf.keras.Sequential([
    tf.keras.Input((None, 10, 10, 1)),
    layers.ConvLSTM2D(6, 3, padding='same', return_sequences=True),
    layers.BatchNormalization(),
    layers.ConvLSTM2D(4, (3, 3), padding='same', return_sequences=True, activation='relu'),
    layers.TimeDistributed(layers.Conv2D(1, 3, padding='same', activation='sigmoid')),
])
model.compile('rmsprop', 'binary_crossentropy')
model.fit(x[:40], y[:40], batch_size=8, epochs=2, verbose=2, validation_data=(x[40:], y[40:]))
frames = movies[:1, :4]
for _ in range(2):
    frames = np.concatenate([frames, model.predict(frames[:, -4:], verbose=0)[:, -1:]], axis=1)
print(frames.shape, frames[0, 4:].mean(axis=(1, 2, 3)).round(4).tolist())
