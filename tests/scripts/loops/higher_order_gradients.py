import tensorflow as tf

x = tf.Variable(1.5)
with tf.GradientTape() as t2:
    with tf.GradientTape() as t1:
        y = x ** 3 + tf.sin(x)
    dy_dx = t1.gradient(y, x)
d2y_dx2 = t2.gradient(dy_dx, x)
print('dy_dx:', dy_dx.numpy())
print('d2y_dx2:', d2y_dx2.numpy())

v = tf.constant([0.5, -1.0, 2.0])
with tf.GradientTape() as tape:
    tape.watch(v)
    out = tf.stack([tf.reduce_prod(v), tf.reduce_sum(v * v)])
print('jacobian:\n', tape.jacobian(out, v).numpy())


@tf.custom_gradient
def clip_gradients(t):
    def backward(dy):
        return tf.clip_by_value(dy, -0.5, 0.5)
    return tf.identity(t), backward


with tf.GradientTape() as tape:
    tape.watch(v)
    z = tf.reduce_sum(clip_gradients(v * 3.0) * 2.0) + tf.reduce_sum(tf.stop_gradient(v) * v)
print('clipped:', tape.gradient(z, v).numpy())

# gradient descent on Rosenbrock's function
p = tf.Variable([-1.0, 1.5])
opt = tf.keras.optimizers.Adam(0.1)
for i in range(60):
    with tf.GradientTape() as tape:
        f = (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
    g = tape.gradient(f, [p])
    opt.apply_gradients(zip(g, [p]))
    if i % 20 == 0:
        print(i, f.numpy(), p.numpy())
