import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class TransformerBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.att = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim // num_heads, use_bias=False)
        self.ffn = keras.Sequential([layers.Dense(ff_dim, activation="relu"), layers.Dense(embed_dim)])
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = layers.Dropout(rate, seed=1)
        self.dropout2 = layers.Dropout(rate, seed=2)

    def call(self, inputs, training=False):
        attn_output = self.att(inputs, inputs)
        attn_output = self.dropout1(attn_output, training=training)
        out1 = self.layernorm1(inputs + attn_output)
        ffn_output = self.ffn(out1)
        ffn_output = self.dropout2(ffn_output, training=training)
        return self.layernorm2(out1 + ffn_output)


class TokenAndPositionEmbedding(layers.Layer):
    def __init__(self, maxlen, vocab_size, embed_dim, **kwargs):
        super().__init__(**kwargs)
        self.token_emb = layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
        self.pos_emb = layers.Embedding(input_dim=maxlen, output_dim=embed_dim)

    def call(self, x):
        maxlen = tf.shape(x)[-1]
        positions = tf.range(start=0, limit=maxlen, delta=1)
        return self.token_emb(x) + self.pos_emb(positions)


keras.utils.set_random_seed(21)
vocab_size, maxlen, embed_dim = 12, 10, 16

# Is the first token found again later in the sequence?
rng = np.random.default_rng(21)
x = rng.integers(0, vocab_size, size=(512, maxlen))
y = (x[:, 1:] == x[:, :1]).any(axis=1).astype("int32")
x_train, y_train, x_val, y_val = x[:384], y[:384], x[384:], y[384:]

inputs = layers.Input(shape=(maxlen,))
h = TokenAndPositionEmbedding(maxlen, vocab_size, embed_dim)(inputs)
h = TransformerBlock(embed_dim, num_heads=2, ff_dim=32)(h)
h = layers.GlobalAveragePooling1D()(h)
h = layers.Dense(16, activation="relu")(h)
outputs = layers.Dense(2, activation="softmax")(h)
model = keras.Model(inputs=inputs, outputs=outputs)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=32, epochs=3, verbose=0, validation_data=(x_val, y_val))
for name, values in history.history.items():
    print(name, np.round(values, 3))
print("evaluate", np.round(model.evaluate(x_val, y_val, verbose=0), 3))

# A causal decoder on the same tokens: what comes next in a counting sequence?
starts = rng.integers(0, vocab_size, size=(256, 1))
counting = (starts + np.arange(maxlen + 1)) % vocab_size
tokens = keras.Input((None,), dtype="int32")
h = layers.Embedding(vocab_size, embed_dim)(tokens)
h = layers.Add()([h, layers.MultiHeadAttention(2, 8, use_bias=False)(h, h, use_causal_mask=True)])
h = layers.RMSNormalization()(h)
h = layers.Add()([h, layers.GroupQueryAttention(4, 4, 2, use_bias=False)(h, h, use_causal_mask=True)])
decoder = keras.Model(tokens, layers.Dense(vocab_size)(layers.LayerNormalization()(h)))
decoder.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
losses = decoder.fit(counting[:, :-1], counting[:, 1:], epochs=3, batch_size=32, verbose=0).history["loss"]
print("decoder", np.round(losses, 3))
print("next", decoder.predict(np.array([[3, 4, 5, 6], [9, 10, 11, 0]]), verbose=0)[:, -1].argmax(-1))
