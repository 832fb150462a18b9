import keras
import numpy as np
import tensorflow as tf
from keras.utils import FeatureSpace

keras.utils.set_random_seed(21)
rng = np.random.RandomState(21)
count = 256
columns = {
    "sex": rng.randint(0, 2, count),
    "cp": rng.randint(0, 5, count),
    "fbs": rng.randint(0, 2, count),
    "thal": rng.choice(["fixed", "normal", "reversible"], count),
    "age": rng.randint(29, 77, count).astype("float32"),
    "trestbps": rng.normal(130, 17, count).astype("float32"),
    "chol": rng.normal(246, 50, count).astype("float32"),
    "oldpeak": rng.gamma(1.0, 1.0, count).astype("float32"),
}
risk = 0.06 * (columns["age"] - 54) + (columns["cp"] > 3) + 1.5 * (columns["thal"] == "reversible")
target = (risk + rng.normal(0, 0.5, count) > 0.7).astype("int64")


def as_dataset(rows):
    return tf.data.Dataset.from_tensor_slices(({k: v[rows] for k, v in columns.items()}, target[rows]))


train_ds = as_dataset(slice(0, 200)).batch(32)
val_ds = as_dataset(slice(200, None)).batch(32)

feature_space = FeatureSpace(
    features={
        "sex": "integer_categorical",
        "cp": "integer_categorical",
        "fbs": FeatureSpace.integer_categorical(num_oov_indices=0),
        "thal": "string_categorical",
        "age": FeatureSpace.float_discretized(num_bins=8),
        "trestbps": "float_normalized",
        "chol": "float_normalized",
        "oldpeak": FeatureSpace.float_rescaled(scale=0.5),
    },
    crosses=[
        FeatureSpace.cross(feature_names=("sex", "age"), crossing_dim=16),
        FeatureSpace.cross(feature_names=("thal", "cp"), crossing_dim=16),
    ],
    output_mode="concat",
)
feature_space.adapt(train_ds.map(lambda x, _: x))
for x, _ in train_ds.take(1):
    preprocessed_x = feature_space(x)
    print("shape:", preprocessed_x.shape, "dtype:", preprocessed_x.dtype)
    print("sums:", preprocessed_x.numpy().sum(0).round(3).tolist())

preprocessed_train_ds = train_ds.map(lambda x, y: (feature_space(x), y)).prefetch(tf.data.AUTOTUNE)
preprocessed_val_ds = val_ds.map(lambda x, y: (feature_space(x), y)).prefetch(tf.data.AUTOTUNE)

dict_inputs = feature_space.get_inputs()
encoded_features = feature_space.get_encoded_features()
x = keras.layers.Dense(32, activation="relu")(encoded_features)
x = keras.layers.Dropout(0.5)(x)
predictions = keras.layers.Dense(1, activation="sigmoid")(x)

training_model = keras.Model(inputs=encoded_features, outputs=predictions)
training_model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
training_model.fit(preprocessed_train_ds, epochs=4, validation_data=preprocessed_val_ds, verbose=2)

inference_model = keras.Model(inputs=dict_inputs, outputs=predictions)
sample = {
    "sex": 1, "cp": 1, "fbs": 1, "thal": "fixed", "age": 60.0, "trestbps": 145.0, "chol": 233.0, "oldpeak": 2.3,
}
input_dict = {name: tf.convert_to_tensor([[value]]) for name, value in sorted(sample.items())}
print("probability:", inference_model(input_dict).numpy().round(4).tolist())

feature_space.save("heart_features.keras")
reloaded = keras.models.load_model("heart_features.keras")
print("same:", bool(np.all(reloaded(sample) == feature_space(sample))))
