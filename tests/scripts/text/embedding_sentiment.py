import numpy as np
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.preprocessing.sequence import pad_sequences

vocab_size, max_length, embedding_dim = 200, 12, 8
tf.keras.utils.set_random_seed(80)
rng = np.random.RandomState(80)
sequences = [rng.randint(1, vocab_size, size=rng.randint(4, 20)).tolist() for _ in range(240)]
labels = np.array([int(np.mean(s) > vocab_size / 2) for s in sequences])
padded = pad_sequences(sequences, maxlen=max_length, padding='post', truncating='post')
print(padded.shape, padded[0].tolist())

model = tf.keras.Sequential([
    layers.Embedding(vocab_size, embedding_dim),
    layers.Flatten(),
    layers.Dense(6, activation='relu'),
    layers.Dense(1, activation='sigmoid')
])
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
history = model.fit(padded[:200], labels[:200], epochs=6, validation_data=(padded[200:], labels[200:]), verbose=2)
weights = model.layers[0].get_weights()[0]
print(weights.shape, np.linalg.norm(weights, axis=1)[:4].round(4))
