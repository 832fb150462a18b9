import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(5)
rng = np.random.RandomState(5)
features = rng.uniform(0, 10, size=(300, 6))
target = 3 * features[:, 0] - 2 * features[:, 1] + 0.5 * features[:, 2] ** 2 + rng.normal(size=300)

mean, std = features[:240].mean(axis=0), features[:240].std(axis=0)
train, test = (features[:240] - mean) / std, (features[240:] - mean) / std


def build_model():
    model = keras.Sequential([
        layers.Dense(32, activation=tf.nn.relu, input_shape=[train.shape[1]]),
        layers.Dense(32, activation=tf.nn.relu),
        layers.Dense(1)
    ])
    optimizer = keras.optimizers.RMSprop(0.01)
    model.compile(loss='mse', optimizer=optimizer, metrics=['mae', 'mse'])
    return model


model = build_model()
history = model.fit(train, target[:240], epochs=10, validation_split=0.2, verbose=0)
for key in sorted(history.history):
    print(key, [round(value, 2) for value in history.history[key]][-3:])
loss, mae, mse = model.evaluate(test, target[240:], verbose=2)
print("Testing set Mean Abs Error: {:5.2f}".format(mae))
print(model.predict(test[:3]).flatten())
