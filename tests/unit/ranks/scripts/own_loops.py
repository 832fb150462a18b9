"""TensorFlow's way to train on several replicas: a loop of one's own in a strategy, and a `fit` in its scope."""

import json

import numpy as np
import tensorflow as tf

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(48, 5)).astype("float32"), RNG.normal(size=(48, 1)).astype("float32")
BATCH = 12


def trained(strategy):
    """The losses of both, and the weights."""
    with strategy.scope():
        tf.keras.utils.set_random_seed(1)
        model = tf.keras.Sequential([tf.keras.Input((5,)), tf.keras.layers.Dense(8, "tanh"), tf.keras.layers.Dense(1)])
        optimizer = tf.keras.optimizers.Adam()

    def step(batch):
        x, y = batch
        with tf.GradientTape() as tape:
            losses = tf.keras.losses.mean_squared_error(y, model(x, training=True))
            loss = tf.nn.compute_average_loss(losses, global_batch_size=BATCH)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    @tf.function
    def distributed(batch):
        return strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(step, args=(batch,)), axis=None)

    data_set = tf.data.Dataset.from_tensor_slices((X, Y)).map(lambda x, y: (x / 2, y)).batch(BATCH)
    data = strategy.experimental_distribute_dataset(data_set)
    losses = [float(distributed(batch)) for _ in range(3) for batch in data]
    model.compile("sgd", "mse")
    history = model.fit(X, Y, batch_size=BATCH, epochs=2, verbose=0).history
    return [losses, list(history.items()), [weight.tolist() for weight in model.get_weights()]]


NAMES = ("MirroredStrategy", "MultiWorkerMirroredStrategy")
print(json.dumps({name: trained(getattr(tf.distribute, name)()) for name in NAMES}))
