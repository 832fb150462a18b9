import os
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow import keras


def create_model():
    model = tf.keras.Sequential([
        keras.Input((16,)),
        keras.layers.Dense(20, activation='relu', use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(3),
    ])
    model.compile(optimizer='adam', loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=[tf.keras.metrics.SparseCategoricalAccuracy()])
    return model


keras.utils.set_random_seed(66)
x = np.random.rand(90, 16)
y = np.random.randint(0, 3, 90)
model = create_model()
model.fit(x, y, epochs=3, verbose=0)
loss, acc = model.evaluate(x, y, verbose=2)
path = os.path.join(tempfile.mkdtemp(), 'my.weights.h5')
model.save_weights(path)

untrained = create_model()
print('Untrained model, accuracy: {:5.2f}%'.format(100 * untrained.evaluate(x, y, verbose=0)[1]))
untrained.load_weights(path)
print('Restored model, accuracy: {:5.2f}%'.format(100 * untrained.evaluate(x, y, verbose=0)[1]))
assert np.allclose(model.predict(x, verbose=0), untrained.predict(x, verbose=0))

config = model.get_config()
same_architecture = keras.Sequential.from_config(config)
from_json = keras.models.model_from_json(model.to_json())
for a, b in zip(same_architecture.weights, from_json.weights):
    assert a.shape == b.shape
print([tuple(w.shape) for w in model.weights], model.count_params())
