import tensorflow as tf
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(23)


class TransformerBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1):
        super().__init__()
        self.att = keras.layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim, use_bias=False)
        self.ffn = keras.Sequential([keras.layers.Dense(ff_dim, activation="relu"), keras.layers.Dense(embed_dim)])
        self.layernorm1 = keras.layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = keras.layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = keras.layers.Dropout(rate)
        self.dropout2 = keras.layers.Dropout(rate)

    def call(self, inputs, training=False):
        attn_output = self.att(inputs, inputs)
        attn_output = self.dropout1(attn_output, training=training)
        out1 = self.layernorm1(inputs + attn_output)
        ffn_output = self.ffn(out1)
        ffn_output = self.dropout2(ffn_output, training=training)
        return self.layernorm2(out1 + ffn_output)


class TokenAndPositionEmbedding(layers.Layer):
    def __init__(self, maxlen, vocab_size, embed_dim):
        super().__init__()
        self.token_emb = keras.layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
        self.pos_emb = keras.layers.Embedding(input_dim=maxlen, output_dim=embed_dim)

    def call(self, inputs):
        maxlen = keras.ops.shape(inputs)[-1]
        positions = keras.ops.arange(start=0, stop=maxlen, step=1)
        return self.token_emb(inputs) + self.pos_emb(positions)


class NERModel(keras.Model):
    def __init__(self, num_tags, vocab_size, maxlen=128, embed_dim=16, num_heads=2, ff_dim=16):
        super().__init__()
        self.embedding_layer = TokenAndPositionEmbedding(maxlen, vocab_size, embed_dim)
        self.transformer_block = TransformerBlock(embed_dim, num_heads, ff_dim)
        self.dropout1 = layers.Dropout(0.1)
        self.ff = layers.TimeDistributed(layers.Dense(ff_dim, activation="relu"))
        self.dropout2 = layers.Dropout(0.1)
        self.ff_final = layers.Dense(num_tags, activation="softmax")

    def call(self, inputs, training=False):
        x = self.embedding_layer(inputs)
        x = self.transformer_block(x)
        x = self.dropout1(x, training=training)
        x = self.ff(x)
        x = self.dropout2(x, training=training)
        return self.ff_final(x)


class CustomNonPaddingTokenLoss(keras.losses.Loss):
    def __init__(self, name="custom_ner_loss"):
        super().__init__(name=name)

    def call(self, y_true, y_pred):
        loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=False, reduction=None)
        loss = loss_fn(y_true, y_pred)
        mask = keras.ops.cast((y_true > 0), dtype="float32")
        loss = loss * mask
        return keras.ops.sum(loss) / keras.ops.sum(mask)


# Tokens 20..29 are names when they follow a title (1..3); sentences of different lengths
rng = np.random.default_rng(23)
def record():
    n = rng.integers(5, 10)
    tokens = rng.integers(1, 30, n)
    tags = [1 + int(tokens[i] >= 20) + int(tokens[i] >= 20 and i > 0 and tokens[i - 1] <= 6) for i in range(n)]
    return tokens.tolist(), tags

records = [record() for _ in range(160)]
ragged = tf.ragged.constant([tokens for tokens, _ in records]), tf.ragged.constant([tags for _, tags in records])
dataset = tf.data.Dataset.from_tensor_slices(tuple(r.to_tensor(shape=[None, 10]) for r in ragged))
train_dataset = dataset.take(128).batch(16)
val_dataset = dataset.skip(128).batch(16)
ner_model = NERModel(4, 30, embed_dim=16, num_heads=2, ff_dim=24)
ner_model.compile(optimizer="adam", loss=CustomNonPaddingTokenLoss())
history = ner_model.fit(train_dataset, epochs=4, verbose=0)
print(history.history["loss"])

def calculate_metrics(ds):
    all_true_tag_ids, all_predicted_tag_ids = [], []
    for x, y in ds:
        output = ner_model.predict(x, verbose=0)
        predictions = np.argmax(output, axis=-1).reshape(-1)
        true_tag_ids = np.reshape(y, [-1])
        mask = (true_tag_ids > 0) & (predictions > 0)
        all_true_tag_ids.append(true_tag_ids[mask])
        all_predicted_tag_ids.append(predictions[mask])
    true, predicted = np.concatenate(all_true_tag_ids), np.concatenate(all_predicted_tag_ids)
    print(len(true), "accuracy", round(float((true == predicted).mean()), 3))

calculate_metrics(val_dataset)
print(ner_model.evaluate(val_dataset, verbose=0))
print(np.round(ner_model(np.array([[1, 25, 9, 22]]))[0], 3))
