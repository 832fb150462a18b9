from tensorflow import keras, nn, transpose
from tensorflow.keras import layers, Model, Sequential
import numpy as np

keras.utils.set_random_seed(19)


class MlpBlock(layers.Layer):
    def __init__(self, dim, hidden_dim, activation=None, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.dense1 = layers.Dense(hidden_dim, activation=activation or nn.gelu)
        self.dense2 = layers.Dense(dim, use_bias=use_bias)

    def call(self, x):
        return self.dense2(self.dense1(x))


class MixerBlock(layers.Layer):
    def __init__(self, num_patches, channel_dim, token_mixer_hidden_dim, channel_mixer_hidden_dim, **kwargs):
        super().__init__(**kwargs)
        self.norm1 = layers.LayerNormalization(axis=-1)
        self.permute1 = layers.Permute((2, 1))
        self.token_mixer = MlpBlock(num_patches, token_mixer_hidden_dim, use_bias=False, name='token_mixer')
        self.permute2 = layers.Permute((2, 1))
        self.norm2 = layers.LayerNormalization(axis=-1)
        self.channel_mixer = MlpBlock(channel_dim, channel_mixer_hidden_dim, name='channel_mixer')
        self.skip1 = layers.Add()
        self.skip2 = layers.Add()

    def call(self, x):
        skip_x = x
        x = self.norm1(x)
        x = self.permute2(self.token_mixer(self.permute1(x)))
        x = self.skip1([x, skip_x])
        skip_x = x
        x = self.channel_mixer(self.norm2(x))
        return self.skip2([x, skip_x])


def MlpMixer(input_shape, num_classes, num_blocks, patch_size, hidden_dim):
    num_patches = (input_shape[0] // patch_size) * (input_shape[1] // patch_size)
    inputs = keras.Input(input_shape)
    x = layers.Conv2D(hidden_dim, kernel_size=patch_size, strides=patch_size, padding='valid', name='projector')(inputs)
    x = layers.Reshape([num_patches, hidden_dim])(x)
    for _ in range(num_blocks):
        x = MixerBlock(num_patches, hidden_dim, 16, 32)(x)
    x = layers.LayerNormalization()(x)
    x = layers.GlobalAveragePooling1D()(x)
    return Model(inputs, layers.Dense(num_classes, activation='softmax')(x))


angles = np.random.randint(0, 3, 240)
rows, columns = np.mgrid[:12, :12]
directions = np.stack([rows, columns, rows + columns])[angles]
images = np.sin(directions * 1.3 + np.random.rand(240, 1, 1) * 6)[..., None] + 0.3 * np.random.randn(240, 12, 12, 1)
one_hot = keras.utils.to_categorical(angles)

model = MlpMixer((12, 12, 1), 3, 2, 3, 20)
model.compile(keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True), keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
              metrics=['accuracy', keras.metrics.AUC(name='auc')])
model.fit(images, one_hot, validation_split=0.2, epochs=4, batch_size=24, verbose=2)
for layer in model.layers:
    print(layer.name, layer.count_params())
predictions = model.predict(images[:6], verbose=0)
print(np.round(predictions, 3), transpose(predictions).shape)
report = model.evaluate(images[192:], one_hot[192:], return_dict=True, verbose=0)
print({k: round(v, 4) for k, v in report.items()})
