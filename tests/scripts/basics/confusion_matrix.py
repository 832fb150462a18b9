import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense, Input
from tensorflow.keras.models import Sequential

tf.keras.utils.set_random_seed(2)
rng = np.random.RandomState(2)
centers = rng.normal(scale=1.5, size=(4, 5))
y_true = rng.randint(0, 4, size=300)
x = centers[y_true] + rng.normal(size=(300, 5))

model = Sequential([Input((5,)), Dense(12, activation='elu'), Dense(4, activation='softmax')])
model.compile('nadam', 'sparse_categorical_crossentropy', metrics=['sparse_categorical_accuracy'])
model.fit(x, y_true, epochs=5, verbose=0)

y_prob = model.predict(x, batch_size=100)
y_pred = np.argmax(y_prob, axis=1)
matrix = tf.math.confusion_matrix(y_true, y_pred, num_classes=4)
print(matrix.numpy())
print('accuracy from the matrix:', np.trace(matrix.numpy()) / len(x))
m = tf.keras.metrics.SparseTopKCategoricalAccuracy(k=2)
m.update_state(y_true, y_prob)
print('top 2:', m.result().numpy())
