from tensorflow.keras.models import Model
from tensorflow.keras.layers import Input, Dense, Lambda, Flatten, concatenate
import tensorflow.keras.backend as K
import tensorflow as tf
import numpy as np

tf.keras.utils.set_random_seed(8)
faces = np.random.rand(6, 8, 8)                       # six people


def triplets(n):
    anchor_person = np.random.randint(0, 6, n)
    other = (anchor_person + np.random.randint(1, 6, n)) % 6
    noisy = lambda p: (faces[p] + .2 * np.random.randn(n, 8, 8)).astype('float32')
    return [noisy(anchor_person), noisy(anchor_person), noisy(other)], anchor_person


def triplet_loss(y_true, y_pred, alpha=0.2):
    total = y_pred.shape.as_list()[-1]
    anchor = y_pred[:, 0:int(total * 1 / 3)]
    positive = y_pred[:, int(total * 1 / 3):int(total * 2 / 3)]
    negative = y_pred[:, int(total * 2 / 3):int(total)]
    pos_dist = K.sum(K.square(anchor - positive), axis=1)
    neg_dist = K.sum(K.square(anchor - negative), axis=1)
    return K.maximum(pos_dist - neg_dist + alpha, 0.0)


def closer(y_true, y_pred):
    a, p, n = tf.split(y_pred, 3, axis=1)
    return tf.cast(tf.norm(a - p, axis=1) < tf.norm(a - n, axis=1), tf.float32)


def make_embedding():
    i = Input(shape=(8, 8))
    x = Flatten()(i)
    x = Dense(32, activation='relu')(x)
    x = Dense(8)(x)
    x = Lambda(lambda v: tf.math.l2_normalize(v, axis=-1), output_shape=(8,))(x)
    return Model(i, x, name='embedding')


embedding = make_embedding()
anchor, positive, negative = Input(shape=(8, 8), name='anchor'), Input(shape=(8, 8), name='positive'), Input(shape=(8, 8), name='negative')
merged = concatenate([embedding(anchor), embedding(positive), embedding(negative)], axis=-1, name='merged_layer')
net = Model(inputs=[anchor, positive, negative], outputs=merged)
net.compile(loss=triplet_loss, optimizer=tf.keras.optimizers.Adam(1e-3), metrics=[closer])
x, people = triplets(200)
dummy = np.empty((200, 1))
dummy[:] = 0
net.summary()
net.fit(x, y=dummy, batch_size=20, epochs=4, verbose=2, validation_split=0.2)
vectors = embedding.predict(x[0], verbose=0)


# the same with the hardest negative in each batch, in a loop
def hard_triplet_loss(labels, vectors, margin=0.5):
    distances = tf.reduce_sum((vectors[:, None] - vectors[None]) ** 2, axis=-1)
    same = tf.equal(labels[:, None], labels[None])
    hardest_positive = tf.reduce_max(tf.where(same, distances, tf.zeros_like(distances)), axis=1)
    hardest_negative = tf.reduce_min(tf.where(same, tf.fill(tf.shape(distances), 1e9), distances), axis=1)
    return tf.reduce_mean(tf.nn.softplus(hardest_positive - hardest_negative + margin))


class HardTriplets(tf.keras.losses.Loss):
    def call(self, y_true, y_pred):
        return hard_triplet_loss(tf.reshape(y_true, [-1]), y_pred)


embedding.compile('adam', HardTriplets())
embedding.fit(x[0], people, batch_size=40, epochs=3, verbose=2)
centres = np.stack([vectors[people == p].mean(0) for p in range(6)])
print(np.round(centres @ centres.T, 3)[0], (np.linalg.norm(vectors[:, None] - centres, axis=-1).argmin(1) == people).mean())
