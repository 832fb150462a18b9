"""The smallest useful network: two Dense layers that learn to read handwritten digits.

python examples/first_network.py [--backend tensorflow]
"""

from backend import keras

from minikeras.datasets import digits  # a data set inside the package, no download

keras.utils.set_random_seed(1)
(data, labels), (test_data, test_labels) = digits.load_data()
data, test_data = (x.reshape(len(x), 64) / 16 for x in (data, test_data))
new_data = test_data[:5]

model = keras.Sequential()
model.add(keras.layers.Dense(100, activation="relu"))
model.add(keras.layers.Dense(10, activation="softmax"))

model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(data, labels, epochs=10)

results = model.evaluate(test_data, test_labels)
predictions = model.predict(new_data)
print(f"test loss and accuracy: {results}")
print(f"predicted digits: {predictions.argmax(axis=-1)}, true digits: {test_labels[:5]}")
