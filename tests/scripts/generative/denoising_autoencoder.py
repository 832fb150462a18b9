import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D, Reshape
from tensorflow.keras.models import Model

tf.keras.utils.set_random_seed(91)
noise_factor = 0.2
rows = np.arange(8)[None, :, None]
clean = (0.5 + 0.5 * np.sin(rows * np.random.rand(120, 1, 1) * 2 + np.zeros((120, 8, 8)))).astype('float32')[..., None]
noisy = clean + noise_factor * tf.random.normal(shape=clean.shape, seed=4)
noisy = tf.clip_by_value(noisy, clip_value_min=0., clip_value_max=1.)

input_img = Input(shape=(8, 8, 1))
x = Conv2D(8, (3, 3), activation='relu', padding='same')(input_img)
x = MaxPooling2D((2, 2), padding='same')(x)
encoded = Conv2D(4, (3, 3), activation='relu', padding='same')(x)
x = Flatten()(encoded)
x = Dense(64, activation='sigmoid')(x)
decoded = Reshape((8, 8, 1))(x)
autoencoder = Model(input_img, decoded)
encoder = Model(input_img, encoded)
autoencoder.compile(optimizer='adam', loss='binary_crossentropy')
autoencoder.fit(noisy, clean, epochs=4, batch_size=30, shuffle=True, verbose=2)
print(encoder.predict(noisy[:10], verbose=0).shape)
print('error before %.4f, after %.4f' % (
    tf.reduce_mean(tf.abs(noisy - clean)), tf.reduce_mean(tf.abs(autoencoder(noisy) - clean))))
