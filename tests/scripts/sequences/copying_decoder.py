# A causal decoder (GPT in small) learns to copy what stands before the separator.
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers as L

tf.keras.utils.set_random_seed(31)
rng = np.random.RandomState(31)
PAD, SEP, END, VOCAB, MAXLEN, WIDTH = 0, 1, 2, 12, 12, 32


def make_sentences(n):
    """x: word word … SEP word word …, padded with 0; y: the next token, counted only after SEP."""
    x, y = np.zeros((n, MAXLEN), 'int32'), np.zeros((n, MAXLEN), 'int32')
    weights = np.zeros((n, MAXLEN), 'float32')
    for i in range(n):
        k = rng.randint(2, 6)
        words = rng.randint(3, VOCAB, k)
        tokens = [*words, SEP, *words, END]
        x[i, :len(tokens) - 1] = tokens[:-1]
        y[i, :len(tokens) - 1] = tokens[1:]
        weights[i, k:2 * k + 1] = 1
    return x, y, weights


class PositionalEmbedding(L.Layer):
    def __init__(self, vocab, maxlen, width, **kw):
        super().__init__(**kw)
        self.tokens = L.Embedding(vocab, width, mask_zero=True)
        self.positions = L.Embedding(maxlen, width)
        self.supports_masking = True

    def compute_mask(self, inputs, mask=None):
        return self.tokens.compute_mask(inputs)

    def call(self, ids):
        length = tf.shape(ids)[1]
        return self.tokens(ids) + self.positions(tf.range(length))[tf.newaxis]


class DecoderBlock(L.Layer):
    def __init__(self, width, heads, **kw):
        super().__init__(**kw)
        self.norm1, self.norm2 = L.LayerNormalization(epsilon=1e-5), L.LayerNormalization(epsilon=1e-5)
        self.attention = L.MultiHeadAttention(heads, width // heads, dropout=0.0, use_bias=False)
        self.mlp = tf.keras.Sequential([L.Dense(4 * width, activation='gelu'), L.Dense(width)])
        self.supports_masking = True

    def call(self, x, mask=None):
        h = self.norm1(x)
        x = x + self.attention(h, h, use_causal_mask=True)
        return x + self.mlp(self.norm2(x))


ids = L.Input((None,), dtype='int32', name='ids')
h = PositionalEmbedding(VOCAB, MAXLEN, WIDTH)(ids)
for i in range(2):
    h = DecoderBlock(WIDTH, 4, name=f'block_{i}')(h)
logits = L.Dense(VOCAB, use_bias=False, name='logits')(L.LayerNormalization()(h))
model = tf.keras.Model(ids, logits, name='copier')
print(model.count_params(), [layer.name for layer in model.layers])

x, y, w = make_sentences(320)
model.compile(tf.keras.optimizers.Adam(3e-3, clipnorm=1.0),
              tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              weighted_metrics=['accuracy'])
model.fit(x[:256], y[:256], sample_weight=w[:256], batch_size=32, epochs=4, verbose=2,
          validation_data=(x[256:], y[256:], w[256:]))


def generate(prompt, steps):
    tokens, best = list(prompt), []
    for _ in range(steps):
        scores = model(np.array([tokens], 'int32'), training=False).numpy()[0, -1]
        best.append(round(float(scores.max()), 2))
        tokens.append(int(scores.argmax()))
    return best


# attention with masks of query, key and value given by hand
q, v = tf.random.normal((2, 5, 8), seed=1), tf.random.normal((2, 7, 8), seed=2)
attend = L.MultiHeadAttention(2, 4, kernel_initializer='he_normal', use_bias=False)
out, scores = attend(q, v, query_mask=tf.sequence_mask([5, 3], 5), value_mask=tf.sequence_mask([7, 4], 7),
                     key_mask=tf.sequence_mask([6, 7], 7), return_attention_scores=True)
print(out.shape, scores.shape, np.round(tf.reduce_sum(scores[1], axis=(0, 1)), 3))
print(generate([5, 7, 9, SEP], 3))
