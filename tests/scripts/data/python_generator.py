import numpy as np
import tensorflow as tf
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Input

tf.keras.utils.set_random_seed(51)


def batches(n, seed):
    rng = np.random.RandomState(seed)
    while True:
        x = rng.rand(n, 4)
        yield x, (x[:, 0] > x[:, 1]).astype('float32')


model = Sequential([Input((4,)), Dense(8, activation='sigmoid'), Dense(1, activation='sigmoid')])
model.compile(loss='binary_crossentropy', optimizer=tf.keras.optimizers.Adagrad(0.5), metrics=['accuracy'])
history = model.fit(batches(20, 1), steps_per_epoch=10, epochs=4, verbose=2,
                    validation_data=next(batches(60, 2)))
print(sorted(history.history))
print(model.evaluate(batches(50, 3), steps=2, verbose=0))
print(model.predict(batches(3, 4), steps=2, verbose=0).shape)
