"""A model with two inputs, fed with a list of arrays and with a dict of arrays.

    python examples/lists_and_dicts.py [--backend tensorflow]

A list stands for several inputs. To Keras, a list of numbers is not an array: use `np.array(numbers)`.
"""

import numpy as np
from backend import keras

keras.utils.set_random_seed(7)

# Two numbers; is their sum positive?
points = np.array([[0.5, 1.0], [-1.0, 0.2], [2.0, -0.5], [-0.3, -0.9], [1.5, 1.5], [-2.0, 0.1]] * 20)
labels = np.array([1, 0, 1, 0, 1, 0] * 20)[:, None]

left, right = keras.Input((1,), name="left"), keras.Input((1,), name="right")
joined = keras.layers.Concatenate()([left, right])
model = keras.Model({"left": left, "right": right}, keras.layers.Dense(1, activation="sigmoid")(joined))
model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])

data = {"left": points[:, :1], "right": points[:, 1:]}
model.fit(data, labels, epochs=10, verbose=2)
print("dict:", model.evaluate(data, labels, verbose=0))

listed = keras.Model([left, right], model.output)  # the same layers
listed.compile(loss="binary_crossentropy", metrics=["accuracy"])
print("list:", listed.evaluate([points[:, :1], points[:, 1:]], labels, verbose=0))

try:
    listed.evaluate([points[:, 0].tolist(), points[:, 1].tolist()], labels, verbose=0)
except ValueError as error:
    print("lists of numbers:", str(error)[:75])
