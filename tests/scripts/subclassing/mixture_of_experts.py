import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(27)


class Router(layers.Layer):
    """Chooses the best experts of each token, adds the load-balancing loss."""

    def __init__(self, num_experts, top_k=1, **kwargs):
        super().__init__(**kwargs)
        self.num_experts, self.top_k = num_experts, top_k
        self.route = layers.Dense(num_experts, use_bias=False)

    def call(self, x, training=False):
        probs = tf.nn.softmax(self.route(x))
        gates, indices = tf.math.top_k(probs, k=self.top_k)
        mask = tf.reduce_sum(tf.one_hot(indices, self.num_experts), axis=-2)
        density = tf.reduce_mean(mask, axis=[0, 1])
        density_proxy = tf.reduce_mean(probs, axis=[0, 1])
        self.add_loss(0.01 * self.num_experts * tf.reduce_sum(tf.stop_gradient(density) * density_proxy))
        kept = probs * mask
        return kept / tf.reduce_sum(kept, axis=-1, keepdims=True)


class Experts(layers.Layer):
    """All experts as one pair of weights: (experts, in, hidden), (experts, hidden, out)."""

    def __init__(self, num_experts, hidden, **kwargs):
        super().__init__(**kwargs)
        self.num_experts, self.hidden = num_experts, hidden

    def build(self, input_shape):
        d = input_shape[-1]
        init = tf.keras.initializers.VarianceScaling(scale=1., mode='fan_in', distribution='truncated_normal', seed=1)
        self.w1 = self.add_weight(shape=(self.num_experts, d, self.hidden), initializer=init, name='w1')
        self.b1 = self.add_weight(shape=(self.num_experts, 1, self.hidden), initializer='zeros', name='b1')
        self.w2 = self.add_weight(shape=(self.num_experts, self.hidden, d), initializer='glorot_normal', name='w2')

    def call(self, x, gates):
        h = tf.einsum('btd,edh->ebth', x, self.w1) + self.b1[:, None]
        y = tf.einsum('ebth,ehd->ebtd', tf.nn.relu(h), self.w2)
        return tf.einsum('ebtd,bte->btd', y, gates)


class SwitchBlock(layers.Layer):
    def __init__(self, experts=4, hidden=16, top_k=1):
        super().__init__()
        self.norm = layers.LayerNormalization()
        self.router, self.experts = Router(experts, top_k), Experts(experts, hidden)
        self.drop = layers.Dropout(0.05, seed=4)

    def call(self, x, training=None):
        h = self.norm(x)
        return x + self.drop(self.experts(h, self.router(h, training=training)), training=training)


class MoE(tf.keras.Model):
    def __init__(self):
        super().__init__(name='moe')
        self.embed = layers.Embedding(20, 16)
        self.attention = layers.MultiHeadAttention(2, 8, use_bias=False)
        self.blocks = [SwitchBlock(top_k=1), SwitchBlock(top_k=2)]
        self.head = layers.Dense(4)

    def call(self, ids, training=False):
        x = self.embed(ids)
        x = x + self.attention(x, x)
        for block in self.blocks:
            x = block(x, training=training)
        return self.head(tf.reduce_mean(x, axis=1))


x = np.random.randint(0, 20, (256, 9))
y = np.sum(x > 12, axis=1) // 3
model = MoE()
model.compile(tf.keras.optimizers.Adam(5e-3, global_clipnorm=1.0), tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
history = model.fit(x, y, epochs=4, batch_size=32, validation_split=0.25, verbose=2)
model.summary()
model(x[:4])
print(len(model.losses), [round(float(v), 5) for v in model.losses])
gates = model.blocks[1].router(model.embed(x[:2]))
print('chosen', tf.reduce_sum(tf.cast(gates > 0, tf.int32), -1).numpy().tolist(), np.round(tf.reduce_sum(gates), 3))
dense = model.blocks[0].experts(tf.ones((1, 2, 16)), tf.ones((1, 2, 4)) / 4)
print(dense.shape, round(float(tf.reduce_sum(dense)), 4))
