import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
x = np.linspace(-1, 1, 200).reshape(-1, 1).astype("float32")
y = ops.convert_to_numpy(ops.sin(3 * x) + 0.1 * ops.cos(20 * x))

inputs = keras.Input(shape=(1,))
h = layers.Dense(32, activation="gelu")(inputs)
h = layers.Dense(32, activation="silu")(h)
outputs = layers.Dense(1)(h)
model = keras.Model(inputs, outputs, name="sine")
model.compile(optimizer=keras.optimizers.AdamW(3e-3, weight_decay=1e-3), loss=keras.losses.Huber())
history = model.fit(x, y, epochs=8, batch_size=25, shuffle=False, verbose=0)
print("losses:", np.round(history.history["loss"], 4))
error = ops.mean(ops.abs(model(x) - y))
print("mean absolute error: %.4f" % float(error))
print("parameters:", model.count_params(), "layers:", [layer.name for layer in model.layers])
