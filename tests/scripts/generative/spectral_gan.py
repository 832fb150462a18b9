import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
import numpy as np

# %% settings
keras.utils.set_random_seed(202)
latent_dim, batch_size = 8, 24

# %% models
discriminator = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.SpectralNormalization(layers.Conv2D(8, 4, strides=2, padding="same")),
    layers.LeakyReLU(0.1),
    layers.SpectralNormalization(layers.Conv2D(16, 3, strides=2, padding="same"), power_iterations=2),
    layers.LeakyReLU(0.1),
    layers.Flatten(),
    layers.SpectralNormalization(layers.Dense(1)),
], name="discriminator")
generator = keras.Sequential([
    keras.Input((latent_dim,)),
    layers.Dense(2 * 2 * 16, use_bias=False),
    layers.Reshape((2, 2, 16)),
    layers.BatchNormalization(momentum=0.9),
    layers.ReLU(),
    layers.Conv2DTranspose(8, 4, strides=2, padding="same", use_bias=False),
    layers.BatchNormalization(momentum=0.9),
    layers.ReLU(),
    layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
], name="generator")
discriminator.summary(); generator.summary()


# %% hinge losses, two critic steps for one generator step
class SNGAN(keras.Model):
    def __init__(self, discriminator, generator, latent_dim, critic_steps=2):
        super().__init__()
        self.discriminator, self.generator = discriminator, generator
        self.latent_dim, self.critic_steps = latent_dim, critic_steps
        self.noise = keras.random.SeedGenerator(5)

    def compile(self, d_optimizer, g_optimizer):
        super().compile()
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer
        self.d_metric, self.g_metric = keras.metrics.Mean("d_loss"), keras.metrics.Mean("g_loss")

    @property
    def metrics(self):
        return [self.d_metric, self.g_metric]

    def latent(self, n):
        return keras.random.normal((n, self.latent_dim), seed=self.noise)

    def train_step(self, real):
        n = tf.shape(real)[0]
        for _ in range(self.critic_steps):
            fake = self.generator(self.latent(n), training=True)
            with tf.GradientTape() as tape:
                d_real = self.discriminator(real, training=True)
                d_fake = self.discriminator(fake, training=True)
                d_loss = tf.reduce_mean(tf.nn.relu(1. - d_real)) + tf.reduce_mean(tf.nn.relu(1. + d_fake))
            grads = tape.gradient(d_loss, self.discriminator.trainable_weights)
            self.d_optimizer.apply_gradients(zip(grads, self.discriminator.trainable_weights))
        with tf.GradientTape() as tape:
            g_loss = -tf.reduce_mean(self.discriminator(self.generator(self.latent(n), training=True), training=True))
        grads = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(grads, self.generator.trainable_weights))
        self.d_metric.update_state(d_loss)
        self.g_metric.update_state(g_loss)
        return {"d_loss": self.d_metric.result(), "g_loss": self.g_metric.result()}


class Monitor(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        images = self.model.generator(np.ones((2, latent_dim), "float32") * np.array([[1.0], [-1.0]], "float32"), training=False)
        images = (images * 127.5) + 127.5
        print("epoch", epoch, "brightness", np.round(tf.reduce_mean(images, axis=[1, 2, 3]), 1))


# %% data: one blob each
r, c = np.mgrid[:8, :8]
centres = np.random.uniform(2, 5, (96, 2))
blobs = np.exp(-((r - centres[:, :1, None]) ** 2 + (c - centres[:, 1:, None]) ** 2) / 3) * 2 - 1
dataset = tf.data.Dataset.from_tensor_slices(blobs[..., None].astype("float32")).batch(batch_size)

# %%
gan = SNGAN(discriminator, generator, latent_dim)
gan.compile(keras.optimizers.Adam(4e-4, beta_1=0.0, beta_2=0.9), keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9))
history = gan.fit(dataset, epochs=3, callbacks=[Monitor()], verbose=0)
print(history.history)
