import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(82)
rng = np.random.RandomState(82)
count = 256
data = {
    "Age": rng.randint(1, 60, size=count),
    "Fee": rng.gamma(2.0, 40.0, size=count).astype("float32"),
    "Type": rng.choice(["Cat", "Dog", "Rabbit"], size=count, p=[0.5, 0.4, 0.1]),
    "Color": rng.choice(["Black", "Brown", "White", "Golden"], size=count),
}
target = ((data["Age"] < 24) ^ (data["Type"] == "Dog")).astype("float32")


def to_dataset(rows, shuffle=False, batch_size=32):
    parts = {name: column[rows][:, np.newaxis] for name, column in data.items()}
    dataset = tf.data.Dataset.from_tensor_slices((parts, target[rows]))
    return dataset.batch(batch_size).prefetch(2)


train, test = to_dataset(slice(0, 192)), to_dataset(slice(192, None))


def get_normalization_layer(name, dataset):
    normalizer = tf.keras.layers.Normalization(axis=None)
    normalizer.adapt(dataset.map(lambda x, y: x[name]))
    return normalizer


def get_category_encoding_layer(name, dataset, dtype, max_tokens=None):
    if dtype == "string":
        index = tf.keras.layers.StringLookup(max_tokens=max_tokens)
    else:
        index = tf.keras.layers.IntegerLookup(max_tokens=max_tokens)
    index.adapt(dataset.map(lambda x, y: x[name]))
    print(name, index.vocabulary_size(), sorted(map(str, index.get_vocabulary())))
    encoder = tf.keras.layers.CategoryEncoding(num_tokens=index.vocabulary_size())
    return lambda feature: encoder(index(feature))


all_inputs, encoded_features = {}, []
for name in ["Fee"]:
    column = tf.keras.Input(shape=(1,), name=name)
    layer = get_normalization_layer(name, train)
    print(name, layer.mean.numpy().round(3), layer.variance.numpy().round(1))
    all_inputs[name] = column
    encoded_features.append(layer(column))
age = tf.keras.Input(shape=(1,), name="Age", dtype="int64")
all_inputs["Age"] = age
encoded_features.append(get_category_encoding_layer("Age", train, "int64", max_tokens=12)(age))
bins = tf.keras.layers.Discretization(num_bins=5, output_mode="one_hot")
bins.adapt(data["Age"][:192])
print([round(boundary, 3) for boundary in bins.bin_boundaries])
encoded_features.append(bins(age))
for name in ["Type", "Color"]:
    column = tf.keras.Input(shape=(1,), name=name, dtype="string")
    all_inputs[name] = column
    encoded_features.append(get_category_encoding_layer(name, train, "string", max_tokens=4)(column))

features = tf.keras.layers.concatenate(encoded_features)
x = tf.keras.layers.Dense(16, activation="relu")(features)
output = tf.keras.layers.Dense(1)(x)
model = tf.keras.Model(all_inputs, output)
model.compile(optimizer=tf.keras.optimizers.Adam(0.01), loss=tf.keras.losses.BinaryCrossentropy(from_logits=True),
              metrics=["accuracy"])
model.fit(train, epochs=6, validation_data=test, verbose=2)
print(model.evaluate(test, verbose=0))
model.save("my_pet_classifier.keras")
reloaded = tf.keras.models.load_model("my_pet_classifier.keras")
sample = {"Age": 6, "Fee": 100.0, "Type": "Cat", "Color": "Golden"}
input_dict = {name: tf.convert_to_tensor([[value]]) for name, value in sample.items()}
print(tf.nn.sigmoid(reloaded.predict(input_dict, verbose=0)).numpy().round(4))
