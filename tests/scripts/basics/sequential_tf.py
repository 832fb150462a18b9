import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(42)
rng = np.random.RandomState(0)
data = rng.rand(600, 32).astype('float32')
labels = (data @ rng.rand(32, 10)).argmax(axis=1)
test_data = data[500:]
test_labels = labels[500:]
new_data = rng.rand(5, 32).astype('float32')

model = tf.keras.Sequential()
model.add(tf.keras.layers.Dense(100, activation='relu'))
model.add(tf.keras.layers.Dense(10, activation='softmax'))
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(data, labels, epochs=10)
results = model.evaluate(test_data, test_labels)
predictions = model.predict(new_data)

print('test loss, test acc:', results)
print('predictions shape:', predictions.shape)
print(predictions.round(4))
