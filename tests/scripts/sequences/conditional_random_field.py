"""A linear-chain CRF: the forward algorithm as a `tf.scan` over sequences of several lengths, and Viterbi's decoding."""
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
BATCH, LENGTH, TAGS = 3, 6, 4
lengths = tf.constant([6, 4, 5])
tags = tf.constant(rng.integers(0, TAGS, (BATCH, LENGTH)), tf.int32)
transitions = tf.Variable(tf.random.stateless_normal((TAGS, TAGS), (1, 2)))
emissions = tf.Variable(tf.random.stateless_normal((BATCH, LENGTH, TAGS), (3, 4)))


def score():
    mask = tf.sequence_mask(lengths, LENGTH, dtype=tf.float32)
    emitted = tf.reduce_sum(tf.gather(emissions, tags, axis=2, batch_dims=2) * mask, 1)
    steps = tf.stack([tags[:, :-1], tags[:, 1:]], -1)
    return emitted + tf.reduce_sum(tf.gather_nd(transitions, steps) * mask[:, 1:], 1)


def log_partition():
    def step(alpha, inputs):
        x, counts = inputs
        following = tf.reduce_logsumexp(alpha[:, :, None] + transitions[None], 1) + x
        return tf.where(counts[:, None], following, alpha)

    by_time = tf.transpose(emissions, [1, 0, 2])
    mask = tf.transpose(tf.sequence_mask(lengths, LENGTH))
    return tf.reduce_logsumexp(tf.scan(step, (by_time[1:], mask[1:]), initializer=by_time[0])[-1], -1)


for epoch in range(8):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(log_partition() - score())
    for variable, gradient in zip([emissions, transitions], tape.gradient(loss, [emissions, transitions])):
        variable.assign_sub(0.5 * gradient)
    print(f'epoch {epoch}: negative log likelihood {loss:.5f}')


def viterbi(scores):
    pointers, best = [], scores[0]
    for x in tf.unstack(scores[1:]):
        candidates = best[:, None] + transitions
        pointers.append(tf.argmax(candidates, 0))
        best = tf.reduce_max(candidates, 0) + x
    path = [int(tf.argmax(best))]
    for pointer in reversed(pointers):
        path.insert(0, int(pointer[path[0]]))
    return path


for i in range(BATCH):
    n = int(lengths[i])
    print(i, viterbi(emissions[i, :n]), tags.numpy()[i, :n].tolist())
