# A stateful network reads a text character by character, and goes on writing it.
import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(9)
text = 'the quick brown fox jumps over the lazy dog and runs away. ' * 20
vocabulary = sorted(set(text))
ids = np.array([vocabulary.index(c) for c in text])
BATCH, STEPS = 4, 15
length = (len(ids) - 1) // BATCH // STEPS * STEPS
streams = np.stack([ids[b * length : (b + 1) * length + 1] for b in range(BATCH)])


def build(batch_size):
    return tf.keras.Sequential([
        tf.keras.Input(batch_shape=(batch_size, None), dtype='int32'),
        tf.keras.layers.Embedding(len(vocabulary), 12),
        tf.keras.layers.GRU(32, return_sequences=True, stateful=True),
        tf.keras.layers.LSTM(24, return_sequences=True, stateful=True),
        tf.keras.layers.Dense(len(vocabulary)),
    ])


model = build(BATCH)
loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(tf.keras.optimizers.Adam(0.01), loss)
for epoch in range(3):
    losses = []
    for start in range(0, length, STEPS):
        x, y = streams[:, start : start + STEPS], streams[:, start + 1 : start + STEPS + 1]
        losses.append(float(model.train_on_batch(x, y)))
    for layer in model.layers:
        if hasattr(layer, 'reset_states'):
            layer.reset_states()
    print('epoch', epoch, np.round([losses[0], losses[-1], np.mean(losses)], 4).tolist())

writer = build(1)
writer.set_weights(model.get_weights())
logits = writer.predict(ids[None, :20], verbose=0)[:, -1:]
best = []
for _ in range(12):
    best.append(round(float(logits.max()), 3))
    logits = writer.predict(logits.argmax(axis=-1), verbose=0)
print(best)
