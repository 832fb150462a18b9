import math

import numpy as np
from tensorflow import keras
from tensorflow.keras.utils import Sequence


class WaveSequence(Sequence):
    """Sine waves and square waves, in batches."""

    def __init__(self, n, batch_size, **kwargs):
        super().__init__(**kwargs)
        rng = np.random.RandomState(n)
        self.batch_size = batch_size
        self.y = rng.randint(0, 2, n)
        phase = rng.uniform(0, 6, (n, 1))
        t = np.linspace(0, 6, 24)[None]
        waves = np.sin(2 * t + phase)
        self.x = np.where(self.y[:, None] == 1, np.sign(waves), waves) + 0.1 * rng.normal(size=waves.shape)

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, idx):
        low, high = idx * self.batch_size, (idx + 1) * self.batch_size
        return self.x[low:high], self.y[low:high]


keras.utils.set_random_seed(52)
model = keras.Sequential([keras.layers.Dense(12, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
train, val = WaveSequence(150, 20), WaveSequence(41, 20)
history = model.fit(train, validation_data=val, epochs=4, shuffle=False, verbose=2)
print("batches:", len(train), len(val))
print("evaluate:", model.evaluate(val, verbose=0))
