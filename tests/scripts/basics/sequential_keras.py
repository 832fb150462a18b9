import numpy as np
import tensorflow.keras as keras

keras.utils.set_random_seed(1)
rng = np.random.RandomState(1)
data = rng.normal(size=(500, 20)).astype('float32')
labels = np.digitize(data[:, :3].sum(axis=1), np.linspace(-3, 3, 9))
test_data, test_labels = data[400:], labels[400:]
new_data = rng.normal(size=(3, 20)).astype('float32')

model = keras.Sequential()
model.add(keras.layers.Dense(100, activation='relu'))
model.add(keras.layers.Dense(10, activation='softmax'))
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(data, labels, epochs=10)
results = model.evaluate(test_data, test_labels)
predictions = model.predict(new_data)

print("Loss: %.4f, accuracy: %.4f" % tuple(results))
print(predictions.argmax(axis=-1))
