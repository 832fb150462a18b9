"""A recommender: the score of a film for a user is the product of their embeddings."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

NUM_USERS, NUM_FILMS, SIZE = 30, 20, 6
keras.utils.set_random_seed(83)
rng = np.random.RandomState(83)
taste, genre = rng.normal(size=(NUM_USERS, 3)), rng.normal(size=(NUM_FILMS, 3))
pairs = np.stack([rng.randint(0, NUM_USERS, 400), rng.randint(0, NUM_FILMS, 400)], axis=1)
ratings = 1 / (1 + np.exp(-(taste[pairs[:, 0]] * genre[pairs[:, 1]]).sum(axis=1)))


class RecommenderNet(keras.Model):
    def __init__(self, num_users, num_films, embedding_size, **kwargs):
        super().__init__(**kwargs)
        self.user_embedding = layers.Embedding(num_users, embedding_size, embeddings_initializer="he_normal",
                                               embeddings_regularizer=keras.regularizers.l2(1e-6))
        self.user_bias = layers.Embedding(num_users, 1)
        self.film_embedding = layers.Embedding(num_films, embedding_size, embeddings_initializer="he_normal",
                                               embeddings_regularizer=keras.regularizers.l2(1e-6))
        self.film_bias = layers.Embedding(num_films, 1)

    def call(self, inputs):
        user_vector = self.user_embedding(inputs[:, 0])
        user_bias = self.user_bias(inputs[:, 0])
        film_vector = self.film_embedding(inputs[:, 1])
        film_bias = self.film_bias(inputs[:, 1])
        dot = tf.reduce_sum(user_vector * film_vector, axis=1, keepdims=True)
        return tf.nn.sigmoid(dot + user_bias + film_bias)


model = RecommenderNet(NUM_USERS, NUM_FILMS, SIZE)
model.compile(loss=keras.losses.BinaryCrossentropy(), optimizer=keras.optimizers.Adam(learning_rate=0.01))
history = model.fit(pairs[:350], ratings[:350], batch_size=32, epochs=4, verbose=2,
                    validation_data=(pairs[350:], ratings[350:]))
candidates = np.stack([np.zeros(NUM_FILMS, int), np.arange(NUM_FILMS)], axis=1)
scores = model.predict(candidates, verbose=0).flatten()
print("best films for user 0:", scores.argsort()[-3:][::-1], scores.max().round(4))
