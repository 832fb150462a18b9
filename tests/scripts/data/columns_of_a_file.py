import csv

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(17)
rng = np.random.RandomState(17)
COLUMNS = ["age", "city", "plan", "minutes", "share", "left"]
CITIES = ["Bern", "Kyoto", "Lima", "Oslo", "Porto", "Quito"]
CONTINENTS = {"Bern": 0, "Kyoto": 1, "Lima": 2, "Oslo": 0, "Porto": 0, "Quito": 2}
PLANS = ["small", "large", "?"]
with open("customers.csv", "w", newline="") as file:
    writer = csv.writer(file, delimiter=";")
    for _ in range(300):
        age, minutes = rng.randint(18, 80), rng.randint(0, 900)
        city, plan = CITIES[rng.randint(6)], PLANS[rng.randint(3)]
        left = "yes" if minutes < 200 + 3 * age and plan != "large" else "no"
        writer.writerow([age, city, plan, minutes, round(rng.rand() + 0.5, 2), left])

answers = layers.StringLookup(vocabulary=["no", "yes"], mask_token=None, num_oov_indices=0)
table = tf.lookup.StaticHashTable(
    tf.lookup.KeyValueTensorInitializer(list(CONTINENTS), list(CONTINENTS.values())), default_value=-1
)


def prepare(row, left):
    weight = row.pop("share")
    return dict(row), answers(left), weight


def read(shuffle=False):
    batches = tf.data.experimental.make_csv_dataset(
        "customers.csv",
        batch_size=50,
        column_names=COLUMNS,
        column_defaults=[[0.0], ["none"], ["none"], [0.0], [1.0], ["no"]],
        label_name="left",
        header=False,
        field_delim=";",
        na_value="?",
        num_epochs=1,
        shuffle=shuffle,
    )
    return batches.map(prepare).apply(tf.data.experimental.assert_cardinality(6)).cache()


class Continents(layers.Layer):
    """One embedding for each continent of a city."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.embedding = layers.Embedding(3, width)

    def call(self, cities):
        return self.embedding(table.lookup(cities))


class Gated(layers.Layer):
    """A residual block whose new part is let in by a gate."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(units, activation="elu")
        self.new = layers.Dense(units)
        self.gate = layers.Dense(units, activation="sigmoid")
        self.normalization = layers.LayerNormalization()

    def call(self, inputs):
        x = self.hidden(inputs)
        return self.normalization(inputs + self.new(x) * self.gate(x))


inputs = {
    "age": keras.Input((), name="age"),
    "minutes": keras.Input((), name="minutes"),
    "city": keras.Input((), dtype="string", name="city"),
    "plan": keras.Input((), dtype="string", name="plan"),
}
plan = layers.StringLookup(vocabulary=["small", "large", "none"], num_oov_indices=0, mask_token=None)(inputs["plan"])
parts = [
    ops.expand_dims(inputs["age"], -1) / 50 - 1,
    ops.expand_dims(inputs["minutes"], -1) / 450 - 1,
    Continents(3)(inputs["city"]),
    layers.Embedding(3, 3)(plan),
]
x = layers.Dense(8)(layers.concatenate(parts))
for _ in range(2):
    x = Gated(8)(x)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
model.compile(
    keras.optimizers.AdamW(0.01, weight_decay=1e-4),
    "binary_crossentropy",
    weighted_metrics=["accuracy"],
)
for row, label, weight in read().take(1):
    print(sorted((name, values.dtype.name, values.shape) for name, values in row.items()), label.shape, weight.shape)
    print(row["plan"][:6].numpy().tolist(), label[:6].numpy().tolist())
history = model.fit(read(), epochs=4, validation_data=read(), verbose=0)
for name, values in history.history.items():
    print(name, [round(value, 4) for value in values])
print("parameters:", model.count_params(), [weight.path.split("/")[-2:] for weight in model.weights][:4])
print("of unknown cities:", table.lookup(tf.constant(["Rome", "Lima"])).numpy().tolist(), int(table.size()))
