# Reads lines of glyphs with a CNN, bidirectional LSTMs and the CTC loss (after the captcha examples).
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(41)
rng = np.random.default_rng(41)
CLASSES, HEIGHT, WIDTH, MAX_LABEL = 5, 8, 40, 4
glyphs = rng.integers(0, 2, size=(CLASSES, HEIGHT, 6)).astype('float32')


def make_lines(n):
    images, labels = np.zeros((n, HEIGHT, WIDTH, 1), 'float32'), np.zeros((n, MAX_LABEL), 'int32')
    for image, label in zip(images, labels):
        place = 1
        for k in range(rng.integers(2, MAX_LABEL + 1)):
            glyph = rng.integers(CLASSES)
            image[:, place:place + 6, 0] = glyphs[glyph]
            label[k] = glyph + 1            # 0 is the blank, and the padding
            place += 6 + rng.integers(1, 4)
        image += 0.1 * rng.normal(size=image.shape)
    return images, labels


inputs = keras.Input((HEIGHT, WIDTH, 1), name='image')
x = layers.Permute((2, 1, 3))(inputs)
x = layers.Conv2D(12, (3, 3), activation='relu', kernel_initializer='he_normal', padding='same', name='Conv1')(x)
x = layers.MaxPooling2D((2, 2), name='pool1')(x)
x = layers.Reshape(target_shape=(WIDTH // 2, HEIGHT // 2 * 12), name='reshape')(x)
x = layers.Dense(24, activation='relu', name='dense1')(x)
x = layers.Bidirectional(layers.LSTM(20, return_sequences=True))(x)
x = layers.Bidirectional(layers.LSTM(12, return_sequences=True), merge_mode='sum')(x)
outputs = layers.Dense(CLASSES + 1, name='logits')(x)
model = keras.models.Model(inputs, outputs, name='reader')
model.summary()
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=keras.losses.CTC())
x_train, y_train = make_lines(192)
x_val, y_val = make_lines(32)
train_ds = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(16).prefetch(tf.data.AUTOTUNE)
model.fit(train_ds, validation_data=(x_val, y_val), epochs=4, verbose=2)

logits = model.predict(x_val, verbose=0)
lengths = np.full(len(logits), logits.shape[1])
decoded, log_probabilities = keras.ops.ctc_decode(logits, lengths, strategy='greedy', mask_index=0)
print(decoded.shape, log_probabilities.shape, np.round(log_probabilities[:3, 0], 2))
losses = keras.ops.ctc_loss(y_val, logits, (y_val > 0).sum(axis=1), lengths, mask_index=0)
print(np.round(losses[:4], 3), 'mean %.4f' % tf.reduce_mean(losses))
beams, scores = keras.ops.ctc_decode(logits[:2], lengths[:2], strategy='beam_search', beam_width=8, top_paths=2, mask_index=0)
print(beams.shape[0], np.round(scores, 2))
