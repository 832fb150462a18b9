"""Transfer learning: a frozen base with a new head, then fine-tuning; Grad-CAM and a search for similar images."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.applications.mobilenet_v2 import MobileNetV2, preprocess_input

IMG_SIZE = (32, 32)
tf.random.set_seed(3)
keras.utils.set_random_seed(3)

rng = np.random.default_rng(3)
labels = rng.integers(0, 2, 48)
images = rng.uniform(0, 100, (48, *IMG_SIZE, 3)).astype("float32")
for image, label in zip(images, labels, strict=True):
    image[4:20, 4:20, label] += 150
train_ds = tf.data.Dataset.from_tensor_slices((images[:32], labels[:32])).batch(8).prefetch(tf.data.AUTOTUNE)
val_ds = tf.data.Dataset.from_tensor_slices((images[32:], labels[32:])).batch(8)

data_augmentation = keras.Sequential(
    [layers.RandomFlip("horizontal", seed=1), layers.RandomTranslation(0.1, 0.1, seed=2)]
)

base_model = MobileNetV2(input_shape=IMG_SIZE + (3,), alpha=0.35, include_top=False, weights=None)
base_model.trainable = False
print("layers in the base model:", len(base_model.layers))

inputs = keras.Input(shape=IMG_SIZE + (3,))
x = data_augmentation(inputs)
x = preprocess_input(x)
x = base_model(x, training=False)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dropout(0.2)(x)
outputs = layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(1e-2),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")],
)
print("trainable weights:", len(model.trainable_weights), "of", len(model.weights))
moving_before = base_model.get_layer("bn_Conv1").moving_mean.numpy().copy()
history = model.fit(train_ds, epochs=2, validation_data=val_ds, verbose=2)

# fine-tuning: the upper layers of the base learn too, slowly
base_model.trainable = True
for layer in base_model.layers[:-30]:
    layer.trainable = False
model.compile(
    optimizer=keras.optimizers.RMSprop(learning_rate=1e-5),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
print("trainable weights:", len(model.trainable_weights))
history_fine = model.fit(train_ds, epochs=3, initial_epoch=history.epoch[-1] + 1, validation_data=val_ds, verbose=2)
print(
    "BatchNormalization stays in inference:",
    np.array_equal(moving_before, base_model.get_layer("bn_Conv1").moving_mean),
)

# Grad-CAM on the base's last feature maps
grad_model = keras.Model(base_model.input, [base_model.get_layer("out_relu").output, base_model.output])
with tf.GradientTape() as tape:
    maps, features = grad_model(preprocess_input(images[:1].copy()), training=False)
    score = model.layers[-1](tf.reduce_mean(features, axis=(1, 2)))
gradient = tape.gradient(score, maps)
weights = tf.reduce_mean(gradient, axis=(0, 1, 2))
heatmap = tf.nn.relu(tf.reduce_sum(maps[0] * weights, axis=-1))
print("heatmap:", heatmap.shape, f"{float(tf.reduce_max(heatmap)):.4f}")

# images whose features are closest
extractor = keras.Sequential([base_model, layers.GlobalAveragePooling2D()])
found = extractor.predict(preprocess_input(images.copy()), verbose=0)
found = found / np.linalg.norm(found, axis=1, keepdims=True)
similarity = found @ found.T
np.fill_diagonal(similarity, -1)
print("features:", found.shape, f"mean similarity {similarity.mean():.4f}")
