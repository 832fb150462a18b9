import numpy as np
from tensorflow import keras
from tensorflow.keras.layers import (
    Average,
    Concatenate,
    Conv1D,
    Dense,
    Dot,
    Dropout,
    GlobalAveragePooling1D,
    Input,
    Maximum,
    Multiply,
    Subtract,
    UnitNormalization,
    UpSampling1D,
    ZeroPadding1D,
)
from tensorflow.keras.models import Model

keras.utils.set_random_seed(5)
rng = np.random.default_rng(5)

STEPS, CHANNELS = 12, 3
prototypes = rng.normal(size=(4, STEPS, CHANNELS))


def pairs(n):
    kinds = rng.integers(0, 4, size=(n, 2))
    same = rng.random(n) < 0.5
    kinds[same, 1] = kinds[same, 0]
    left, right = (prototypes[kinds[:, i]] + rng.normal(0, 0.3, (n, STEPS, CHANNELS)) for i in range(2))
    return [left.astype("float32"), right.astype("float32")], (kinds[:, 0] == kinds[:, 1]).astype("float32")


def build_tower():
    x_in = Input((STEPS, CHANNELS))
    x = ZeroPadding1D((2, 0))(x_in)
    x = Conv1D(8, 3, activation="relu")(x)
    x = UpSampling1D(2)(x)
    x = Conv1D(8, 4, strides=2, padding="same", activation="relu")(x)
    x = GlobalAveragePooling1D()(x)
    x = Dense(6)(x)
    return Model(x_in, UnitNormalization()(x), name="tower")


left, right = Input((STEPS, CHANNELS), name="left"), Input((STEPS, CHANNELS), name="right")
tower = build_tower()
a, b = tower(left), tower(right)

difference = keras.ops.abs(Subtract()([a, b]))
cosine = Dot(axes=1, normalize=True)([a, b])
merged = Concatenate()([difference, Multiply()([a, b]), Average()([a, b]), Maximum()([a, b]), cosine])
hidden = Dropout(0.1, seed=9)(Dense(16, activation="relu")(merged))
model = Model([left, right], Dense(1, activation="sigmoid")(hidden))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])

x_train, y_train = pairs(256)
x_test, y_test = pairs(64)
history = model.fit(x_train, y_train, epochs=4, batch_size=32, verbose=0, validation_data=(x_test, y_test))
for key in history.history:
    print(key, [round(value, 4) for value in history.history[key]])

model.save("siamese.keras")
restored = keras.models.load_model("siamese.keras")
print("restored", np.allclose(restored.predict(x_test, verbose=0), model.predict(x_test, verbose=0), atol=1e-6))
print([type(layer).__name__ for layer in restored.layers])
