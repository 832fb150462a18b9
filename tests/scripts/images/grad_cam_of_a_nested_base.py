"""Grad-CAM through a base that is a layer of the model: maps inside the base, then the model's own layers by hand."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(5)

# A bright cross or a bright square somewhere in a noisy picture.
rng = np.random.default_rng(5)
labels = rng.integers(0, 2, 80)
positions = rng.integers(4, 20, (80, 2))
images = rng.uniform(0, 0.3, (80, 24, 24, 3)).astype("float32")
for image, label, (row, column) in zip(images, labels, positions):
    patch = image[row - 3:row + 4, column - 3:column + 4]
    if label:
        patch[2:5, 2:5] += 0.7
    else:
        patch[3] += 0.5
        patch[:, 3] += 0.5

picture = keras.Input((24, 24, 3))
h = layers.Conv2D(8, 3, padding="same", use_bias=False)(picture)
h = layers.BatchNormalization(momentum=0.8)(h)
h = layers.ReLU(6.0)(h)
h = layers.SeparableConv2D(12, 3, strides=2, padding="same", activation="relu", name="last_conv")(h)
base = keras.Model(picture, layers.Conv2D(8, 1, activation="relu")(h), name="base")

inputs = keras.Input((24, 24, 3))
h = layers.RandomFlip("horizontal", seed=1)(inputs)
h = base(h)
h = layers.GlobalMaxPooling2D(name="pool")(h)
h = layers.Dropout(0.1, seed=2, name="dropout")(h)
model = keras.Model(inputs, layers.Dense(2, name="scores")(h))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
model.fit(images, labels, batch_size=16, epochs=3, verbose=2)

grad_base = keras.Model(base.inputs, [base.get_layer("last_conv").output, base.output])
head = model.layers[model.layers.index(base) + 1:]
print("layers of the head:", len(head))


@tf.function
def gradients_and_maps(pictures, indices):
    with tf.GradientTape() as tape:
        maps, h = grad_base(pictures, training=False)
        for layer in head:
            h = layer(h)
        score = tf.gather(h, indices, batch_dims=1)
    return tape.gradient(score, maps), maps, score


grads, maps, scores = gradients_and_maps(tf.constant(images[:4]), tf.constant(labels[:4, np.newaxis]))
print("scores as predicted:", np.allclose(scores[:, 0], model.predict(images[:4], verbose=0)[range(4), labels[:4]], atol=1e-4))
heatmaps = tf.nn.relu(tf.einsum("bijc,bc->bij", maps, tf.reduce_mean(grads, axis=(1, 2))))
heatmaps = heatmaps / (tf.reduce_max(heatmaps, axis=(1, 2), keepdims=True) + 1e-8)
large = tf.image.resize(heatmaps[..., tf.newaxis], (24, 24)).numpy()
for number, heatmap in enumerate(heatmaps.numpy()):
    print(f"image {number}: label {labels[number]}, score {float(scores[number, 0]):.4f}, mean of the map {heatmap.mean():.4f}")
superimposed = np.clip(images[:4] * 0.6 + 0.4 * large, 0, 1)
print("superimposed:", superimposed.shape, f"mean {superimposed.mean():.4f}")

# Saliency: gradients of the input, where they are positive.
with tf.GradientTape() as tape:
    watched = tf.constant(images[:4])
    tape.watch(watched)
    score = tf.reduce_max(model(watched, training=False), axis=1)
saliency = tf.reduce_max(tf.nn.relu(tape.gradient(score, watched)), axis=-1)
print("saliency:", np.round(tf.reduce_mean(saliency, axis=(1, 2)).numpy(), 5))
