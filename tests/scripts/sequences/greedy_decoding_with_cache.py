# Decoding with a cache of keys and values gives what decoding all tokens again gives.
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(77)


class CachedAttention(layers.Layer):
    def __init__(self, dim, heads, **kwargs):
        super().__init__(**kwargs)
        self.dim, self.heads, self.depth = dim, heads, dim // heads

    def build(self, input_shape):
        self.qkv = layers.Dense(3 * self.dim, use_bias=False, name="qkv")
        self.qkv.build(input_shape)
        self.out = layers.EinsumDense("bthd,hdf->btf", output_shape=(None, self.dim), name="out")
        self.out.build((input_shape[0], input_shape[1], self.heads, self.depth))

    def call(self, x, cache=None):
        batch, length = ops.shape(x)[0], ops.shape(x)[1]
        q, k, v = ops.split(ops.reshape(self.qkv(x), (batch, length, 3 * self.heads, self.depth)), 3, axis=2)
        if cache is not None:
            k, v = ops.concatenate([cache[0], k], axis=1), ops.concatenate([cache[1], v], axis=1)
        scores = ops.einsum("bqhd,bkhd->bhqk", q, k) / ops.sqrt(float(self.depth))
        total = ops.shape(k)[1]
        allowed = ops.arange(total)[None, :] <= ops.arange(total - length, total)[:, None]
        scores = ops.where(allowed, scores, -1e9)
        y = ops.einsum("bhqk,bkhd->bqhd", ops.softmax(scores, axis=-1), v)
        return self.out(y), (k, v)

    def get_config(self):
        return {**super().get_config(), "dim": self.dim, "heads": self.heads}


class Decoder(keras.Model):
    def __init__(self, vocabulary, dim=24, heads=3, depth=2):
        super().__init__()
        self.embed = layers.ReversibleEmbedding(vocabulary, dim)
        self.attentions = [CachedAttention(dim, heads) for _ in range(depth)]
        self.norms = [layers.RMSNormalization() for _ in range(2 * depth)]
        self.gates = [layers.Dense(2 * dim, activation="silu") for _ in range(depth)]
        self.ups = [layers.Dense(2 * dim) for _ in range(depth)]
        self.downs = [layers.Dense(dim) for _ in range(depth)]

    def step(self, ids, caches):
        x, new = self.embed(ids), []
        for i, attention in enumerate(self.attentions):
            y, cache = attention(self.norms[2 * i](x), cache=caches[i])
            x = x + y
            h = self.norms[2 * i + 1](x)
            x = x + self.downs[i](self.gates[i](h) * self.ups[i](h))
            new.append(cache)
        return self.embed(x, reverse=True), new

    def call(self, ids):
        return self.step(ids, [None] * len(self.attentions))[0]


# Fibonacci-like sequences modulo 9
rng = np.random.default_rng(77)
data = rng.integers(0, 9, (240, 2))
data = np.concatenate([data, np.zeros((240, 9), int)], axis=1)
for t in range(2, 11):
    data[:, t] = (data[:, t - 1] + data[:, t - 2]) % 9
model = Decoder(9)
model.compile(
    optimizer=keras.optimizers.AdamW(0.01, weight_decay=1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc"), keras.metrics.SparseTopKCategoricalAccuracy(3)],
)
history = model.fit(data[:, :-1], data[:, 1:], epochs=4, batch_size=40, verbose=0)
for key, values in history.history.items():
    print(key, [f"{v:.4f}" for v in values])

ids, caches = data[:2, :4], [None, None]
logits, caches = model.step(ids, caches)
for t in range(4):
    again = model.predict(ids, verbose=0)[:, -1]
    print(t, caches[0][0].shape, f"{float(ops.max(ops.abs(logits[:, -1] - again))) < 1e-4}", np.round(again.max(-1), 2))
    token = ops.argmax(logits[:, -1:], axis=-1)
    ids = np.concatenate([ids, ops.convert_to_numpy(token)], axis=1)
    logits, caches = model.step(token, caches)
