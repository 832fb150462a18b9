import os
import re
import string
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, losses

tf.keras.utils.set_random_seed(8)

GOOD = "great lovely superb delightful moving brilliant".split()
BAD = "awful boring dull clumsy weak tedious".split()
NEUTRAL = "the film plot actor scene music ending was and it a story".split()
rng = np.random.default_rng(1)
root = tempfile.mkdtemp()
for part, count in (("train", 60), ("test", 20)):
    for label, words in (("pos", GOOD), ("neg", BAD)):
        folder = os.path.join(root, part, label)
        os.makedirs(folder)
        for i in range(count):
            text = list(rng.choice(NEUTRAL, rng.integers(5, 12))) + list(rng.choice(words, 3))
            rng.shuffle(text)
            with open(os.path.join(folder, f"{i}_{label}.txt"), "w", encoding="utf-8") as file:
                file.write("The <br />" + " ".join(text) + "!")

batch_size, seed = 16, 42
train_dir = os.path.join(root, "train")
raw_train_ds = tf.keras.utils.text_dataset_from_directory(
    train_dir, batch_size=batch_size, validation_split=0.2, subset="training", seed=seed
)
raw_val_ds = tf.keras.utils.text_dataset_from_directory(
    train_dir, batch_size=batch_size, validation_split=0.2, subset="validation", seed=seed
)
raw_test_ds = tf.keras.utils.text_dataset_from_directory(
    os.path.join(root, "test"), batch_size=batch_size, shuffle=False
)
print(raw_train_ds.class_names)
for text_batch, label_batch in raw_train_ds.take(1):
    print(text_batch.numpy()[0], label_batch.numpy())


def custom_standardization(input_data):
    lowercase = tf.strings.lower(input_data)
    stripped_html = tf.strings.regex_replace(lowercase, "<br />", " ")
    return tf.strings.regex_replace(stripped_html, "[%s]" % re.escape(string.punctuation), "")


max_features, sequence_length = 200, 20
vectorize_layer = layers.TextVectorization(
    standardize=custom_standardization,
    max_tokens=max_features,
    output_mode="int",
    output_sequence_length=sequence_length,
)
vectorize_layer.adapt(raw_train_ds.map(lambda x, y: x))
print(len(vectorize_layer.get_vocabulary()), vectorize_layer.get_vocabulary()[:4])


def vectorize_text(text, label):
    return vectorize_layer(tf.expand_dims(text, -1)), label


train_ds = raw_train_ds.map(vectorize_text).cache().prefetch(tf.data.AUTOTUNE)
val_ds = raw_val_ds.map(vectorize_text).cache().prefetch(tf.data.AUTOTUNE)
test_ds = raw_test_ds.map(vectorize_text).cache().prefetch(tf.data.AUTOTUNE)

model = tf.keras.Sequential([
    layers.Embedding(max_features, 16),
    layers.GlobalAveragePooling1D(),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(
    loss=losses.BinaryCrossentropy(),
    optimizer=tf.keras.optimizers.SGD(1.0),
    metrics=[tf.metrics.BinaryAccuracy(threshold=0.5)],
)
model.fit(train_ds, validation_data=val_ds, epochs=5, verbose=2)
print(model.evaluate(test_ds, verbose=0))
