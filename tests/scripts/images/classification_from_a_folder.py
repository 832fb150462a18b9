import os
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(12)


def draw(kind, rng):
    image = rng.integers(0, 60, (40, 48, 3)).astype("uint8")
    r, c = rng.integers(5, 20, 2)
    if kind == "squares":
        image[r : r + 14, c : c + 14] = (220, 60, 40)
    else:
        image[r : r + 14, c : c + 3] = (40, 60, 220)
        image[r : r + 3, c : c + 20] = (40, 60, 220)
    return image


folder = tempfile.mkdtemp()
rng = np.random.default_rng(0)
for kind in ("corners", "squares"):
    os.makedirs(os.path.join(folder, kind))
    for i in range(40):
        path = os.path.join(folder, kind, f"{kind}_{i}.png")
        keras.utils.save_img(path, draw(kind, rng), scale=False)

image_size = (24, 24)
batch_size = 8
train_ds = keras.utils.image_dataset_from_directory(
    folder, validation_split=0.2, subset="training", seed=1337, image_size=image_size, batch_size=batch_size
)
val_ds = keras.utils.image_dataset_from_directory(
    folder, validation_split=0.2, subset="validation", seed=1337, image_size=image_size, batch_size=batch_size
)
class_names = train_ds.class_names
print(class_names, len(train_ds), len(val_ds))
for images, labels in train_ds.take(1):
    print(images.shape, images.dtype, labels.numpy(), float(tf.reduce_mean(images)))

AUTOTUNE = tf.data.AUTOTUNE
train_ds = train_ds.cache().shuffle(100, seed=3).prefetch(buffer_size=AUTOTUNE)
val_ds = val_ds.cache().prefetch(buffer_size=AUTOTUNE)

model = keras.Sequential([
    keras.Input(image_size + (3,)),
    layers.Rescaling(1.0 / 255),
    layers.Conv2D(8, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(len(class_names)),
])
model.compile(
    optimizer=keras.optimizers.SGD(0.05),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(train_ds, validation_data=val_ds, epochs=4, verbose=2)
print({name: len(values) for name, values in history.history.items()})

img = keras.utils.load_img(os.path.join(folder, "squares", "squares_0.png"), target_size=image_size)
array = tf.expand_dims(keras.utils.img_to_array(img), 0)
score = tf.nn.softmax(model.predict(array, verbose=0)[0])
print(class_names[int(np.argmax(score))], 100 * float(np.max(score)))
