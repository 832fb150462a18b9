import time

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(94)
BUFFER_SIZE, BATCH_SIZE, NOISE_DIM, EPOCHS = 96, 24, 6, 3
images = np.sin(np.linspace(0, 3, 16)[None] + np.random.rand(96, 1) * 6).reshape(96, 4, 4, 1).astype('float32')
train_dataset = tf.data.Dataset.from_tensor_slices(images).shuffle(BUFFER_SIZE, seed=2).batch(BATCH_SIZE)


def make_generator_model():
    model = tf.keras.Sequential()
    model.add(layers.Dense(32, use_bias=False, input_shape=(NOISE_DIM,)))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Dense(16, activation='tanh'))
    model.add(layers.Reshape((4, 4, 1)))
    assert model.output_shape == (None, 4, 4, 1)
    return model


def make_discriminator_model():
    model = tf.keras.Sequential()
    model.add(layers.Conv2D(8, (3, 3), strides=(2, 2), padding='same', input_shape=[4, 4, 1]))
    model.add(layers.LeakyReLU())
    model.add(layers.Dropout(0.3))
    model.add(layers.Flatten())
    model.add(layers.Dense(1))
    return model


generator, discriminator = make_generator_model(), make_discriminator_model()
cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)


def discriminator_loss(real_output, fake_output):
    real_loss = cross_entropy(tf.ones_like(real_output), real_output)
    fake_loss = cross_entropy(tf.zeros_like(fake_output), fake_output)
    return real_loss + fake_loss


def generator_loss(fake_output):
    return cross_entropy(tf.ones_like(fake_output), fake_output)


generator_optimizer = tf.keras.optimizers.Adam(1e-3)
discriminator_optimizer = tf.keras.optimizers.Adam(1e-3)
noise_rng = np.random.RandomState(0)


@tf.function
def train_step(images, noise):
    with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
        generated_images = generator(noise, training=True)
        real_output = discriminator(images, training=True)
        fake_output = discriminator(generated_images, training=True)
        gen_loss = generator_loss(fake_output)
        disc_loss = discriminator_loss(real_output, fake_output)
    gradients_of_generator = gen_tape.gradient(gen_loss, generator.trainable_variables)
    gradients_of_discriminator = disc_tape.gradient(disc_loss, discriminator.trainable_variables)
    generator_optimizer.apply_gradients(zip(gradients_of_generator, generator.trainable_variables))
    discriminator_optimizer.apply_gradients(zip(gradients_of_discriminator, discriminator.trainable_variables))
    return gen_loss, disc_loss


for epoch in range(EPOCHS):
    start = time.time()
    for image_batch in train_dataset:
        noise = tf.constant(noise_rng.normal(size=(BATCH_SIZE, NOISE_DIM)), dtype=tf.float32)
        g, d = train_step(image_batch, noise)
    print('epoch {}: generator {:.4f}, discriminator {:.4f}'.format(epoch + 1, g, d))
    assert time.time() >= start
sample = generator(tf.zeros([2, NOISE_DIM]), training=False)
print(sample[0, :, :, 0].numpy().round(3))
