"""Siamese network: one base network looks at both inputs; contrastive loss."""
import random

import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Dense, Flatten, Input, Lambda
from tensorflow.keras.models import Model
from tensorflow.keras.optimizers import RMSprop

random.seed(8)
np.random.seed(8)
tf.random.set_seed(8)

digits = np.random.rand(4, 6, 6)
labels = np.random.randint(0, 4, 200)
images = (digits[labels] + 0.2 * np.random.rand(200, 6, 6)).astype('float32')


def create_pairs(x, y):
    pairs, targets = [], []
    for i in range(0, len(x) - 1, 2):
        pairs.append([x[i], x[i + 1]])
        targets.append(float(y[i] == y[i + 1]))
    return np.array(pairs), np.array(targets, 'float32')


def euclidean_distance(vectors):
    x, y = vectors
    sum_square = tf.reduce_sum(tf.square(x - y), axis=1, keepdims=True)
    return tf.sqrt(tf.maximum(sum_square, 1e-7))


def contrastive_loss(y_true, y_pred):
    margin = 1.0
    return K.mean(y_true * K.square(y_pred) + (1 - y_true) * K.square(K.maximum(margin - y_pred, 0)))


base_input = Input((6, 6))
h = Flatten()(base_input)
h = Dense(16, activation='relu')(h)
base = Model(base_input, Dense(8)(h), name='base')

input_a, input_b = Input((6, 6)), Input((6, 6))
distance = Lambda(euclidean_distance, output_shape=(1,))([base(input_a), base(input_b)])
model = Model([input_a, input_b], distance)
model.compile(loss=contrastive_loss, optimizer=RMSprop(learning_rate=0.003))

pairs, targets = create_pairs(images, labels)
history = model.fit([pairs[:, 0], pairs[:, 1]], targets, batch_size=20, epochs=5, verbose=0)
print('loss', [round(v, 4) for v in history.history['loss']])
same = model.predict([pairs[:, 0], pairs[:, 1]], verbose=0).ravel() < 0.5
print('accuracy on the pairs: %.3f' % np.mean(same == (targets == 1)))
