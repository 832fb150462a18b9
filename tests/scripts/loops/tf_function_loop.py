import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(2024)
EPOCHS, BATCH = 4, 25
x = np.random.rand(100, 5).astype(np.float32)
y = (2 * x.sum(1, keepdims=True) - 1).astype(np.float32)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH, drop_remainder=True).prefetch(tf.data.AUTOTUNE)

model = tf.keras.Sequential([tf.keras.layers.Dense(10, activation='relu'), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam(learning_rate=0.02)
mse = tf.keras.losses.MeanSquaredError()
step_counter = tf.Variable(0, dtype=tf.int64)


@tf.function(input_signature=[tf.TensorSpec([None, 5], tf.float32), tf.TensorSpec([None, 1], tf.float32)])
def train_step(inputs, targets):
    with tf.GradientTape() as tape:
        loss = mse(targets, model(inputs, training=True))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    step_counter.assign_add(1)
    return loss


@tf.function
def count_small(values, limit):
    count = tf.constant(0)
    for v in values:
        if v < limit:
            count += 1
    return count


for epoch in range(EPOCHS):
    total = tf.constant(0.0)
    for xb, yb in dataset:
        total += train_step(xb, yb)
    tf.print('epoch', epoch, 'done')
    print('epoch {}: loss {:.5f}'.format(epoch, total.numpy() / len(list(dataset))))
print('steps:', step_counter.numpy(), 'small:', int(count_small(tf.constant(y[:, 0]), tf.constant(2.0))))
