# Translation with attention: AdditiveAttention of Bahdanau between an encoder and a decoder.
import numpy as np
import tensorflow as tf
from tensorflow.keras import Model
from tensorflow.keras.layers import AdditiveAttention, Bidirectional, Concatenate, Dense, Embedding, GRU, Input

tf.keras.utils.set_random_seed(301)
rng = np.random.RandomState(301)
numbers = 'zero one two three four five six seven eight nine'.split()
source_vocab = ['', *numbers]
START, STOP = 1, 2                                         # target tokens: 3..12 are the digits
pairs = [rng.randint(0, 10, rng.randint(2, 6)) for _ in range(320)]
enc = tf.keras.preprocessing.sequence.pad_sequences([p + 1 for p in pairs], maxlen=6, padding='post')
dec = tf.keras.preprocessing.sequence.pad_sequences([[START, *(p[::-1] + 3), STOP] for p in pairs], maxlen=8, padding='post')
dec_in, dec_out = dec[:, :-1], dec[:, 1:]


class Encoder(tf.keras.layers.Layer):
    def __init__(self, vocab_size, units, **kwargs):
        super().__init__(**kwargs)
        self.embedding = Embedding(vocab_size, units, mask_zero=True)
        self.rnn = Bidirectional(GRU(units, return_sequences=True, return_state=True))
        self.mix = Dense(units, activation='tanh')

    def call(self, x):
        x = self.embedding(x)
        x, forward, backward = self.rnn(x)
        return x, self.mix(tf.concat([forward, backward], axis=-1))


class Decoder(tf.keras.layers.Layer):
    def __init__(self, vocab_size, units, **kwargs):
        super().__init__(**kwargs)
        self.embedding = Embedding(vocab_size, units, mask_zero=True)
        self.gru = GRU(units, return_sequences=True, return_state=True)
        self.query, self.value = Dense(units, use_bias=False), Dense(units, use_bias=False)
        self.attention = AdditiveAttention(dropout=0.0)
        self.join = Dense(units, activation='tanh')
        self.out = Dense(vocab_size)

    def call(self, tokens, context, state, context_mask=None):
        h, state = self.gru(self.embedding(tokens), initial_state=state)
        attended, weights = self.attention([self.query(h), context, self.value(context)],
                                           mask=[None, context_mask, context_mask], return_attention_scores=True)
        return self.out(self.join(tf.concat([attended, h], axis=-1))), state, weights


class Translator(Model):
    def __init__(self, units=20):
        super().__init__()
        self.encoder, self.decoder = Encoder(11, units), Decoder(13, units)
        self.project = Dense(units)

    def call(self, inputs):
        source, target = inputs
        context, state = self.encoder(source)
        logits, _, _ = self.decoder(target, self.project(context), state, context_mask=tf.not_equal(source, 0))
        return logits

    def translate(self, source, max_len=6):
        context, state = self.encoder(source)
        context, token = self.project(context), tf.fill([tf.shape(source)[0], 1], START)
        result, attention = [], []
        for _ in range(max_len):
            logits, state, weights = self.decoder(token, context, state, context_mask=tf.not_equal(source, 0))
            token = tf.argmax(logits, axis=-1, output_type=tf.int32)
            result.append(token)
            attention.append(weights)
        return tf.concat(result, axis=1), tf.concat(attention, axis=1)


def masked_loss(y_true, y_pred):
    loss = tf.keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
    mask = tf.cast(y_true != 0, loss.dtype)
    return tf.reduce_sum(loss * mask) / tf.reduce_sum(mask)


def masked_acc(y_true, y_pred):
    match = tf.cast(tf.cast(y_true, tf.int64) == tf.argmax(y_pred, -1), tf.float32)
    mask = tf.cast(y_true != 0, tf.float32)
    return tf.reduce_sum(match * mask) / tf.reduce_sum(mask)


model = Translator()
model.compile(optimizer=tf.keras.optimizers.Adam(5e-3), loss=masked_loss, metrics=[masked_acc])
model.fit([enc[:256], dec_in[:256]], dec_out[:256], batch_size=32, epochs=4, verbose=2,
          validation_data=([enc[256:], dec_in[256:]], dec_out[256:]))
tokens, attention = model.translate(enc[:3])
print(tokens.shape, attention.shape, np.round(tf.reduce_sum(attention, -1)[0], 3))
print('attended padding:', float(tf.reduce_max(attention * tf.cast(enc[:3] == 0, tf.float32)[:, tf.newaxis])))
print('first token', tokens[:, 0].numpy(), np.round(attention[0, 0], 3))
