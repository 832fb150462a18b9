"""Records with sequences (SequenceExample) written and read, padded, and classified by an LSTM."""

import os
import tempfile

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(3)
rng = np.random.default_rng(3)


def floats(values):
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def record(series, label, tags):
    context = tf.train.Features(feature={"label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label]))})
    steps = tf.train.FeatureList(feature=[floats(step) for step in series])
    names = tf.train.FeatureList(
        feature=[tf.train.Feature(bytes_list=tf.train.BytesList(value=[tag.encode()])) for tag in tags]
    )
    lists = tf.train.FeatureLists(feature_list={"series": steps, "tags": names})
    return tf.train.SequenceExample(context=context, feature_lists=lists)


path = os.path.join(tempfile.mkdtemp(), "series.tfrecord")
with tf.io.TFRecordWriter(path) as writer:
    for i in range(12):
        label = i % 2
        series = rng.normal(2.0 * label - 1.0, 0.5, (3 + i % 4, 2)).round(3)
        writer.write(record(series, label, ["up" if label else "down"] * (1 + i % 3)).SerializeToString())

context = {"label": tf.io.FixedLenFeature([], tf.int64)}
sequences = {
    "series": tf.io.FixedLenSequenceFeature([2], tf.float32),
    "tags": tf.io.FixedLenSequenceFeature([], tf.string),
}


def parse(serialized):
    features, lists = tf.io.parse_single_sequence_example(serialized, context, sequences)
    return lists["series"], features["label"]


records = tf.data.TFRecordDataset(path)
for serialized in records.take(1):
    print(tf.train.SequenceExample.FromString(serialized.numpy()).context)
    _, lists = tf.io.parse_single_sequence_example(serialized, context, sequences)
    print(lists["series"].numpy(), lists["tags"].numpy())
data = records.map(parse).padded_batch(4, padded_shapes=([None, 2], []))
for series, labels in data:
    print(series.shape, labels.numpy())
model = tf.keras.Sequential([
    tf.keras.layers.Masking(),
    tf.keras.layers.LSTM(4),
    tf.keras.layers.Dense(1, activation="sigmoid"),
])
model.compile("sgd", "binary_crossentropy")
history = model.fit(data, epochs=3, verbose=0)
print([round(loss, 4) for loss in history.history["loss"]])
