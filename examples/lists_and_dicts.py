"""Data as nested Python lists, and as dicts of lists: minikeras takes both, Keras wants arrays.

    python examples/lists_and_dicts.py [--backend tensorflow]

With TensorFlow the lists are made arrays first: Keras refuses nested lists.
"""

import numpy as np
from backend import backend, keras

keras.utils.set_random_seed(7)
as_data = np.array if backend == "tensorflow" else list

# Two numbers; is their sum positive?
points = as_data([[0.5, 1.0], [-1.0, 0.2], [2.0, -0.5], [-0.3, -0.9], [1.5, 1.5], [-2.0, 0.1]] * 20)
labels = as_data([1, 0, 1, 0, 1, 0] * 20)

model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(2, activation="softmax")])
model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(points, labels, epochs=5, verbose=2)
print("lists:", model.evaluate(points, labels, verbose=0))

# The same as a dict of two inputs.
left, right = keras.Input((1,), name="left"), keras.Input((1,), name="right")
joined = keras.layers.Concatenate()([left, right])
two_inputs = keras.Model({"left": left, "right": right}, keras.layers.Dense(1, activation="sigmoid")(joined))
two_inputs.compile(keras.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
data = {"left": as_data([[p[0]] for p in points]), "right": as_data([[p[1]] for p in points])}
targets = as_data([[label] for label in labels])
two_inputs.fit(data, targets, epochs=10, verbose=2)
print("dict:", two_inputs.evaluate(data, targets, verbose=0))
