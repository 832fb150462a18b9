"""Temporal convolutional network: dilated causal convolutions in residual blocks (the adding problem)."""
import numpy as np
import tensorflow as tf


class ResidualBlock(tf.keras.layers.Layer):
    def __init__(self, filters, kernel_size, dilation, dropout=0.0, **kwargs):
        super(ResidualBlock, self).__init__(**kwargs)
        self.filters, self.kernel_size, self.dilation, self.rate = filters, kernel_size, dilation, dropout
        self.convolutions, self.drops = [], []
        for i in range(2):
            self.convolutions.append(tf.keras.layers.Conv1D(
                filters, kernel_size, dilation_rate=dilation, padding='causal', activation='relu',
                kernel_initializer='he_normal', name='conv1d_%d' % i))
            self.drops.append(tf.keras.layers.SpatialDropout1D(dropout, seed=i))

    def build(self, input_shape):
        super().build(input_shape)
        same = input_shape[-1] == self.filters
        self.match = (tf.keras.layers.Activation('linear') if same
                      else tf.keras.layers.Conv1D(self.filters, 1, padding='same', name='match'))
        shape = input_shape
        for convolution in self.convolutions:
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
        self.match.build(input_shape)

    def call(self, inputs, training=None):
        x = inputs
        for convolution, drop in zip(self.convolutions, self.drops):
            x = drop(convolution(x), training=training)
        return tf.nn.relu(x + self.match(inputs))

    def get_config(self):
        config = super().get_config()
        config.update(filters=self.filters, kernel_size=self.kernel_size, dilation=self.dilation, dropout=self.rate)
        return config


def data_generator(n_numbers, seq_length, rng):
    """Sequences of (random number, marker); the target is the sum of the two marked numbers."""
    numbers = rng.uniform(0, 1, (n_numbers, seq_length))
    markers = np.zeros((n_numbers, seq_length))
    for row in markers:
        row[rng.choice(seq_length, 2, replace=False)] = 1
    return np.stack([numbers, markers], axis=-1).astype('float32'), (numbers * markers).sum(axis=1).astype('float32')


if __name__ == '__main__':
    tf.keras.utils.set_random_seed(12)
    x_train, y_train = data_generator(400, 32, np.random.RandomState(0))
    x_test, y_test = data_generator(100, 32, np.random.RandomState(1))
    i = tf.keras.layers.Input(shape=(32, 2))
    o = i
    for dilation in (1, 2, 4, 8):
        o = ResidualBlock(12, 3, dilation, dropout=0.05)(o)
    o = tf.keras.layers.Lambda(lambda z: z[:, -1, :], name='Slice_Output')(o)
    o = tf.keras.layers.Dense(1)(o)
    m = tf.keras.models.Model(inputs=[i], outputs=[o])
    m.compile(optimizer=tf.keras.optimizers.Adam(0.001, clipnorm=1.), loss='mse')
    m.summary()
    m.fit(x_train, y_train, epochs=3, batch_size=40, validation_data=(x_test, y_test), verbose=2,
          callbacks=[tf.keras.callbacks.ReduceLROnPlateau(monitor='val_loss', factor=0.5, patience=1, verbose=1)])
    p = m.predict(x_test[:5], verbose=0)
    print(np.round(p.ravel(), 3), np.round(y_test[:5], 3))
    # what comes later must not change what was there before
    block = m.layers[1]
    probe = x_test[:1].copy()
    before = block(probe)
    probe[:, 20:] = 0
    print('causal:', bool(np.allclose(before[:, :20], block(probe)[:, :20], atol=1e-6)))
    print(sorted(block.get_config()), block.count_params())
