#!/usr/bin/env python3
# Bidirectional GRU tagger; padding is masked, rare tags count more.
import os
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import *
from tensorflow.keras.models import Model
from tensorflow.keras.preprocessing.sequence import pad_sequences

tf.keras.utils.set_random_seed(100)
words = {'<pad>': 0, 'the': 1, 'a': 2, 'dog': 3, 'cat': 4, 'park': 5, 'sees': 6, 'runs': 7, 'likes': 8, 'big': 9, 'in': 10}
tags = {'<pad>': 0, 'DET': 1, 'NOUN': 2, 'VERB': 3, 'ADJ': 4, 'ADP': 5}
kind = {1: 1, 2: 1, 3: 2, 4: 2, 5: 2, 6: 3, 7: 3, 8: 3, 9: 4, 10: 5}
rng = np.random.RandomState(100)


def phrase():
    return [rng.choice([1, 2])] + [9] * rng.randint(0, 2) + [rng.choice([3, 4, 5])]


sentences = [phrase() + [rng.choice([6, 7, 8])] + ([10] if rng.rand() < .3 else []) + phrase() for _ in range(200)]
labels = [[kind[w] for w in s] for s in sentences]
x = pad_sequences(sentences, padding='post', maxlen=10)
y = pad_sequences(labels, padding='post', maxlen=10)
counts = np.bincount(y.ravel(), minlength=6)
weights = np.where(y > 0, (counts[1:].mean() / np.maximum(counts, 1))[y], 0.).astype('float32')

inp = Input((None,))
z = Embedding(len(words), 8, mask_zero=True, embeddings_regularizer=tf.keras.regularizers.l2(1e-5))(inp)
z = Bidirectional(GRU(10, return_sequences=True), merge_mode='ave')(z)
z = Bidirectional(GRU(8, return_sequences=True, reset_after=False), backward_layer=SimpleRNN(8, return_sequences=True, go_backwards=True))(z)
z = TimeDistributed(Dense(12, 'tanh'))(z)
z = Dropout(.1)(z)
out = Dense(len(tags), 'softmax')(z)
tagger = Model(inp, out)
tagger.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'], weighted_metrics=['accuracy'])
print(tagger.count_params(), tagger.input_shape, tagger.output_shape)
hist = tagger.fit(x[:160], y[:160], sample_weight=weights[:160], batch_size=20, epochs=4, verbose=2,
                  validation_data=(x[160:], y[160:], weights[160:]))
print(tagger.metrics_names)
print(tagger.evaluate(x[160:], y[160:], sample_weight=weights[160:], verbose=0))
pred = tagger.predict(x[160:], verbose=0)
mask = x[160:] > 0
print('share of right tags', round(float((pred.argmax(-1) == y[160:])[mask].mean()), 3), pred[0, :3].round(3).tolist())
