"""A search for similar images: features of a network of keras.applications, compared by their cosine."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.applications.mobilenet import MobileNet, preprocess_input

keras.utils.set_random_seed(9)

# Five kinds of pictures: stripes of a period and a direction, in noise.
rng = np.random.default_rng(9)
kinds = np.repeat(np.arange(5), 8)
rows, columns = np.indices((32, 32))
waves = [np.sin(2 * np.pi * (columns if kind % 2 else rows) / (3 + 2 * kind)) for kind in range(5)]
images = np.stack([127 + 80 * waves[kind] for kind in kinds])[..., np.newaxis] + rng.normal(0, 20, (40, 32, 32, 3))
images = np.clip(images, 0, 255).astype("float32")

network = MobileNet(input_shape=(32, 32, 3), alpha=0.25, include_top=False, weights=None)
features = network.get_layer("conv_pw_3_relu").output
extractor = keras.Model(network.input, keras.layers.GlobalAveragePooling2D()(features))
for layer in extractor.layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.momentum = 0.5
for _ in range(8):  # statistics of these images, in place of pretrained ones
    extractor(preprocess_input(images.copy()), training=True)

dataset = tf.data.Dataset.from_tensor_slices(images).map(preprocess_input).batch(16)
found = extractor.predict(dataset, verbose=0)
print("features:", found.shape, f"mean {found.mean():.4f}, largest {found.max():.4f}")

# the mean feature says nothing about a picture
normalized = tf.math.l2_normalize(found - tf.reduce_mean(found, axis=0), axis=1)
similarity = tf.matmul(normalized, normalized, transpose_b=True)
similarity = tf.linalg.set_diag(similarity, -tf.ones(len(images)))
nearest = tf.math.top_k(similarity, k=3)
same = tf.gather(kinds, nearest.indices) == kinds[:, np.newaxis]
print("similarities of the nearest:", np.round(nearest.values.numpy()[::8, 0], 3))
print("of the same kind:", round(float(tf.reduce_mean(tf.cast(same, tf.float32))), 3))

# the same question to the library's own metric and loss
cosine = keras.losses.CosineSimilarity(axis=-1, reduction=None)
print("first with the others:", np.round(-np.asarray(cosine(normalized[:1], normalized))[:6], 3))

# a search in Keras's layers: a Dot of two towers
query, candidate = keras.Input((found.shape[1],)), keras.Input((found.shape[1],))
search = keras.Model([query, candidate], keras.layers.Dot(axes=1, normalize=True)([query, candidate]))
scores = search.predict([np.repeat(found[:1], 40, axis=0), found], verbose=0)[:, 0]
print("search:", scores.shape, [round(float(scores[kinds == kind].mean()), 3) for kind in range(5)])
