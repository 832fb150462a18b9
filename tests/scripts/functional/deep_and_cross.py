#!/usr/bin/env python
# coding: utf-8

# In[1]:
import math
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
keras.utils.set_random_seed(2)

# In[2]: a table as a dict of columns
n = 600
columns = {
    "area": np.random.randint(0, 4, n), "soil": np.random.randint(0, 12, n),
    "elevation": np.random.randn(n).astype("float32"), "slope": np.random.randn(n).astype("float32"),
    "shade": np.random.rand(n).astype("float32"),
}
target = ((columns["area"] + columns["soil"] % 3 + (columns["elevation"] * columns["slope"] > 0)) % 3).astype("int64")
NUMERIC = ["elevation", "slope", "shade"]
CATEGORICAL = {"area": 4, "soil": 12}


# In[3]:
class CrossLayer(layers.Layer):
    """x_{l+1} = x_0 * (W x_l + b) + x_l"""

    def build(self, input_shape):
        d = input_shape[0][-1]
        self.w = self.add_weight(name="w", shape=(d, d), initializer="glorot_uniform", regularizer="l2")
        self.b = self.add_weight(name="b", shape=(d,), initializer="zeros")

    def call(self, inputs):
        x0, x = inputs
        return x0 * (tf.linalg.matmul(x, self.w) + self.b) + x

    def compute_output_shape(self, input_shape):
        return input_shape[1]


def create_model_inputs():
    return {name: layers.Input(name=name, shape=(), dtype=tf.float32 if name in NUMERIC else tf.int64) for name in columns}


def encode_inputs(inputs):
    encoded = []
    for name in inputs:
        if name in CATEGORICAL:
            dims = int(math.sqrt(CATEGORICAL[name])) + 1
            encoded.append(layers.Embedding(CATEGORICAL[name], dims)(inputs[name]))
        else:
            encoded.append(keras.ops.expand_dims(inputs[name], -1))
    return layers.concatenate(encoded)


def create_deep_and_cross_model(hidden_units=(16, 12), dropout_rate=0.1):
    inputs = create_model_inputs()
    x0 = encode_inputs(inputs)
    cross = x0
    for _ in hidden_units:
        cross = CrossLayer()([x0, cross])
    cross = layers.BatchNormalization()(cross)
    deep = x0
    for units in hidden_units:
        deep = layers.Dense(units, use_bias=False)(deep)
        deep = layers.BatchNormalization()(deep)
        deep = layers.ReLU()(deep)
        deep = layers.Dropout(dropout_rate)(deep)
    merged = layers.concatenate([cross, deep])
    outputs = layers.Dense(units=3, activation="softmax")(merged)
    return keras.Model(inputs=inputs, outputs=outputs)


# In[4]:
def dataset(lo, hi, shuffle=False):
    ds = tf.data.Dataset.from_tensor_slices(({k: v[lo:hi] for k, v in columns.items()}, target[lo:hi]))
    if shuffle:
        ds = ds.shuffle(hi - lo, seed=9)
    return ds.batch(50).cache()


model = create_deep_and_cross_model()
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss=keras.losses.SparseCategoricalCrossentropy(),
              metrics=[keras.metrics.SparseCategoricalAccuracy()])
print("Start training the model...")
history = model.fit(dataset(0, 500, shuffle=True), epochs=4, verbose=2)
print("Model training finished")
_, accuracy = model.evaluate(dataset(500, 600), verbose=0)
print(f"Test accuracy: {round(accuracy * 100, 2)}%")

# In[5]:
print({k: round(float(v), 4) for k, v in zip(["loss", "acc"], model.evaluate({k: v[500:] for k, v in columns.items()}, target[500:], verbose=0))})
one = {k: v[:1] for k, v in columns.items()}
print(model.predict(one, verbose=0).round(4), sum(np.prod(w.shape) for w in model.trainable_weights))
