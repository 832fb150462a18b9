import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

SEED = 82
tf.keras.utils.set_random_seed(SEED)
text = ("the wide road shimmered in the hot sun the road was long and the sun was hot "
        "a cold moon hung over a cold sea and the sea was dark and wide")
tokens = text.split()
vocab = {word: i + 1 for i, word in enumerate(dict.fromkeys(tokens))}
ids = [vocab[t] for t in tokens]
rng = np.random.RandomState(SEED)

targets, contexts, labels = [], [], []
for i, target in enumerate(ids):
    for j in range(max(0, i - 2), min(len(ids), i + 3)):
        if i != j:
            negatives = rng.choice([v for v in vocab.values() if v != ids[j]], size=3, replace=False)
            targets.append(target)
            contexts.append(np.concatenate([[ids[j]], negatives]))
            labels.append([1, 0, 0, 0])
dataset = tf.data.Dataset.from_tensor_slices(((np.array(targets), np.array(contexts)), np.array(labels)))
dataset = dataset.shuffle(200, seed=SEED).batch(16, drop_remainder=True).cache().prefetch(tf.data.AUTOTUNE)


class Word2Vec(tf.keras.Model):
    def __init__(self, vocab_size, embedding_dim):
        super().__init__()
        self.target_embedding = layers.Embedding(vocab_size, embedding_dim, name="w2v_embedding")
        self.context_embedding = layers.Embedding(vocab_size, embedding_dim)

    def call(self, pair):
        target, context = pair
        word_emb = self.target_embedding(target)
        context_emb = self.context_embedding(context)
        return tf.einsum('be,bce->bc', word_emb, context_emb)


word2vec = Word2Vec(len(vocab) + 1, 8)
word2vec.compile(optimizer='adam', loss=tf.keras.losses.CategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
history = word2vec.fit(dataset, epochs=4, verbose=2)
weights = word2vec.get_layer('w2v_embedding').get_weights()[0]
normed = tf.math.l2_normalize(weights, axis=1)
similarity = tf.linalg.matmul(normed, normed, transpose_b=True)
values, nearest = tf.math.top_k(similarity[vocab['sun']], k=3)
print(values.numpy().round(4), nearest.numpy())
