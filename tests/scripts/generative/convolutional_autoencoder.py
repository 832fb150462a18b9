import numpy as np
from tensorflow import keras
from tensorflow.keras.callbacks import EarlyStopping
from tensorflow.keras.layers import BatchNormalization, Conv2D, Conv2DTranspose, Dense, Flatten, LeakyReLU, Reshape
from tensorflow.keras.models import Sequential, load_model

keras.utils.set_random_seed(55)
np.random.seed(55)

# crosses and frames on an 14x14 grid
images = np.zeros((180, 14, 14, 1), dtype=np.float32)
for k, im in enumerate(images):
    r, c, s = np.random.randint(0, 8), np.random.randint(0, 8), np.random.randint(3, 6)
    if k % 2:
        im[r:r + s, c] = im[r:r + s, c + s - 1] = im[r, c:c + s] = im[r + s - 1, c:c + s] = 1
    else:
        im[r + s // 2, c:c + s] = im[r:r + s, c + s // 2] = 1

encoder = Sequential(name='encoder')
encoder.add(keras.Input((14, 14, 1)))
for filters in [8, 16]:
    encoder.add(Conv2D(filters, 3, strides=2, padding='same', use_bias=False))
    encoder.add(BatchNormalization())
    encoder.add(LeakyReLU(negative_slope=0.2))
shape_before = encoder.output_shape[1:]
encoder.add(Flatten())
encoder.add(Dense(10, name='code'))

decoder = Sequential(name='decoder')
decoder.add(keras.Input((10,)))
decoder.add(Dense(int(np.prod(shape_before)), activation='relu'))
decoder.add(Reshape(shape_before))
decoder.add(Conv2DTranspose(8, 3, strides=2, padding='same', output_padding=0, activation='relu'))
decoder.add(Conv2DTranspose(1, 4, strides=2, padding='valid', activation='sigmoid'))
print(decoder.output_shape)
decoder.add(keras.layers.Cropping2D(1))

autoencoder = Sequential([encoder, decoder], name='autoencoder')
autoencoder.compile(optimizer=keras.optimizers.Nadam(2e-3), loss=keras.losses.BinaryFocalCrossentropy(gamma=1.0),
                    metrics=['mae', keras.metrics.RootMeanSquaredError()])
autoencoder.summary(expand_nested=True)
autoencoder.fit(images[:140], images[:140], epochs=5, batch_size=20, verbose=2, shuffle=True,
                validation_data=(images[140:], images[140:]),
                callbacks=[EarlyStopping(patience=2, restore_best_weights=True)])
autoencoder.save('autoencoder.keras')
again = load_model('autoencoder.keras')
reconstructed = again.predict(images[140:], verbose=0)
print('same:', np.array_equal(reconstructed, autoencoder.predict(images[140:], verbose=0)))
errors = np.square(reconstructed - images[140:]).mean(axis=(1, 2, 3))
print('error of crosses %.4f, of frames %.4f' % (errors[::2].mean(), errors[1::2].mean()))
codes = encoder.predict(images[:2], verbose=0)
between = decoder.predict(np.linspace(codes[0], codes[1], 4), verbose=0)
print(between.sum(axis=(1, 2, 3)).round(2))
