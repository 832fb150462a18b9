import os
import tempfile

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from tensorflow import keras

keras.utils.set_random_seed(70)
x = np.random.rand(200, 3)
y = (x ** 2).sum(axis=1)
model = keras.models.Sequential([
    keras.layers.Dense(30, activation="relu", input_shape=x.shape[1:]),
    keras.layers.Dense(1),
])
model.compile(loss="mean_squared_error", optimizer=keras.optimizers.SGD(learning_rate=1e-2), metrics=["mae"])
history = model.fit(x, y, epochs=5, validation_split=0.2)

frame = pd.DataFrame(history.history)
frame.plot(figsize=(8, 5))
plt.grid(True)
plt.gca().set_ylim(0, 1)
path = os.path.join(tempfile.mkdtemp(), "learning_curves.png")
plt.savefig(path)
plt.figure()
plt.plot(history.epoch, history.history["loss"], label="training")
plt.plot(history.epoch, history.history["val_loss"], label="validation")
plt.scatter(y, model.predict(x, verbose=0)[:, 0])
plt.legend()
plt.close("all")
print(frame.tail(2).round(4).to_string())
print(os.path.getsize(path) > 5000, history.params["epochs"], history.epoch)
