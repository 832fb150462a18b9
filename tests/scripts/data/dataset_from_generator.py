import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(54)


def series(n=300):
    t = np.arange(n, dtype=np.float32)
    return np.sin(t / 8) + 0.2 * np.cos(t / 3)


def windowed_dataset(values, window_size, batch_size):
    ds = tf.data.Dataset.from_tensor_slices(values)
    ds = ds.window(window_size + 1, shift=1, drop_remainder=True)
    ds = ds.flat_map(lambda w: w.batch(window_size + 1))
    ds = ds.map(lambda w: (w[:-1], w[-1:]))
    ds = ds.batch(batch_size)
    batches = -(-(len(values) - window_size) // batch_size)
    return ds.apply(tf.data.experimental.assert_cardinality(batches)).prefetch(1)


def examples():
    for i in range(6):
        yield np.arange(i + 1, dtype=np.int32), i


values = series()
train = windowed_dataset(values[:220], 12, 32)
valid = windowed_dataset(values[220:], 12, 32)
model = tf.keras.models.Sequential([
    tf.keras.layers.InputLayer(shape=(12,)),
    tf.keras.layers.Dense(10, activation="relu"),
    tf.keras.layers.Dense(1),
])
model.compile(loss="mse", optimizer=tf.keras.optimizers.SGD(learning_rate=0.01, momentum=0.9), metrics=["mae"])
model.fit(train, epochs=5, verbose=2, validation_data=valid)
forecast = model.predict(valid, verbose=0)
print(forecast.shape, tf.keras.losses.MeanAbsoluteError()(values[232:], forecast[:, 0]).numpy())

ragged = tf.data.Dataset.from_generator(
    examples, output_signature=(tf.TensorSpec(shape=(None,), dtype=tf.int32), tf.TensorSpec(shape=(), dtype=tf.int32))
)
for x, y in ragged.padded_batch(3, padded_shapes=([None], [])):
    print(x.numpy().tolist(), y.numpy().tolist())
