import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, losses
from tensorflow.keras.models import Model

tf.keras.utils.set_random_seed(90)
rng = np.random.RandomState(90)
basis = rng.rand(5, 8, 8)
x_train = np.clip(np.tensordot(rng.rand(200, 5), basis, 1) / 3, 0, 1).astype('float32')
x_test = x_train[-40:]


class Autoencoder(Model):
    def __init__(self, latent_dim, shape):
        super(Autoencoder, self).__init__()
        self.latent_dim = latent_dim
        self.shape = shape
        self.encoder = tf.keras.Sequential([
            layers.Flatten(),
            layers.Dense(latent_dim, activation='relu'),
        ])
        self.decoder = tf.keras.Sequential([
            layers.Dense(int(tf.math.reduce_prod(shape)), activation='sigmoid'),
            layers.Reshape(shape)
        ])

    def call(self, x):
        encoded = self.encoder(x)
        decoded = self.decoder(encoded)
        return decoded


autoencoder = Autoencoder(6, x_test.shape[1:])
autoencoder.compile(optimizer='adam', loss=losses.MeanSquaredError())
autoencoder.fit(x_train, x_train, epochs=5, shuffle=True, validation_data=(x_test, x_test))
encoded_imgs = autoencoder.encoder(x_test).numpy()
decoded_imgs = autoencoder.decoder(encoded_imgs).numpy()
print(encoded_imgs.shape, decoded_imgs.shape, float(np.abs(decoded_imgs - x_test).mean()))
errors = tf.keras.losses.mae(x_test.reshape(40, -1), decoded_imgs.reshape(40, -1))
threshold = np.mean(errors) + np.std(errors)
print("Threshold: ", threshold, "anomalies:", int(tf.math.count_nonzero(tf.math.greater(errors, threshold))))
