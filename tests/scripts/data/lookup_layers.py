import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(9)
rng = np.random.RandomState(9)
genres = ["action", "comedy", "drama", "horror", "western"]
tags = np.array([[rng.choice(genres), rng.choice(genres), rng.choice(genres)] for _ in range(240)])
years = rng.randint(1950, 2020, 240)
price = rng.gamma(3.0, 4.0, 240).astype("float32")
score = (np.mean(tags == "drama", axis=1) + (years > 1990) * 0.5 + price / 50).astype("float32")

multi_hot = tf.keras.layers.StringLookup(output_mode="multi_hot", num_oov_indices=2)
multi_hot.adapt(tags)
tf_idf = tf.keras.layers.StringLookup(output_mode="tf_idf")
tf_idf.adapt(tf.data.Dataset.from_tensor_slices(tags).batch(40))
print("vocabulary:", sorted(multi_hot.get_vocabulary()))
print("unknown:", multi_hot(tf.constant([["opera", "drama", "ballet"]])).numpy().tolist())
print("tf_idf:", tf_idf(tf.constant([["drama", "drama", "x"]])).numpy().round(4).tolist())

year_lookup = tf.keras.layers.IntegerLookup(max_tokens=20, output_mode="one_hot")
year_lookup.adapt(years)
back = tf.keras.layers.IntegerLookup(vocabulary=year_lookup.get_vocabulary(), oov_token=-1, invert=True)
print("years:", back(tf.constant([1, 2, 3])).numpy().tolist())
bins = tf.keras.layers.Discretization(num_bins=6, output_mode="one_hot")
bins.adapt(price)
print("bins:", np.round(bins.bin_boundaries, 3).tolist())

inputs = {
    "tags": tf.keras.Input((3,), dtype="string"),
    "year": tf.keras.Input((1,), dtype="int64"),
    "price": tf.keras.Input((1,)),
}
x = tf.keras.layers.Concatenate()([multi_hot(inputs["tags"]), year_lookup(inputs["year"]), bins(inputs["price"])])
x = tf.keras.layers.Dense(16, activation="relu")(x)
model = tf.keras.Model(inputs, tf.keras.layers.Dense(1)(x))
model.compile("sgd", "mse", metrics=["mae"])
rows = {"tags": tags, "year": years[:, None], "price": price[:, None]}
train = tf.data.Dataset.from_tensor_slices((rows, score)).batch(32)
model.fit(train, epochs=4, verbose=2)

model.save("lookups.keras")
again = tf.keras.models.load_model("lookups.keras")
one = {
    "tags": tf.constant([["drama", "horror", "?"]]),
    "year": tf.constant([[2001]]),
    "price": tf.constant([[12.5]]),
}
print("loaded:", again(one).numpy().round(4).tolist())
