import numpy as np
import tensorflow as tf
from tensorflow.keras import Input, Model, layers, regularizers

tf.keras.utils.set_random_seed(77)
n_users, n_items, n_genres, dim = 40, 30, 5, 8

# ratings from hidden tastes
taste, quality = np.random.randn(n_users, 3), np.random.randn(n_items, 3)
users = np.random.randint(0, n_users, 800)
items = np.random.randint(0, n_items, 800)
genres = np.random.randint(0, n_genres, (n_items, 3))
liked = ((taste[users] * quality[items]).sum(1) + 0.3 * np.random.randn(800) > 0).astype(np.float32)

user_id = Input(shape=(1,), name='user_id', dtype='int64')
age = Input(shape=(1,), name='age')
item_id = Input(shape=(1,), name='item_id', dtype='int64')
item_genres = Input(shape=(3,), name='genres', dtype='int64')

u = layers.Flatten()(layers.Embedding(n_users, dim, embeddings_regularizer=regularizers.l2(1e-5))(user_id))
u = layers.Concatenate()([u, age])
u = layers.Dense(16, activation='relu')(u)
u = layers.UnitNormalization(name='user_vector')(layers.Dense(dim)(u))
i = layers.Flatten()(layers.Embedding(n_items, dim)(item_id))
g = layers.GlobalAveragePooling1D()(layers.Embedding(n_genres, 4)(item_genres))
i = layers.Dense(16, activation='relu')(layers.concatenate([i, g]))
i = layers.UnitNormalization(name='item_vector')(layers.Dense(dim)(i))
similarity = layers.Dot(axes=1, normalize=False)([u, i])
item_bias = layers.Flatten()(layers.Embedding(n_items, 1, embeddings_initializer='zeros')(item_id))
score = layers.Activation('sigmoid', name='score')(layers.Add()([layers.Rescaling(5.)(similarity), item_bias]))
model = Model([user_id, age, item_id, item_genres], score)
model.compile(optimizer=tf.keras.optimizers.Adagrad(0.1), loss='binary_crossentropy',
              metrics=[tf.keras.metrics.BinaryAccuracy(), tf.keras.metrics.AUC(num_thresholds=50), tf.keras.metrics.Precision(), tf.keras.metrics.Recall()])
model.summary(line_length=110)

ages = np.random.rand(n_users)
features = {'user_id': users[:, None], 'age': ages[users][:, None].astype('float32'),
            'item_id': items[:, None], 'genres': genres[items]}
train = tf.data.Dataset.from_tensor_slices((features, liked)).take(640).shuffle(640, seed=1, reshuffle_each_iteration=True).batch(64)
test = tf.data.Dataset.from_tensor_slices((features, liked)).skip(640).batch(64)
model.fit(train, epochs=4, validation_data=test, verbose=2)

# retrieval: the towers alone
user_tower = Model([user_id, age], model.get_layer('user_vector').output)
item_tower = Model([item_id, item_genres], model.get_layer('item_vector').output)
all_items = item_tower.predict([np.arange(n_items)[:, None], genres], verbose=0)
query = user_tower.predict({'user_id': np.array([[3], [7]]), 'age': ages[[3, 7], None]}, verbose=0)
scores = query @ all_items.T
values, indices = tf.math.top_k(scores, k=3)
print(np.round(values, 3), indices.shape, np.linalg.norm(all_items, axis=1).round(4)[:3])
cosine = layers.Dot(axes=1, normalize=True)([tf.constant(query), tf.constant(all_items[:2])])
print(np.round(cosine.numpy(), 4).ravel())
