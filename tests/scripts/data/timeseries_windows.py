import numpy as np
import keras

keras.utils.set_random_seed(21)

t = np.arange(600)
raw = np.stack([np.sin(t / 12), np.cos(t / 30), 0.01 * t], axis=1).astype("float32")
temperature = raw[:, 0] + 0.5 * raw[:, 1]
train_rows, val_rows = 300, 150
mean, std = raw[:train_rows].mean(axis=0), raw[:train_rows].std(axis=0)
raw = (raw - mean) / std

sampling_rate, sequence_length, batch_size = 3, 20, 32
delay = sampling_rate * (sequence_length + 4 - 1)


def windows(start, end, shuffle):
    return keras.utils.timeseries_dataset_from_array(
        raw[:-delay],
        targets=temperature[delay:],
        sampling_rate=sampling_rate,
        sequence_length=sequence_length,
        shuffle=shuffle,
        seed=5,
        batch_size=batch_size,
        start_index=start,
        end_index=end,
    )


train = windows(0, train_rows, True)
val = windows(train_rows, train_rows + val_rows, False)
for samples, targets in train:
    print("samples", tuple(samples.shape), "targets", tuple(targets.shape), float(keras.ops.mean(samples)))
    break

integers = keras.utils.timeseries_dataset_from_array(np.arange(10), None, sequence_length=3, batch_size=2)
for batch in integers:
    print(np.array(batch).tolist())

inputs = keras.Input(shape=(sequence_length, raw.shape[-1]))
x = keras.layers.GRU(8)(inputs)
model = keras.Model(inputs, keras.layers.Dense(1)(x))
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse", metrics=["mae"])
model.fit(train, epochs=3, validation_data=val, verbose=2)
print(model.evaluate(val, verbose=0))
