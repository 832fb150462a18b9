"""Two epochs on all ranks, saved to the file in the argument."""

import json
import sys

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.default_rng(1).normal(size=(48, 5)).astype("float32")
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)])
model.compile("adam", "mse")
history = model.fit(x, x.sum(axis=1, keepdims=True), batch_size=16, epochs=2, verbose=0, shuffle=False)
model.save(sys.argv[1])
print(json.dumps([int(model.optimizer.iterations), history.history["loss"][-1]]))
