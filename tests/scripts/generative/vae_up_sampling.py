import numpy as np
import tensorflow as tf
from tensorflow.keras import Input, Model, Sequential, layers, losses, optimizers

tf.random.set_seed(3)
np.random.seed(3)
tf.keras.utils.set_random_seed(3)

# Stripes of random width and direction.
position = np.arange(12) / 12
phase, width = np.random.rand(160, 1, 1), np.random.uniform(1, 3, size=(160, 1, 1))
lines = np.sin(2 * np.pi * (position[None, :, None] * width + phase)) * np.ones((1, 1, 12))
flip = np.random.rand(160) < 0.5
lines[flip] = lines[flip].transpose(0, 2, 1)
x_train = ((lines + 1) / 2).astype("float32")[..., None]

latent_dim = 3


class KLDivergence(layers.Layer):
    """Adds the divergence from the standard normal distribution to the loss, and returns a sample."""

    def __init__(self, weight=0.01, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight
        self.seed_generator = tf.keras.random.SeedGenerator(11)

    def call(self, inputs):
        mean, log_var = inputs
        kl = -0.5 * tf.reduce_mean(1 + log_var - tf.square(mean) - tf.exp(log_var))
        self.add_loss(self.weight * kl)
        noise = tf.keras.random.normal(tf.shape(mean), seed=self.seed_generator)
        return layers.add([mean, layers.multiply([tf.exp(0.5 * log_var), noise])])


image = Input((12, 12, 1))
h = layers.GaussianNoise(0.05, seed=1)(image)
h = layers.Conv2D(8, 3, strides=2, padding="same")(h)
h = layers.PReLU(shared_axes=[1, 2])(h)
h = layers.Conv2D(8, 3, strides=2, padding="same")(h)
h = layers.PReLU(shared_axes=[1, 2])(h)
h = layers.Flatten()(h)
mean, log_var = layers.Dense(latent_dim)(h), layers.Dense(latent_dim)(h)
encoder = Model(image, KLDivergence()([mean, log_var]), name="encoder")

decoder = Sequential(
    [
        Input((latent_dim,)),
        layers.Dense(3 * 3 * 8, activation="selu", kernel_initializer="lecun_normal"),
        layers.AlphaDropout(0.05, seed=2),
        layers.Reshape((3, 3, 8)),
        layers.UpSampling2D(),
        layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.UpSampling2D(),
        layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
    ],
    name="decoder",
)
vae = Model(image, decoder(encoder(image)))
vae.compile(optimizers.Adam(3e-3), loss=losses.BinaryCrossentropy())
history = vae.fit(x_train, x_train, batch_size=32, epochs=4, verbose=0)
print("loss", np.round(history.history["loss"], 4))
print("reconstruction", round(float(vae.evaluate(x_train, x_train, verbose=0)), 4))
grid = np.stack(np.meshgrid([-1, 1], [-1, 1], [0.0]), -1).reshape(-1, latent_dim).astype("float32")
print("samples", np.round(decoder.predict(grid, verbose=0).mean(axis=(1, 2, 3)), 3))
