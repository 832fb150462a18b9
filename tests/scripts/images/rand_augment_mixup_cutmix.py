import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(5)

# Three textures: horizontal stripes, vertical stripes, checks.
rng = np.random.default_rng(1)
labels = rng.integers(0, 3, size=96)
rows, columns = np.mgrid[:20, :20] // 2 % 2
patterns = np.stack([rows, columns, rows ^ columns])[labels][..., None]
images = (patterns * rng.uniform(80, 160, size=(96, 1, 1, 3)) + rng.uniform(0, 90, size=(96, 20, 20, 3))).astype("uint8")
one_hot = keras.utils.to_categorical(labels, 3)

rand_augment = layers.RandAugment(value_range=(0, 255), num_ops=2, factor=0.2, seed=11)
cut_mix = layers.CutMix(factor=0.8, seed=12)
mix_up = layers.MixUp(alpha=0.3, seed=13)


def preprocess(image_batch, label_batch):
    data = {"images": tf.cast(image_batch, tf.float32), "labels": label_batch}
    data["images"] = rand_augment(data["images"], training=True)
    data = cut_mix(data, training=True)
    data = mix_up(data, training=True)
    return data["images"], data["labels"]


batches = [preprocess(images[i:i + 16], one_hot[i:i + 16]) for i in range(0, 96, 16)]
x = np.concatenate([image_batch.numpy() for image_batch, _ in batches])
y = np.concatenate([np.asarray(label_batch) for _, label_batch in batches])
print("augmented:", x.shape, round(float(x.mean()), 3), "labels sum to", round(float(y.sum()), 3))
print("first labels:")
print(np.round(y[:4], 3))

model = keras.Sequential(
    [
        keras.Input((20, 20, 3)),
        layers.RandomSharpness(0.6, seed=1),
        layers.RandomColorDegeneration(0.4, seed=2),
        layers.RandomGaussianBlur(0.5, kernel_size=3, sigma=(0.3, 0.8), seed=3),
        layers.RandomErasing(0.5, scale=(0.02, 0.1), fill_value=100, seed=4),
        layers.Rescaling(1 / 255),
        layers.Conv2D(12, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(16, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=16, epochs=4, shuffle=False, verbose=2)
model.fit(images.astype("float32"), one_hot, batch_size=16, epochs=2, shuffle=False, verbose=2)
loss, accuracy = model.evaluate(images.astype("float32"), one_hot, verbose=0)
print("clean pictures:", round(loss, 4), round(accuracy, 3))
