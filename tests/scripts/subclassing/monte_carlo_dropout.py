# Uncertainty by dropout at test time: training=True, a subclass of Dropout, and a variational dropout layer.
import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(61)
x = np.random.uniform(-2, 2, (200, 1)).astype(np.float32)
y = (np.sin(2 * x) + 0.1 * np.random.randn(200, 1)).astype(np.float32)


class MCDropout(tf.keras.layers.Dropout):
    def call(self, inputs, training=False):
        return super().call(inputs, training=True)


class VariationalDropout(tf.keras.layers.Layer):
    """Gaussian noise with a learned variance, and its divergence in the loss (Kingma, Salimans, Welling 2015)."""

    def build(self, shape):
        self.log_alpha = self.add_weight(name='log_alpha', shape=(shape[-1],),
                                         initializer=tf.keras.initializers.Constant(-3.), trainable=True)
        self.generator = tf.keras.random.SeedGenerator(3)

    def call(self, x, training=None):
        alpha = tf.exp(tf.clip_by_value(self.log_alpha, -8., 0.))
        self.add_loss(-1e-3 * tf.reduce_sum(0.5 * tf.math.log(alpha) + 1.16 * alpha - 1.5 * alpha ** 2))
        if not training:
            return x
        return x * (1. + tf.sqrt(alpha) * tf.keras.random.normal(tf.shape(x), seed=self.generator))


inputs = tf.keras.Input(shape=(1,))
h = tf.keras.layers.Dense(32, activation='tanh')(inputs)
h = tf.keras.layers.Dropout(0.1, seed=1)(h, training=True)
h = tf.keras.layers.Dense(32, activation='tanh')(h)
h = MCDropout(0.1, seed=2)(h)
h = VariationalDropout()(h)
outputs = tf.keras.layers.Dense(2)(h)
model = tf.keras.Model(inputs, outputs)


def gaussian_nll(y_true, y_pred):
    mean, log_var = tf.split(y_pred, 2, axis=-1)
    return tf.reduce_mean(0.5 * (log_var + tf.square(y_true - mean) * tf.exp(-log_var)), axis=-1)


model.compile(optimizer=tf.keras.optimizers.Adam(1e-2), loss=gaussian_nll)
history = model.fit(x, y, epochs=8, batch_size=25, verbose=0)
print(np.round(history.history['loss'], 4))
print('evaluate', model.evaluate(x, y, batch_size=50, verbose=0))
grid = np.linspace(-2, 2, 5, dtype=np.float32)[:, None]
samples = np.stack([model(grid, training=False)[:, 0] for _ in range(20)])
print('mean', samples.mean(0).round(2), 'spread', samples.std(0).round(2))
print('trainable', [w.name for w in model.trainable_weights], float(tf.reduce_sum(tf.exp(model.layers[-2].log_alpha))))
more = np.stack([model.predict(grid, verbose=0) for _ in range(3)])
print(more.shape, more[0].round(3).tolist(), 'differ:', bool(np.ptp(more[..., 0], axis=0).min() > 0))
