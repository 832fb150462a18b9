import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(21)
images = np.random.rand(160, 8, 8, 1).astype("float32")
numbers = np.random.rand(160, 4).astype("float32")
y = images.mean(axis=(1, 2)) * 3 + numbers[:, :1]

image_input = keras.Input(shape=(8, 8, 1), name="image")
number_input = keras.Input(shape=(4,), name="numbers")
x1 = layers.Conv2D(4, 3, activation="relu", name="conv")(image_input)
x1 = layers.GlobalAveragePooling2D()(x1)
x2 = layers.Dense(8, activation="relu")(number_input)
x = layers.concatenate([x1, x2])
output = layers.Dense(1, name="price")(x)

model = keras.Model(inputs=[image_input, number_input], outputs=output)
model.compile(optimizer="adam", loss="mean_absolute_error")
model.fit({"image": images, "numbers": numbers}, y, epochs=3, batch_size=32, verbose=2)
model.fit([images, numbers], y, epochs=2, batch_size=32, verbose=2)
print(model.predict({"image": images[:2], "numbers": numbers[:2]}, verbose=0))
print(model.input_shape, model.output_shape, [layer.name for layer in model.layers])
