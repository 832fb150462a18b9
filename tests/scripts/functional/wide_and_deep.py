import numpy as np
import tensorflow as tf
from tensorflow import keras

np.random.seed(42)
tf.keras.utils.set_random_seed(42)
X = np.random.randn(300, 8)
y = X[:, 0] * X[:, 1] + X[:, 2] - 0.3 * X[:, 3]
X_train, X_valid, y_train, y_valid = X[:240], X[240:], y[:240], y[240:]

input_A = keras.layers.Input(shape=[5], name="wide_input")
input_B = keras.layers.Input(shape=[6], name="deep_input")
norm_B = keras.layers.LayerNormalization()(input_B)
hidden1 = keras.layers.Dense(30, activation="relu")(norm_B)
hidden2 = keras.layers.Dense(30, activation="relu")(hidden1)
concat = keras.layers.Concatenate()([input_A, hidden2])
output = keras.layers.Dense(1, name="main_output")(concat)
aux_output = keras.layers.Dense(1, name="aux_output")(hidden2)
model = keras.models.Model(inputs=[input_A, input_B], outputs=[output, aux_output])

model.compile(loss=["mse", "mse"], loss_weights=[0.9, 0.1], optimizer=keras.optimizers.SGD(learning_rate=1e-2))
history = model.fit((X_train[:, :5], X_train[:, 2:]), (y_train, y_train), epochs=5,
                    validation_data=((X_valid[:, :5], X_valid[:, 2:]), (y_valid, y_valid)))
print(model.evaluate((X_valid[:, :5], X_valid[:, 2:]), (y_valid, y_valid)))
y_main, y_aux = model.predict((X_valid[:3, :5], X_valid[:3, 2:]))
print(y_main.ravel(), y_aux.ravel())
