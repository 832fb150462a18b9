from __future__ import absolute_import, division, print_function

import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

print(int(tf.__version__.split(".")[0]) >= 2)
tf.keras.utils.set_random_seed(33)
rng = np.random.RandomState(5)
n = 240
raw_dataset = pd.DataFrame({
    'MPG': 0.0,
    'Cylinders': rng.choice([4, 6, 8], n),
    'Displacement': rng.uniform(70, 450, n).round(1),
    'Horsepower': np.where(rng.rand(n) < 0.03, np.nan, rng.uniform(50, 220, n).round()),
    'Weight': rng.uniform(1600, 5000, n).round(),
    'Origin': rng.choice([1, 2, 3], n),
})
raw_dataset['MPG'] = (60 - 0.008 * raw_dataset['Weight'] - raw_dataset['Cylinders'] + raw_dataset['Origin']).round(1)

dataset = raw_dataset.copy()
print(dataset.isna().sum().sum())
dataset = dataset.dropna()
origin = dataset.pop('Origin')
dataset['USA'] = (origin == 1)*1.0
dataset['Europe'] = (origin == 2)*1.0
dataset['Japan'] = (origin == 3)*1.0

train_dataset = dataset.sample(frac=0.8, random_state=0)
test_dataset = dataset.drop(train_dataset.index)
train_stats = train_dataset.describe()
train_stats.pop("MPG")
train_stats = train_stats.transpose()
train_labels = train_dataset.pop('MPG')
test_labels = test_dataset.pop('MPG')


def norm(x):
    return (x - train_stats['mean']) / train_stats['std']


normed_train_data = norm(train_dataset)
normed_test_data = norm(test_dataset)


def build_model():
    model = keras.Sequential([
        layers.Dense(32, activation='relu', input_shape=[len(train_dataset.keys())]),
        layers.Dense(32, activation='relu'),
        layers.Dense(1)
    ])
    optimizer = tf.keras.optimizers.RMSprop(0.005)
    model.compile(loss='mse', optimizer=optimizer, metrics=['mae', 'mse'])
    return model


model = build_model()
model.summary()
example_batch = normed_train_data[:10]
example_result = model.predict(example_batch)
print(example_result.shape)


# Display training progress by printing a single dot for each completed epoch
class PrintDot(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        if epoch % 100 == 0: print('')
        print('.', end='')


EPOCHS = 20
history = model.fit(
    normed_train_data, train_labels,
    epochs=EPOCHS, validation_split=0.2, verbose=0,
    callbacks=[PrintDot()])
print()
hist = pd.DataFrame(history.history)
hist['epoch'] = history.epoch
print(hist[['loss', 'val_mae', 'epoch']].tail(3).round(3).to_string())

model = build_model()
early_stop = keras.callbacks.EarlyStopping(monitor='val_loss', patience=10)
history = model.fit(normed_train_data, train_labels, epochs=EPOCHS,
                    validation_split=0.2, verbose=0, callbacks=[early_stop, PrintDot()])
loss, mae, mse = model.evaluate(normed_test_data, test_labels, verbose=2)
print("\nTesting set Mean Abs Error: {:5.2f} MPG".format(mae))
test_predictions = model.predict(normed_test_data).flatten()
error = test_predictions - test_labels
print(error.describe().round(3).to_string())
