import pathlib
import shutil
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras import regularizers

tf.keras.utils.set_random_seed(12)
print("numpy is there:", np.__version__ > "1")
logdir = pathlib.Path(tempfile.mkdtemp()) / "tensorboard_logs"
shutil.rmtree(logdir, ignore_errors=True)

FEATURES = 28
N_VALIDATION = int(2e2)
N_TRAIN = int(4e2)
BUFFER_SIZE = int(4e2)
BATCH_SIZE = 100
STEPS_PER_EPOCH = N_TRAIN // BATCH_SIZE

rng = np.random.RandomState(0)
rows = rng.normal(size=(700, FEATURES + 1)).astype("float32")
rows[:, 0] = (rows[:, 1] * rows[:, 2] + rows[:, 3] > 0)


def pack_row(row):
    label = row[:, :1]
    features = row[:, 1:]
    return features, label


packed_ds = tf.data.Dataset.from_tensor_slices(rows).batch(350).map(pack_row).unbatch()
for features, label in packed_ds.batch(500).take(1):
    print(features[0].numpy().round(2)[:5], label.numpy().sum())

validate_ds = packed_ds.take(N_VALIDATION).cache()
train_ds = packed_ds.skip(N_VALIDATION).take(N_TRAIN).cache()
validate_ds = validate_ds.batch(BATCH_SIZE)


def training_batches():
    return train_ds.shuffle(BUFFER_SIZE, seed=4).repeat().batch(BATCH_SIZE)


lr_schedule = tf.keras.optimizers.schedules.InverseTimeDecay(
    0.01,
    decay_steps=STEPS_PER_EPOCH*10,
    decay_rate=1,
    staircase=False)
print(lr_schedule(np.linspace(0, 100, 5)).numpy())


def get_optimizer():
    return tf.keras.optimizers.Adam(lr_schedule)


def get_callbacks(name):
    return [
        tf.keras.callbacks.EarlyStopping(monitor='val_binary_crossentropy', patience=3),
        tf.keras.callbacks.TensorBoard(logdir/name),
    ]


def compile_and_fit(model, name, optimizer=None, max_epochs=4):
    if optimizer is None:
        optimizer = get_optimizer()
    model.compile(optimizer=optimizer,
                  loss=tf.keras.losses.BinaryCrossentropy(from_logits=True),
                  metrics=[
                      tf.keras.metrics.BinaryCrossentropy(from_logits=True, name='binary_crossentropy'),
                      'accuracy'])
    model.summary()
    history = model.fit(
        training_batches(),
        steps_per_epoch=STEPS_PER_EPOCH,
        epochs=max_epochs,
        validation_data=validate_ds,
        callbacks=get_callbacks(name),
        verbose=0)
    return history


tiny_model = tf.keras.Sequential([
    layers.Dense(16, activation='elu', input_shape=(FEATURES,)),
    layers.Dense(1)
])
l2_model = tf.keras.Sequential([
    layers.Dense(64, activation='elu', kernel_regularizer=regularizers.l2(0.001), input_shape=(FEATURES,)),
    layers.Dense(64, activation='elu', kernel_regularizer=regularizers.l2(0.001)),
    layers.Dense(1)
])
combined_model = tf.keras.Sequential([
    layers.Dense(64, kernel_regularizer=regularizers.l2(0.0001), activation='elu', input_shape=(FEATURES,)),
    layers.Dropout(0.5),
    layers.Dense(64, kernel_regularizer=regularizers.l2(0.0001), activation='elu'),
    layers.Dropout(0.5),
    layers.Dense(1)
])
size_histories = {}
size_histories['Tiny'] = compile_and_fit(tiny_model, 'sizes/Tiny')
size_histories['l2'] = compile_and_fit(l2_model, "regularizers/l2")
size_histories['combined'] = compile_and_fit(combined_model, "regularizers/combined")
for name, history in size_histories.items():
    print(name, {key: np.round(values[-1], 4) for key, values in sorted(history.history.items())})
result = l2_model(features)
regularization_loss = tf.add_n(l2_model.losses)
print("regularization: %.5f" % regularization_loss.numpy())
print(sorted(path.name for path in logdir.iterdir()))
