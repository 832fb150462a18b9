"""Sentences of different lengths as ragged tensors: words, pairs of words, and a model that averages vectors."""

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(7)
sentences = tf.constant([
    "what a lovely day", "lovely and warm", "a cold and rainy day today", "cold", "warm sun", "rainy again and cold",
])
labels = np.array([1.0, 1.0, 0.0, 0.0, 1.0, 0.0])

words = tf.strings.split(sentences)
print(words)
print("words per sentence:", words.row_lengths().numpy())
starts = tf.fill([words.nrows(), 1], "#")
marked = tf.concat([starts, words, starts], axis=1)
pairs = tf.strings.join([marked[:, :-1], marked[:, 1:]], separator="+")
print(pairs[1:3])

numbers = tf.strings.to_hash_bucket_fast(words, 50)
both = tf.concat([numbers, tf.strings.to_hash_bucket_fast(pairs, 50) + 50], axis=1)
table = tf.Variable(tf.random.stateless_normal([100, 8], [1, 2]))
weights = tf.Variable(tf.random.stateless_normal([8, 1], [3, 4]))
optimizer = tf.keras.optimizers.SGD(0.5)
for step in range(5):
    with tf.GradientTape() as tape:
        vectors = tf.nn.embedding_lookup(table, both)
        averages = tf.reduce_mean(vectors, axis=1)
        logits = tf.squeeze(averages @ weights, axis=1)
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels.astype("float32"), logits))
    gradients, norm = tf.clip_by_global_norm(tape.gradient(loss, [table, weights]), 1.0)
    optimizer.apply_gradients(zip(gradients, [table, weights]))
    print(f"step {step}: loss {loss.numpy():.4f}, norm {norm.numpy():.4f}")

centred = tf.cast(numbers, tf.float32) - tf.reduce_mean(tf.cast(numbers, tf.float32), axis=1, keepdims=True)
print("largest distances:", tf.reduce_max(tf.abs(centred), axis=1).numpy().round(2))
long_words = tf.ragged.boolean_mask(words, tf.strings.length(words) > 4)
print(long_words.to_list())
for batch in tf.data.Dataset.from_tensor_slices(words).batch(4):
    print(batch.bounding_shape().numpy(), tf.strings.reduce_join(batch, axis=-1, separator=" ").numpy())
