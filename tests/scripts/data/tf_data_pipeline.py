import numpy as np
import tensorflow as tf

AUTOTUNE = tf.data.AUTOTUNE
BATCH_SIZE = 16
tf.keras.utils.set_random_seed(50)

images = np.random.randint(0, 256, size=(120, 8, 8, 3), dtype=np.uint8)
labels = (images[..., 0].mean(axis=(1, 2)) > 127).astype(np.int32)


def preprocess(image, label):
    image = tf.image.convert_image_dtype(image, tf.float32)
    image = tf.image.resize(image, [6, 6])
    return image, tf.one_hot(label, 2)


dataset = tf.data.Dataset.from_tensor_slices((images, labels))
dataset = dataset.map(preprocess, num_parallel_calls=AUTOTUNE)
val_ds = dataset.take(24).batch(BATCH_SIZE).cache().prefetch(AUTOTUNE)
train_ds = dataset.skip(24).shuffle(100, seed=3, reshuffle_each_iteration=True).batch(BATCH_SIZE).prefetch(AUTOTUNE)
print(train_ds.element_spec)
print(tf.data.experimental.cardinality(train_ds).numpy(), len(val_ds))
for image_batch, labels_batch in train_ds.take(1):
    print(image_batch.shape, labels_batch.shape, image_batch.numpy().mean().round(4))

model = tf.keras.Sequential([
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(16, activation="relu"),
    tf.keras.layers.Dense(2, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(train_ds, validation_data=val_ds, epochs=3, verbose=2)
print(model.evaluate(val_ds, verbose=0))

numbers = tf.data.Dataset.range(10).filter(lambda n: n % 3 != 0).map(lambda n: n * n)
pairs = tf.data.Dataset.zip((numbers, numbers.skip(1)))
print(list(numbers.as_numpy_iterator()), [(int(a), int(b)) for a, b in pairs])
for window in tf.data.Dataset.range(7).window(3, shift=2, drop_remainder=True):
    print([int(n) for n in window])
