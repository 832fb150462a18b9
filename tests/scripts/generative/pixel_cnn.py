import numpy as np
import keras
from keras import layers
from keras import ops

keras.utils.set_random_seed(18)
n_residual_blocks = 2
# diagonal stripes with a little noise
rows, columns = np.mgrid[:8, :8]
data = ((rows + columns + np.random.randint(0, 4, (160, 1, 1))) % 4 < 2).astype(float)
data = np.abs(data - (np.random.rand(160, 8, 8) < 0.03))[..., None]


class PixelConvLayer(layers.Layer):
    """A convolution whose kernel is zero below and to the right of the middle."""

    def __init__(self, mask_type, **kwargs):
        super().__init__()
        self.mask_type = mask_type
        self.conv = layers.Conv2D(**kwargs)

    def build(self, input_shape):
        self.conv.build(input_shape)
        kernel_shape = ops.shape(self.conv.kernel)
        self.mask = np.zeros(shape=kernel_shape)
        self.mask[: kernel_shape[0] // 2, ...] = 1.0
        self.mask[kernel_shape[0] // 2, : kernel_shape[1] // 2, ...] = 1.0
        if self.mask_type == "B":
            self.mask[kernel_shape[0] // 2, kernel_shape[1] // 2, ...] = 1.0

    def call(self, inputs):
        self.conv.kernel.assign(self.conv.kernel * self.mask)
        return self.conv(inputs)


class MaskedConv2D(layers.Conv2D):
    """The same as a subclass, whose kernel is masked where it is used."""

    def __init__(self, *args, mask_type="B", **kwargs):
        super().__init__(*args, **kwargs)
        self.mask_type = mask_type

    def build(self, input_shape):
        super().build(input_shape)
        mask = np.ones(self.kernel.shape, "float32")
        middle = self.kernel_size[0] // 2, self.kernel_size[1] // 2
        mask[middle[0], middle[1] + (self.mask_type == "B"):] = 0
        mask[middle[0] + 1:] = 0
        self.mask = ops.convert_to_tensor(mask)

    def call(self, inputs):
        y = ops.conv(inputs, self.kernel * self.mask, strides=list(self.strides), padding=self.padding)
        return self.activation(y + self.bias) if self.activation is not None else y + self.bias

    def get_config(self):
        return {**super().get_config(), "mask_type": self.mask_type}


class ResidualBlock(layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = layers.Conv2D(filters=filters, kernel_size=1, activation="relu")
        self.pixel_conv = PixelConvLayer(
            mask_type="B", filters=filters // 2, kernel_size=3, activation="relu", padding="same")
        self.conv2 = layers.Conv2D(filters=filters, kernel_size=1, activation="relu")

    def call(self, inputs):
        x = self.conv1(inputs)
        x = self.pixel_conv(x)
        x = self.conv2(x)
        return layers.add([inputs, x])


inputs = keras.Input(shape=(8, 8, 1), batch_size=16)
x = PixelConvLayer(mask_type="A", filters=12, kernel_size=5, activation="relu", padding="same")(inputs)
for _ in range(n_residual_blocks):
    x = ResidualBlock(filters=12)(x)
x = PixelConvLayer(mask_type="B", filters=12, kernel_size=1, strides=1, activation="relu", padding="valid")(x)
out = keras.layers.Conv2D(filters=1, kernel_size=1, strides=1, activation="sigmoid", padding="valid")(x)
pixel_cnn = keras.Model(inputs, out)
pixel_cnn.compile(optimizer=keras.optimizers.RMSprop(learning_rate=0.002), loss="binary_crossentropy")
pixel_cnn.summary()
pixel_cnn.fit(x=data[:128], y=data[:128], batch_size=16, epochs=2, validation_data=(data[128:], data[128:]), verbose=2)

i = keras.Input((8, 8, 1))
h = MaskedConv2D(8, 3, padding="same", activation="relu", mask_type="A")(i)
h = MaskedConv2D(8, 3, padding="same", activation="relu")(h)
second = keras.Model(i, MaskedConv2D(1, 3, padding="same", activation="sigmoid")(h))
second.compile("adam", "binary_crossentropy")
second.fit(data, data, batch_size=32, epochs=2, verbose=2)

# fill in the lower half row by row, always with the likelier value
pixels = data[:16].copy()
pixels[:, 5:] = 0
for row in range(5, 7):
    for col in range(8):
        probs = pixel_cnn.predict(pixels, verbose=0)[:, row, col, :]
        pixels[:, row, col, :] = probs > 0.5
print("probabilities of the last pixel", probs[:6, 0].round(3))
changed = data[:1].copy()
changed[0, 4, 4] = 1 - changed[0, 4, 4]
difference = np.abs(second.predict(changed, verbose=0) - second.predict(data[:1], verbose=0))[0, ..., 0] > 1e-7
print("first affected pixel", int(np.argmax(difference.ravel())))
