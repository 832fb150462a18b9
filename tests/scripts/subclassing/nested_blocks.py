import numpy as np
import tensorflow as tf
from tensorflow.keras import layers


class ConvBlock(layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.bn = layers.BatchNormalization()
        self.drop = layers.Dropout(0.1)

    def call(self, x, training=False):
        x = tf.nn.relu(self.bn(self.conv(x), training=training))
        return self.drop(x, training=training)


class Classifier(tf.keras.Model):
    def __init__(self, n_classes, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [ConvBlock(f) for f in (4, 8)]
        self.pools = [layers.MaxPool2D(), layers.AvgPool2D(2)]
        self.head = tf.keras.Sequential([layers.Flatten(), layers.Dense(n_classes)])

    def call(self, x, training=False):
        for block, pool in zip(self.blocks, self.pools):
            x = pool(block(x, training=training))
        return tf.nn.softmax(self.head(x))


tf.keras.utils.set_random_seed(99)
x = np.random.rand(80, 8, 8, 1).astype("float32")
y = np.random.randint(0, 3, 80)
model = Classifier(3)
model.compile(optimizer="adam", loss=tf.keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
model.fit(x, y, epochs=3, batch_size=16, verbose=2)
print("parameters:", model.count_params(), [layer.name for layer in model.layers])
print("variables:", len(model.weights), "trainable:", len(model.trainable_variables))
print("prediction:", model.predict(x[:2], verbose=0))
print("moving mean:", model.blocks[0].bn.moving_mean.numpy().round(4))
