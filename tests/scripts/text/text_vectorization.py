import numpy as np
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.layers import TextVectorization

tf.keras.utils.set_random_seed(81)
rng = np.random.RandomState(81)
good = ["great", "wonderful", "funny", "moving", "superb"]
bad = ["boring", "awful", "slow", "silly", "weak"]
filler = ["The", "movie,", "was", "really", "and", "its", "plot", "<br />", "acting.", "I", "think!"]


def review(words):
    text = [filler[i] for i in rng.randint(0, len(filler), size=rng.randint(5, 15))]
    for i in rng.randint(0, len(text), size=4):
        text[i] = words[rng.randint(len(words))]
    return " ".join(text)


labels = rng.randint(0, 2, size=320)
texts = [review(good if label else bad) for label in labels]
train = tf.data.Dataset.from_tensor_slices((texts[:256], labels[:256])).batch(32)
test = tf.data.Dataset.from_tensor_slices((texts[256:], labels[256:])).batch(32)


def standardize(text):
    text = tf.strings.regex_replace(tf.strings.lower(text), "<br />", " ")
    return tf.strings.regex_replace(text, "[,.!]", "")


vectorize_layer = TextVectorization(max_tokens=20, standardize=standardize, output_mode="int", output_sequence_length=12)
vectorize_layer.adapt(train.map(lambda text, label: text))
vocabulary = vectorize_layer.get_vocabulary()
print(len(vocabulary), vocabulary[:2], vectorize_layer.vocabulary_size())
print(vectorize_layer(["The movie was great", "unheard"]).numpy().tolist())


def vectorize_text(text, label):
    return vectorize_layer(tf.expand_dims(text, -1)), label


train_ints = train.map(vectorize_text).cache().prefetch(tf.data.AUTOTUNE)
test_ints = test.map(vectorize_text)
model = tf.keras.Sequential([
    layers.Embedding(20, 8),
    layers.GlobalAveragePooling1D(),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy", optimizer=tf.keras.optimizers.Adam(0.01), metrics=["accuracy"])
model.fit(train_ints, validation_data=test_ints, epochs=5, verbose=2)
print(model.evaluate(test_ints, verbose=0))

export_model = tf.keras.Sequential([tf.keras.Input(shape=(1,), dtype=tf.string), vectorize_layer, model])
examples = tf.constant([["The plot was superb!"], ["Awful acting, really slow."]])
print(export_model.predict(examples, verbose=0).round(4).tolist())

bigrams = TextVectorization(ngrams=2, output_mode="tf_idf", max_tokens=30)
bigrams.adapt(texts[:64])
print(bigrams(texts[:2]).numpy().sum(axis=1).round(3).tolist())
