# SE-ResNet with group normalization, built by classes; trained with mixup from a generator.
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

layers = tf.keras.layers
tf.keras.utils.set_random_seed(47)


@dataclass
class Config:
    filters: tuple = (8, 16)
    blocks: int = 2
    groups: int = 4
    ratio: int = 4
    classes: int = 4


@tf.keras.utils.register_keras_serializable(package='senet')
class SqueezeExcite(layers.Layer):
    def __init__(self, ratio=4, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        channels = input_shape[-1]
        self.squeeze = layers.GlobalAveragePooling2D(keepdims=True)
        self.reduce = layers.Conv2D(channels // self.ratio, 1, activation='swish')
        self.expand = layers.Conv2D(channels, 1, activation='hard_sigmoid')
        self.reduce.build((input_shape[0], 1, 1, channels))
        self.expand.build((input_shape[0], 1, 1, channels // self.ratio))

    def call(self, inputs):
        return inputs * self.expand(self.reduce(self.squeeze(inputs)))

    def get_config(self):
        return {**super().get_config(), 'ratio': self.ratio}


@tf.keras.utils.register_keras_serializable(package='senet')
class StochasticDepth(layers.Layer):
    """Leaves out a branch for whole samples."""

    def __init__(self, drop_prob, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.drop_prob, self.seed = drop_prob, seed
        self.generator = tf.keras.random.SeedGenerator(seed)

    def call(self, inputs, training=None):
        branch, shortcut = inputs
        if training:
            keep = 1 - self.drop_prob
            noise = tf.keras.random.uniform((tf.shape(branch)[0], 1, 1, 1), seed=self.generator)
            branch = branch / keep * tf.floor(keep + noise)
        return branch + shortcut

    def get_config(self):
        return super().get_config() | {'drop_prob': self.drop_prob, 'seed': self.seed}


def residual(x, filters, stride, config, seed):
    shortcut = x
    if stride > 1 or x.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, stride, use_bias=False)(x)
    h = layers.GroupNormalization(config.groups)(x)
    h = layers.Conv2D(filters, 3, stride, 'same', use_bias=False)(layers.Activation('swish')(h))
    h = layers.GroupNormalization(config.groups)(h)
    h = layers.Conv2D(filters, 3, padding='same', use_bias=False)(layers.Activation('swish')(h))
    return StochasticDepth(.1, seed)([SqueezeExcite(config.ratio)(h), shortcut])


def build(config=Config()):
    inputs = layers.Input((12, 12, 3))
    x = layers.Conv2D(config.filters[0], 3, padding='same', use_bias=False)(inputs)
    for stage, filters in enumerate(config.filters):
        for block in range(config.blocks):
            x = residual(x, filters, 2 if stage and not block else 1, config, seed=10 * stage + block)
    x = layers.GlobalMaxPooling2D()(layers.Activation('swish')(layers.GroupNormalization(-1)(x)))
    return tf.keras.Model(inputs, layers.Dense(config.classes, dtype='float32')(x))


rng = np.random.default_rng(47)
labels = rng.integers(0, 4, 160)
x = rng.normal(size=(160, 12, 12, 3)).astype('float32') * .5
for image, label in zip(x, labels):
    image[:, ::label + 2] += 1


def mixup(batch, epochs):
    for _ in range(epochs * (128 // batch)):
        a, b = rng.integers(0, 128, (2, batch))
        lam = rng.beta(.4, .4, batch)
        yield (x[a] * lam[:, None, None, None] + x[b] * (1 - lam)[:, None, None, None]).astype('float32'), \
            (np.eye(4)[labels[a]] * lam[:, None] + np.eye(4)[labels[b]] * (1 - lam)[:, None]).astype('float32')


model = build()
model.compile(tf.keras.optimizers.Lion(5e-4), tf.keras.losses.CategoricalFocalCrossentropy(from_logits=True),
              metrics=[tf.keras.metrics.CategoricalAccuracy('accuracy')])
model.fit(mixup(16, 3), steps_per_epoch=8, epochs=3, verbose=2,
          validation_data=(x[128:], np.eye(4)[labels[128:]]))
model.save('senet.keras')
again = tf.keras.models.load_model('senet.keras')
print(np.abs(again.predict(x[:4], verbose=0) - model.predict(x[:4], verbose=0)).max() < 1e-6, model.count_params())
print([l.ratio for l in again.layers if isinstance(l, SqueezeExcite)], np.round(tf.nn.softmax(again(x[:2])), 3))
