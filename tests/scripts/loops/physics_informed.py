"""Physics-informed networks: an oscillator and the heat equation, with second derivatives from nested tapes."""
import numpy as np
import tensorflow as tf
from tensorflow import keras

DTYPE = 'float32'
keras.backend.set_floatx(DTYPE)
tf.random.set_seed(0)
keras.utils.set_random_seed(0)


class PINN(keras.Model):
    """u(t) with u'' + c u' + k u = 0, u(0) = 1, u'(0) = 0, in a train_step; c is learned from measurements."""

    def __init__(self, hidden=(24, 24), k=9.0):
        super().__init__()
        self.blocks = [keras.layers.Dense(n, activation='tanh') for n in hidden]
        self.out = keras.layers.Dense(1)
        self.c = tf.Variable(0.2, trainable=True, name='friction', dtype=tf.float32)
        self.k = k

    def call(self, t):
        for block in self.blocks:
            t = block(t)
        return self.out(t)

    def residual(self, t):
        with tf.GradientTape() as tape2:
            tape2.watch(t)
            with tf.GradientTape() as tape1:
                tape1.watch(t)
                u = self(t)
            u_t = tape1.gradient(u, t)
        u_tt = tape2.gradient(u_t, t)
        return u_tt + self.c * u_t + self.k * u

    def train_step(self, data):
        t, u = data
        zero = tf.zeros((1, 1))
        with tf.GradientTape() as tape:
            with tf.GradientTape() as start:
                start.watch(zero)
                u0 = self(zero)
            du0 = start.gradient(u0, zero)
            equation = tf.reduce_mean(self.residual(t) ** 2)
            measured = tf.reduce_mean((self(t) - u) ** 2)
            loss = 1e-2 * equation + measured + tf.reduce_sum((u0 - 1.0) ** 2) + tf.reduce_sum(du0 ** 2)
        variables = self.trainable_variables + [self.c]
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {'loss': loss, 'equation': equation}


c = 0.8
t = np.linspace(0, 2, 96, dtype=DTYPE)[:, None]
w = np.sqrt(9 - c ** 2 / 4)
u = (np.exp(-c / 2 * t) * (np.cos(w * t) + c / (2 * w) * np.sin(w * t))).astype(DTYPE)
pinn = PINN()
pinn(t[:2])
optimizer = keras.optimizers.Adam(2e-3)
optimizer.build(pinn.trainable_variables + [pinn.c])
pinn.compile(optimizer=optimizer)
history = pinn.fit(t, u, batch_size=32, epochs=5, verbose=0)
print([round(float(v), 4) for v in history.history['loss']], 'friction %.5f' % pinn.c.numpy())

# The heat equation u_t = u_xx, with collocation points and tf.function
model = keras.Sequential([keras.Input((2,)), *[keras.layers.Dense(20, 'tanh') for _ in range(2)], keras.layers.Dense(1)])
lr = keras.optimizers.schedules.PiecewiseConstantDecay([5, 10], [1e-2, 1e-3, 5e-4])
optim = keras.optimizers.Adam(learning_rate=lr)
X_r = tf.random.uniform((64, 2), seed=7, dtype=DTYPE)
x_0 = tf.linspace(0.0, 1.0, 20)[:, None]
X_0 = tf.concat([tf.zeros_like(x_0), x_0], axis=1)
u_0 = tf.sin(np.pi * x_0)


def get_r():
    with tf.GradientTape(persistent=True) as tape:
        t, x = X_r[:, 0:1], X_r[:, 1:2]
        tape.watch(t)
        tape.watch(x)
        u = model(tf.stack([t[:, 0], x[:, 0]], axis=1))
        u_x = tape.gradient(u, x)
    u_t = tape.gradient(u, t)
    u_xx = tape.gradient(u_x, x)
    del tape
    return u_t - 0.1 * u_xx


def compute_loss():
    loss = tf.reduce_mean(tf.square(get_r()))
    return loss + tf.reduce_mean(tf.square(u_0 - model(X_0)))


@tf.function
def train_step():
    with tf.GradientTape(persistent=True) as tape:
        loss = compute_loss()
    g = tape.gradient(loss, model.trainable_variables)
    optim.apply_gradients(zip(g, model.trainable_variables))
    return loss


for i in range(13):
    loss = train_step()
    if i % 4 == 0:
        print('It {:05d}: loss = {:10.6e}'.format(i, loss))
print(model.predict(np.array([[0.0, 0.5], [1.0, 0.5]]), verbose=0).round(4).tolist(), float(optim.learning_rate))
