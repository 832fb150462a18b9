import numpy as np
import tensorflow as tf

rng = np.random.RandomState(0)
X = rng.randn(200, 3).astype(np.float32)
Y = (X @ np.array([[1.5], [-2.0], [0.7]]) + 0.3 > 0).astype(np.float32)

W = tf.Variable(tf.zeros([3, 1]), name="weight")
b = tf.Variable(tf.zeros([1]), name="bias")
classes = tf.one_hot(tf.cast(tf.squeeze(Y), tf.int32), 2)
W2 = tf.Variable(tf.ones([3, 2]) * 0.1)


def cost():
    logits = tf.matmul(X, W) + b
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=Y, logits=logits))


for step in range(51):
    with tf.GradientTape(persistent=True) as tape:
        c = cost()
        c2 = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=classes, logits=tf.matmul(X, W2)))
    grads = tape.gradient(c, [W, b])
    W.assign_sub(0.5 * grads[0])
    b.assign_sub(0.5 * grads[1])
    W2.assign(W2 - 0.5 * tape.gradient(c2, W2))
    del tape
    if step % 10 == 0:
        hypothesis = tf.sigmoid(tf.matmul(X, W) + b)
        predicted = tf.cast(hypothesis > 0.5, dtype=tf.float32)
        accuracy = tf.reduce_mean(tf.cast(tf.equal(predicted, Y), dtype=tf.float32))
        print(step, 'cost:', c.numpy(), c2.numpy(), 'acc:', accuracy.numpy())
print(W.numpy().ravel(), b.numpy())
