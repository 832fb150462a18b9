# Energies: Langevin samples for contrastive divergence, and a Hopfield network.
import numpy as np
import tensorflow as tf
from tensorflow.keras import Sequential
from tensorflow.keras.layers import Dense, Input
from tensorflow.keras.optimizers import Adam

tf.keras.utils.set_random_seed(10)
rng = np.random.RandomState(10)
data = (rng.randn(128, 2) * [0.3, 0.3] + np.where(rng.rand(128, 1) < 0.5, [[1, 1]], [[-1, -1]])).astype('float32')

energy = Sequential([Input((2,)), Dense(32, activation=tf.nn.swish), Dense(32, activation=tf.nn.swish), Dense(1)])
optimizer = Adam(1e-3, beta_1=0.5)
noise = rng.randn(8, 10, 64, 2).astype('float32')


def langevin(x, noises, step=0.05):
    """Walks downhill in energy with noise."""
    for eps in noises:
        x = tf.convert_to_tensor(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            e = tf.reduce_sum(energy(x, training=False))
        x = x - step * tape.gradient(e, x) + 0.05 * eps
    return tf.stop_gradient(x)


@tf.function
def train(real, fake):
    with tf.GradientTape() as tape:
        e_real, e_fake = energy(real), energy(fake)
        loss = tf.reduce_mean(e_real) - tf.reduce_mean(e_fake) + 0.1 * tf.reduce_mean(e_real ** 2 + e_fake ** 2)
    grads = tape.gradient(loss, energy.trainable_variables)
    optimizer.apply_gradients(zip(grads, energy.trainable_variables))
    return loss


for i in range(8):
    start = rng.uniform(-2, 2, (64, 2)).astype('float32')
    fake = langevin(start, noise[i])
    loss = train(data[rng.choice(128, 64)], fake)
    print('step %d loss %.5f mean sample %.4f' % (i, float(loss), float(tf.reduce_mean(tf.abs(fake)))))


# Score matching: the Jacobian's trace by nested tapes
@tf.function
def score_matching(x):
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            e = -energy(x)
        score = inner.gradient(e, x)
        parts = [score[:, i] for i in range(2)]
    trace = tf.add_n([outer.gradient(parts[i], x)[:, i] for i in range(2)])
    return tf.reduce_mean(trace + 0.5 * tf.reduce_sum(score ** 2, axis=1)), score


value, score = score_matching(tf.constant(data))
print('score matching %.5f' % value, score.shape, tf.norm(score[0]).numpy().round(5))


class Hopfield(tf.Module):
    def __init__(self, patterns):
        super().__init__()
        n = patterns.shape[1]
        weights = tf.matmul(patterns, patterns, transpose_a=True) / n
        self.w = tf.Variable(tf.linalg.set_diag(weights, tf.zeros(n)), trainable=False)

    @tf.function
    def recall(self, state, steps):
        energies = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for i in tf.range(steps):
            state = tf.sign(tf.linalg.matvec(self.w, state) + 1e-6)
            energies = energies.write(i, -0.5 * tf.reduce_sum(state * tf.linalg.matvec(self.w, state)))
        return state, energies.stack()


patterns = tf.constant(np.sign(rng.randn(3, 40)), tf.float32)
memory = Hopfield(patterns)
damaged = tf.tensor_scatter_nd_update(patterns[0], [[i] for i in range(6)], -patterns[0, :6])
restored, energies = memory.recall(damaged, tf.constant(4))
print('overlap', float(tf.reduce_mean(restored * patterns[0])), energies.numpy().round(3).tolist())
# modern Hopfield: one step of attention
beta = 4.0
print(np.round(tf.linalg.matvec(patterns, tf.nn.softmax(beta * tf.linalg.matvec(patterns, damaged) / 40.0), transpose_a=True)[:5], 4))
