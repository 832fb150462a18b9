import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(10)
inputs = tf.constant(np.random.randn(64, 7), dtype=tf.float32)
targets = tf.constant(np.random.randint(0, 3, 64))

model = tf.keras.Sequential([
    tf.keras.layers.Dense(20, activation='relu', kernel_regularizer=tf.keras.regularizers.l2(1e-3)),
    tf.keras.layers.Dropout(0.25),
    tf.keras.layers.Dense(3),
])
optimizer = tf.keras.optimizers.SGD(learning_rate=0.3)
for step in range(12):
    with tf.GradientTape() as tape:
        logits = model(inputs, training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits))
        loss += tf.add_n(model.losses)
    gradients = tape.gradient(loss, model.trainable_variables)
    clipped, norm = tf.clip_by_global_norm(gradients, 0.25)
    optimizer.apply_gradients(zip(clipped, model.trainable_variables))
    if step % 3 == 0:
        after = tf.linalg.global_norm(clipped)
        tf.print('step', step)
        print('loss %.4f, norm %.4f -> %.4f' % (loss, norm, after))
accuracy = np.mean(tf.argmax(model(inputs), axis=1).numpy() == targets.numpy())
print('accuracy', accuracy)
