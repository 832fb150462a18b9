import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(5)
rng = np.random.RandomState(5)
count = 512
user = np.array([f"user_{i}" for i in rng.zipf(1.4, count) % 3000])
item = rng.randint(0, 10**6, count)
hour = rng.randint(0, 24, count)
device = rng.choice(["phone", "tablet", "desktop"], count)
clicked = ((hour > 17) ^ (device == "phone")).astype("float32")

user_in = keras.Input((1,), dtype=tf.string, name="user")
item_in = keras.Input((1,), dtype="int64", name="item")
hour_in = keras.Input((1,), dtype="int64", name="hour")
device_in = keras.Input((1,), dtype=tf.string, name="device")

user_ids = layers.Hashing(num_bins=64)(user_in)
item_ids = layers.Hashing(num_bins=32, salt=[12, 34])(item_in)
user_vector = layers.Flatten()(layers.Embedding(64, 4)(user_ids))
item_vector = layers.Flatten()(layers.Embedding(32, 4)(item_ids))
device_hot = layers.Hashing(num_bins=5, output_mode="one_hot")(device_in)
crossed = layers.HashedCrossing(num_bins=50, output_mode="one_hot")([hour_in, device_in])

x = layers.concatenate([user_vector, item_vector, device_hot, crossed])
x = layers.Dense(16, activation="relu")(x)
outputs = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model([user_in, item_in, hour_in, device_in], outputs)
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])

features = {"user": user[:, None], "item": item[:, None], "hour": hour[:, None], "device": device[:, None]}
dataset = tf.data.Dataset.from_tensor_slices((features, clicked)).batch(64)
history = model.fit(dataset, epochs=5, verbose=2)
print("losses:", [round(loss, 5) for loss in history.history["loss"]])

hashing = layers.Hashing(num_bins=1000)
print("buckets:", hashing(tf.constant([["apple"], ["pear"], ["größe"], [""]])).numpy().ravel().tolist())
print("masked:", layers.Hashing(10, mask_value="")(tf.constant([["a"], [""]])).numpy().ravel().tolist())
for batch, _ in dataset.take(1):
    ids = layers.Hashing(num_bins=64)(batch["user"])
    print("first:", ids.numpy().ravel()[:12].tolist())
