"""The smallest possible training, to step through with `python -m pdb examples/internals/day_1.py`: see chapter 1."""

import numpy as np

import minikeras as keras

x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], "float32")
y = np.array([0, 1, 1, 1])  # "or"

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(x, y, batch_size=4, verbose=0)
