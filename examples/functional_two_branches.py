"""A functional model with two inputs and two outputs, fed with dicts by name.

    python examples/functional_two_branches.py [--backend tensorflow]

Each sample is an 8×8 digit and its row sums. One output says which digit it is, the other whether it is even.
"""

from backend import keras

from minikeras.datasets import digits

keras.utils.set_random_seed(2)
(x, y), (x_test, y_test) = digits.load_data()


def inputs_of(images):
    images = images.astype("float32") / 16
    return {"image": images[..., None], "rows": images.sum(axis=2)}


def labels_of(digit):
    return {"digit": digit, "even": (digit % 2 == 0).astype("float32")[:, None]}


image = keras.Input((8, 8, 1), name="image")
rows = keras.Input((8,), name="rows")
seen = keras.layers.Conv2D(16, 3, activation="relu")(image)
seen = keras.layers.GlobalMaxPooling2D()(seen)
counted = keras.layers.Dense(16, activation="relu")(rows)
joined = keras.layers.Concatenate()([seen, counted])
joined = keras.layers.Dense(64, activation="relu")(joined)
outputs = {
    "digit": keras.layers.Dense(10, activation="softmax", name="digit")(joined),
    "even": keras.layers.Dense(1, activation="sigmoid", name="even")(joined),
}

model = keras.Model([image, rows], outputs)
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss={"digit": "sparse_categorical_crossentropy", "even": "binary_crossentropy"},
    loss_weights={"digit": 1.0, "even": 0.5},
    metrics={"digit": ["accuracy"], "even": ["accuracy"]},
)
model.summary()
model.fit(inputs_of(x), labels_of(y), epochs=15, verbose=2)
print(model.evaluate(inputs_of(x_test), labels_of(y_test), verbose=0, return_dict=True))
