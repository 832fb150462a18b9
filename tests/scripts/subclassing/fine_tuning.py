"""Fine-tuning in a subclassed model whose base always runs in inference: gamma and beta learn, the statistics stay."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import Model, Sequential, layers

tf.keras.utils.set_random_seed(11)
rng = np.random.default_rng(11)
y = rng.integers(0, 3, 60)
x = rng.normal(size=(60, 16, 16, 3)).astype("float32")
x[np.arange(60), :, :, y] += 0.5


def make_base():
    """Convolution, depthwise convolution and a linear projection with a shortcut, each normalized."""
    inputs = tf.keras.Input((16, 16, 3))
    h = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(inputs)
    h = layers.BatchNormalization(momentum=0.5, name="stem_bn")(h)
    shortcut = layers.ReLU(6.0)(h)
    h = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(shortcut)
    h = layers.BatchNormalization(momentum=0.5, name="depthwise_bn")(h)
    h = layers.ReLU(6.0)(h)
    h = layers.Conv2D(8, 1, use_bias=False)(h)
    h = layers.BatchNormalization(momentum=0.5, name="project_bn")(h)
    return Model(inputs, layers.Add()([shortcut, h]), name="base")


class Classifier(Model):
    def __init__(self, base):
        super().__init__()
        self.augmentation = Sequential([layers.RandomFlip("horizontal", seed=1), layers.RandomContrast(0.1, seed=2)])
        self.base = base
        self.pool = layers.GlobalAveragePooling2D()
        self.dropout = layers.Dropout(0.25, seed=3)
        self.head = layers.Dense(3)

    def call(self, inputs, training=None):
        h = self.augmentation(inputs, training=training)
        h = self.base(h, training=False)
        return self.head(self.dropout(self.pool(h), training=training))


base = make_base()
pretraining = Sequential([base, layers.Flatten(), layers.Dense(2)])
pretraining.compile(tf.keras.optimizers.SGD(0.05), tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
pretraining.fit(x, (x[:, :8].mean(axis=(1, 2, 3)) > x[:, 8:].mean(axis=(1, 2, 3))).astype(int), epochs=3, verbose=2)

model = Classifier(base)
loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
base.trainable = False
model.compile(tf.keras.optimizers.Adam(0.02), loss, metrics=["accuracy"])
model.fit(x, y, batch_size=12, epochs=2, verbose=2)
print("trainable:", len(model.trainable_weights))

before = {weight.path: weight.numpy() for weight in base.weights}
base.trainable = True
model.compile(tf.keras.optimizers.RMSprop(1e-3), loss, metrics=["accuracy"])
model.fit(x, y, batch_size=12, epochs=3, validation_split=0.2, verbose=2)
print("trainable:", len(model.trainable_weights))
changed = {weight.path for weight in base.weights if not np.array_equal(before[weight.path], weight.numpy())}
moved = {path for path in changed if "moving" in path}
print("statistics that moved:", len(moved), "weights that learned:", len(changed - moved))
print("projection's gamma:", np.round(base.get_layer("project_bn").gamma.numpy(), 3))
