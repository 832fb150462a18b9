"""Density estimation by RealNVP: affine coupling layers on the two moons."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers, regularizers

keras.utils.set_random_seed(12)
angle = np.random.uniform(0, np.pi, 300)
upper = np.random.rand(300) < 0.5
data = np.stack([np.where(upper, np.cos(angle), 1 - np.cos(angle)), np.where(upper, np.sin(angle), 0.5 - np.sin(angle))], 1)
data += 0.05 * np.random.randn(300, 2)
normalized_data = ((data - data.mean(0)) / data.std(0)).astype("float32")
output_dim = 16
reg = 0.01


def Coupling(input_shape):
    input = layers.Input(shape=(input_shape,))
    t = s = input
    for _ in range(2):
        t = layers.Dense(output_dim, activation="relu", kernel_regularizer=regularizers.l2(reg))(t)
        s = layers.Dense(output_dim, activation="relu", kernel_regularizer=regularizers.l2(reg))(s)
    t = layers.Dense(input_shape, activation="linear", kernel_regularizer=regularizers.l2(reg))(t)
    s = layers.Dense(input_shape, activation="tanh", kernel_regularizer=regularizers.l2(reg))(s)
    return keras.Model(inputs=input, outputs=[s, t])


class RealNVP(keras.Model):
    def __init__(self, num_coupling_layers):
        super().__init__()
        self.num_coupling_layers = num_coupling_layers
        self.masks = np.array([[0, 1], [1, 0]] * (num_coupling_layers // 2), dtype="float32")
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.layers_list = [Coupling(2) for i in range(num_coupling_layers)]

    @property
    def metrics(self):
        """So that fit and evaluate reset the state of the tracker."""
        return [self.loss_tracker]

    def call(self, x, training=True):
        log_det_inv = 0
        direction = 1
        if training:
            direction = -1
        for i in range(self.num_coupling_layers)[::direction]:
            x_masked = x * self.masks[i]
            reversed_mask = 1 - self.masks[i]
            s, t = self.layers_list[i](x_masked)
            s = s * reversed_mask
            t = t * reversed_mask
            gate = (direction - 1) / 2
            x = (reversed_mask * (x * keras.ops.exp(direction * s) + direction * t * keras.ops.exp(gate * s)) + x_masked)
            log_det_inv += gate * keras.ops.sum(s, axis=1)
        return x, log_det_inv

    def log_loss(self, x):
        y, logdet = self(x)
        log_likelihood = -0.5 * tf.reduce_sum(y ** 2 + np.log(2 * np.pi), axis=1) + logdet
        return -tf.reduce_mean(log_likelihood)

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = self.log_loss(data)
        g = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(g, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    def test_step(self, data):
        loss = self.log_loss(data)
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


model = RealNVP(num_coupling_layers=4)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.002))
history = model.fit(normalized_data, batch_size=60, epochs=6, verbose=2, validation_split=0.2)

z, _ = model(normalized_data)
back, _ = model(z, training=False)
print("inverse is exact:", float(np.abs(back - normalized_data).max()) < 1e-4)
samples = keras.random.normal((200, 2), seed=6)
x, _ = model.predict(samples, verbose=0)
print(np.mean(x, axis=0).round(3), np.round(np.cov(np.transpose(z)), 2))
print(len(model.losses), round(float(sum(model.losses)), 4), sorted(history.history))
