"""The plan of a training step on several ranks, printed: how each instruction runs, and its title."""

import json

import keras
import numpy as np

from minikeras.plans.explain import how

rng = np.random.default_rng(0)
keras.utils.set_random_seed(0)
layers = [keras.layers.Embedding(50, 8), keras.layers.Flatten(), keras.layers.Dense(1400, "relu")]
layers += [keras.layers.Dense(200, "relu"), keras.layers.Dense(5, "softmax")]
model = keras.Sequential([keras.Input((6,)), *layers])
model.compile(keras.optimizers.Adam(name="adam"), "sparse_categorical_crossentropy")
model.fit(rng.integers(0, 50, (64, 6)), rng.integers(0, 5, 64), batch_size=16, verbose=0)
(plan,) = model._planner.entries.values()
print(json.dumps([(how(plan, position), instruction.title) for position, instruction in enumerate(plan.instructions)]))
