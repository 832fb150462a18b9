from __future__ import annotations

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import activations, initializers
from tensorflow.keras.layers import RNN, Bidirectional, Dense, Input, Layer

keras.utils.set_random_seed(83)


@keras.utils.register_keras_serializable()
class MinimalGatedCell(Layer):
    """h = (1 - f) * h + f * tanh(W x + U (f * h)) (Zhou et al., 2016)."""

    def __init__(self, units: int, recurrent_initializer='orthogonal', **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.recurrent_initializer = initializers.get(recurrent_initializer)

    @property
    def state_size(self):
        return self.units

    @property
    def output_size(self):
        return self.units

    def build(self, input_shape):
        self.kernel = self.add_weight(name='kernel', shape=(input_shape[-1], 2 * self.units), initializer='glorot_uniform')
        self.recurrent = self.add_weight(name='recurrent', shape=(self.units, 2 * self.units), initializer=self.recurrent_initializer)
        self.bias = self.add_weight(name='bias', shape=(2 * self.units,), initializer='zeros')
        self.built = True

    def call(self, inputs, states, training=None):
        h, n = states[0], self.units
        x = tf.matmul(inputs, self.kernel) + self.bias
        f = tf.sigmoid(x[:, :n] + tf.matmul(h, self.recurrent[:, :n]))
        candidate = tf.tanh(x[:, n:] + tf.matmul(f * h, self.recurrent[:, n:]))
        h = (1.0 - f) * h + f * candidate
        return h, [h]

    def get_config(self):
        return dict(super().get_config(), units=self.units, recurrent_initializer=initializers.serialize(self.recurrent_initializer))


class PeepholeLSTMCell(Layer):
    """LSTM whose gates see the cell state."""

    def __init__(self, units, activation='tanh', **kwargs):
        super().__init__(**kwargs)
        self.units, self.activation = units, activations.get(activation)
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1] + self.units, 4 * self.units), name='w')
        self.b = self.add_weight(shape=(4 * self.units,), initializer='zeros', name='b')
        self.peep = self.add_weight(shape=(3, self.units), initializer=initializers.RandomUniform(-.1, .1, seed=2), name='peephole')

    def call(self, inputs, states):
        h, c = states
        z = tf.concat([inputs, h], axis=-1) @ self.w + self.b
        i, f, g, o = tf.split(z, 4, axis=-1)
        i, f = tf.sigmoid(i + c * self.peep[0]), tf.sigmoid(f + 1.0 + c * self.peep[1])
        c = f * c + i * self.activation(g)
        h = tf.sigmoid(o + c * self.peep[2]) * self.activation(c)
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), 'units': self.units, 'activation': activations.serialize(self.activation)}


class NestedLSTMCell(Layer):
    """The cell state is kept by an inner LSTM (Moniz and Krueger, 2018)."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = keras.layers.LSTMCell(units)
        self.gates = Dense(4 * units)
        self.state_size = (units, units, units)

    def build(self, input_shape):
        self.gates.build((None, input_shape[-1] + self.units))
        self.inner.build((None, self.units))

    def call(self, inputs, states):
        h, c, inner_c = states
        i, f, o, g = tf.split(self.gates(tf.concat([inputs, h], 1)), 4, axis=1)
        c, (_, inner_c) = self.inner(tf.sigmoid(i) * tf.tanh(g), [tf.sigmoid(f) * c, inner_c])
        h = tf.sigmoid(o) * tf.tanh(c)
        return h, (h, c, inner_c)


# which of two frequencies is it?
t = np.arange(16)
y = np.random.randint(0, 2, 160)
x = (np.sin(t * (0.4 + 0.3 * y[:, None]) + np.random.rand(160, 1) * 6)[..., None] + 0.2 * np.random.randn(160, 16, 1)).astype('float32')

for name, layer in {
    'minimal gated': RNN(MinimalGatedCell(10)),
    'peephole': RNN(PeepholeLSTMCell(8), go_backwards=True),
    'nested': RNN(NestedLSTMCell(8), unroll=True),
    'both directions': Bidirectional(RNN([MinimalGatedCell(6, 'glorot_normal'), keras.layers.SimpleRNNCell(5)])),
}.items():
    inputs = Input((16, 1))
    model = keras.Model(inputs, Dense(1, activation='sigmoid')(layer(inputs)))
    model.compile(keras.optimizers.Adam(0.02), 'binary_crossentropy', metrics=['accuracy'])
    hist = model.fit(x[:128], y[:128], batch_size=32, epochs=2, verbose=0, validation_data=(x[128:], y[128:]))
    print(name, model.count_params(), [(k, round(v[-1], 4)) for k, v in hist.history.items()])
    print(model.predict(x[:3], verbose=0).ravel().round(4))

cell = PeepholeLSTMCell.from_config(PeepholeLSTMCell(4).get_config())
h, (_, c) = cell(tf.ones((2, 3)), [tf.zeros((2, 4))] * 2)
sequence, *states = RNN(cell, return_sequences=True, return_state=True)(tf.ones((2, 5, 3)))
print(h.shape, c.shape, sequence.shape, len(states), np.round(sequence[0, :, 0], 4))
