import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(4)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
Y = np.array([[0], [1], [1], [0]], "float32")

model = tf.keras.models.Sequential()
model.add(tf.keras.layers.Dense(8, input_dim=2, activation='tanh', kernel_initializer='glorot_uniform'))
model.add(tf.keras.layers.Dense(1, activation='sigmoid'))
model.compile(loss='mean_squared_error', optimizer=tf.keras.optimizers.Adam(0.05), metrics=['binary_accuracy'])
model.fit(X, Y, epochs=80, batch_size=4, verbose=0)

print(model.predict(X).round(3))
scores = model.evaluate(X, Y, verbose=0)
print("%s: %.2f%%" % ("binary_accuracy", scores[1] * 100))
for w in model.get_weights():
    print(w.shape, w.dtype, float(np.abs(w).sum()))
