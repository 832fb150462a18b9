# Two sentences through one LSTM with a Masking layer; a cell of one's own beside it.
import numpy as np
import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(21)
rng = np.random.RandomState(21)


class LeakyCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name='kernel')
        self.leak = self.add_weight(shape=(self.units,), initializer='zeros', name='leak')

    def call(self, inputs, states):
        keep = tf.sigmoid(self.leak)
        output = keep * states[0] + (1 - keep) * tf.tanh(tf.matmul(inputs, self.kernel))
        return output, [output]


def sentences(count):
    lengths = rng.randint(2, 9, count)
    values = rng.randn(count, 8, 5).astype('float32')
    return values * (np.arange(8) < lengths[:, None])[..., None]


a = sentences(160)
same = rng.randint(0, 2, 160)
b = np.where(same[:, None, None] == 1, a + 0.1 * rng.randn(*a.shape).astype('float32') * (a != 0), sentences(160))

encoder = keras.Sequential([
    keras.Input((8, 5)),
    keras.layers.Masking(),
    keras.layers.LSTM(10, return_sequences=True),
    keras.layers.RNN([LeakyCell(8), keras.layers.GRUCell(6)]),
])
left, right = keras.Input((8, 5)), keras.Input((8, 5))
distance = keras.layers.Lambda(lambda t: tf.abs(t[0] - t[1]), output_shape=(6,))([encoder(left), encoder(right)])
model = keras.Model([left, right], keras.layers.Dense(1, activation='sigmoid')(distance))
model.compile(keras.optimizers.Adam(0.01), 'binary_crossentropy', metrics=['accuracy'])
history = model.fit([a, b], same, batch_size=32, epochs=3, validation_split=0.2, verbose=0)
print({name: np.round(values, 4).tolist() for name, values in history.history.items()})
print(np.round(encoder.predict(a[:2], verbose=0), 4).tolist())
