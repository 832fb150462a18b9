import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(7)

# Bright squares in the upper or the lower half of small colour pictures.
rng = np.random.default_rng(0)
images = rng.integers(0, 90, size=(120, 20, 20, 3)).astype("uint8")
labels = rng.integers(0, 2, size=(120,))
for image, label in zip(images, labels):
    row, column = rng.integers(1, 5) + 10 * label, rng.integers(1, 14)
    image[row:row + 5, column:column + 5] += 120

train_ds = tf.data.Dataset.from_tensor_slices((images[:96], labels[:96])).batch(16)
val_ds = tf.data.Dataset.from_tensor_slices((images[96:], labels[96:])).batch(12)

resize_and_rescale = tf.keras.Sequential([layers.Resizing(16, 16), layers.Rescaling(1.0 / 255)])
train_ds = train_ds.map(lambda x, y: (resize_and_rescale(x), y)).prefetch(tf.data.AUTOTUNE)
val_ds = val_ds.map(lambda x, y: (resize_and_rescale(x), y))

data_augmentation = tf.keras.Sequential(
    [
        layers.RandomFlip("horizontal", seed=1),
        layers.RandomRotation(0.05, seed=2),
        layers.RandomZoom(0.1, seed=3),
        layers.RandomTranslation(0.05, 0.05, seed=4),
        layers.RandomContrast(0.2, value_range=(0, 1), seed=5),
        layers.RandomBrightness(0.1, value_range=(0, 1), seed=6),
    ],
    name="data_augmentation",
)

augmented = data_augmentation(next(iter(train_ds))[0], training=True)
print("augmented:", augmented.shape, round(float(tf.reduce_mean(augmented)), 4))

inputs = tf.keras.Input(shape=(16, 16, 3))
x = data_augmentation(inputs)
x = layers.Conv2D(8, 3, activation="relu")(x)
x = layers.MaxPooling2D()(x)
x = layers.Flatten()(x)
outputs = layers.Dense(2)(x)
model = tf.keras.Model(inputs, outputs)
model.compile(
    optimizer=tf.keras.optimizers.Adam(3e-3),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(train_ds, validation_data=val_ds, epochs=5, verbose=2)
print("validation:", [round(v, 3) for v in history.history["val_loss"]])
probabilities = tf.nn.softmax(model.predict(images[96:100, 2:18, 2:18] / 255.0, verbose=0))
print(np.round(probabilities.numpy(), 3))
