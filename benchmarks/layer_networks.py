"""Networks of attention, of convolutions over time, a U-Net, and models of one layer, for either library."""

import numpy as np


def encoder(keras):
    """Transformer encoder block, 4 heads × 16, 64 tokens of width 64."""
    layers = keras.layers
    x = inputs = keras.Input((64, 64))
    x = layers.LayerNormalization(epsilon=1e-6)(x + layers.MultiHeadAttention(4, 16)(x, x))
    y = layers.Dense(64)(layers.Dense(128, activation="relu")(x))
    x = layers.LayerNormalization(epsilon=1e-6)(x + y)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


def decoder(keras):
    """Causal decoder, two blocks of width 96, 6 heads, gelu, 64 tokens of a vocabulary of 256."""
    layers = keras.layers
    inputs = keras.Input((64,), dtype="int32")
    x = layers.Embedding(256, 96)(inputs)
    for _ in range(2):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        x = x + layers.MultiHeadAttention(6, 16)(y, y, use_causal_mask=True)
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        x = x + layers.Dense(96)(layers.Dense(384, activation="gelu")(y))
    return keras.Model(inputs, layers.Dense(256, activation="softmax")(x))


def temporal_convolution(keras):
    """Causal, dilated Conv1D with BatchNormalization and pooling, 128 steps of 16 features."""
    layers = keras.layers
    x = inputs = keras.Input((128, 16))
    for dilation in (1, 2, 4):
        x = layers.Conv1D(32, 3, padding="causal", dilation_rate=dilation)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.MaxPooling1D(2)(x)
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv1D(64, 3, padding="causal")(x)))
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


def u_net(keras):
    """U-Net of 32×32 with Conv2DTranspose, UpSampling2D and Concatenate."""
    layers = keras.layers

    def block(x, filters):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        return x

    inputs = keras.Input((32, 32, 3))
    first = block(inputs, 16)
    second = block(layers.MaxPooling2D()(first), 32)
    x = block(layers.MaxPooling2D()(second), 64)
    x = layers.Conv2DTranspose(32, 2, strides=2, padding="same")(x)
    x = block(layers.Concatenate()([x, second]), 32)
    x = layers.UpSampling2D()(x)
    x = block(layers.Concatenate()([x, first]), 16)
    return keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x))


IMAGE, SERIES, ROWS, BOX = (32, 32, 16), (64, 32), (256,), (8, 16, 16, 8)
SINGLE = {  # name: (class, arguments, shapes of its inputs)
    "Dense": ("Dense", {"units": 128}, (ROWS,)),
    "EinsumDense": ("EinsumDense", {"equation": "abc,cd->abd", "output_shape": (64, 64)}, (SERIES,)),
    "Conv1D": ("Conv1D", {"filters": 64, "kernel_size": 3, "padding": "causal"}, (SERIES,)),
    "Conv2D": ("Conv2D", {"filters": 32, "kernel_size": 3, "padding": "same"}, (IMAGE,)),
    "Conv3D": ("Conv3D", {"filters": 16, "kernel_size": 3, "padding": "same"}, (BOX,)),
    "Conv1DTranspose": ("Conv1DTranspose", {"filters": 32, "kernel_size": 3, "strides": 2}, (SERIES,)),
    "Conv2DTranspose": ("Conv2DTranspose", {"filters": 16, "kernel_size": 3, "strides": 2}, ((16, 16, 32),)),
    "Conv3DTranspose": ("Conv3DTranspose", {"filters": 8, "kernel_size": 2, "strides": 2}, ((4, 8, 8, 16),)),
    "DepthwiseConv1D": ("DepthwiseConv1D", {"kernel_size": 3}, (SERIES,)),
    "DepthwiseConv2D": ("DepthwiseConv2D", {"kernel_size": 3}, (IMAGE,)),
    "SeparableConv1D": ("SeparableConv1D", {"filters": 64, "kernel_size": 3}, (SERIES,)),
    "SeparableConv2D": ("SeparableConv2D", {"filters": 32, "kernel_size": 3}, (IMAGE,)),
    "MaxPooling1D": ("MaxPooling1D", {"pool_size": 2}, (SERIES,)),
    "MaxPooling2D": ("MaxPooling2D", {"pool_size": 2}, (IMAGE,)),
    "MaxPooling3D": ("MaxPooling3D", {"pool_size": 2}, (BOX,)),
    "AveragePooling1D": ("AveragePooling1D", {"pool_size": 2}, (SERIES,)),
    "AveragePooling2D": ("AveragePooling2D", {"pool_size": 2}, (IMAGE,)),
    "AveragePooling3D": ("AveragePooling3D", {"pool_size": 2}, (BOX,)),
    "GlobalMaxPooling2D": ("GlobalMaxPooling2D", {}, (IMAGE,)),
    "GlobalAveragePooling2D": ("GlobalAveragePooling2D", {}, (IMAGE,)),
    "AdaptiveMaxPooling2D": ("AdaptiveMaxPooling2D", {"output_size": 5}, (IMAGE,)),
    "AdaptiveAveragePooling2D": ("AdaptiveAveragePooling2D", {"output_size": 5}, (IMAGE,)),
    "BatchNormalization": ("BatchNormalization", {}, (IMAGE,)),
    "BatchNormalization, axis 1": ("BatchNormalization", {"axis": 1}, (IMAGE,)),
    "LayerNormalization": ("LayerNormalization", {}, (SERIES,)),
    "GroupNormalization": ("GroupNormalization", {"groups": 4}, (IMAGE,)),
    "RMSNormalization": ("RMSNormalization", {}, (SERIES,)),
    "UnitNormalization": ("UnitNormalization", {}, (SERIES,)),
    "MultiHeadAttention": ("MultiHeadAttention", {"num_heads": 4, "key_dim": 16}, (SERIES,) * 2),
    "GroupQueryAttention": (
        "GroupQueryAttention",
        {"head_dim": 16, "num_query_heads": 4, "num_key_value_heads": 2},
        (SERIES,) * 2,
    ),
    "Attention": ("Attention", {}, (SERIES,) * 2),
    "AdditiveAttention": ("AdditiveAttention", {}, (SERIES,) * 2),
    "LSTM": ("LSTM", {"units": 32}, (SERIES,)),
    "GRU": ("GRU", {"units": 32}, (SERIES,)),
    "SimpleRNN": ("SimpleRNN", {"units": 32}, (SERIES,)),
    "Dropout": ("Dropout", {"rate": 0.3}, (IMAGE,)),
    "SpatialDropout2D": ("SpatialDropout2D", {"rate": 0.3}, (IMAGE,)),
    "GaussianNoise": ("GaussianNoise", {"stddev": 0.3}, (IMAGE,)),
    "GaussianDropout": ("GaussianDropout", {"rate": 0.3}, (IMAGE,)),
    "AlphaDropout": ("AlphaDropout", {"rate": 0.3}, (IMAGE,)),
    "Add": ("Add", {}, (IMAGE,) * 2),
    "Multiply": ("Multiply", {}, (IMAGE,) * 2),
    "Multiply, broadcast": ("Multiply", {}, (IMAGE, (1, 1, 16))),
    "Average": ("Average", {}, (IMAGE,) * 2),
    "Maximum": ("Maximum", {}, (IMAGE,) * 2),
    "Subtract": ("Subtract", {}, (IMAGE,) * 2),
    "Concatenate": ("Concatenate", {}, (IMAGE,) * 2),
    "Dot": ("Dot", {"axes": 2}, (SERIES,) * 2),
    "ReLU": ("ReLU", {}, (IMAGE,)),
    "LeakyReLU": ("LeakyReLU", {}, (IMAGE,)),
    "PReLU": ("PReLU", {"shared_axes": [1, 2]}, (IMAGE,)),
    "ELU": ("ELU", {}, (IMAGE,)),
    "Softmax": ("Softmax", {}, (SERIES,)),
    "Softmax, axis 1": ("Softmax", {"axis": 1}, (SERIES,)),
    "gelu": ("Activation", {"activation": "gelu"}, (IMAGE,)),
    "Reshape": ("Reshape", {"target_shape": (-1, 16)}, (IMAGE,)),
    "Permute": ("Permute", {"dims": (3, 1, 2)}, (IMAGE,)),
    "RepeatVector": ("RepeatVector", {"n": 8}, (ROWS,)),
    "ZeroPadding2D": ("ZeroPadding2D", {"padding": 1}, (IMAGE,)),
    "Cropping2D": ("Cropping2D", {"cropping": 2}, (IMAGE,)),
    "UpSampling2D": ("UpSampling2D", {"size": 2}, (IMAGE,)),
    "UpSampling2D, bilinear": ("UpSampling2D", {"size": 2, "interpolation": "bilinear"}, (IMAGE,)),
    "UpSampling1D": ("UpSampling1D", {"size": 2}, (SERIES,)),
}
RANDOM = ("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout")


def single(keras, name, start=None):
    """A model of one layer after weights of its inputs' shapes, compiled with SGD and a mean squared error."""

    class Shifted(keras.layers.Layer):
        """x + shift, so that the gradient of x is taken."""

        def build(self, input_shape):
            self.shift = self.add_weight(shape=tuple(input_shape)[1:], initializer="zeros")

        def call(self, inputs):
            return inputs + self.shift

    kind, arguments, shapes = SINGLE[name]
    keras.utils.set_random_seed(0)
    inputs = [keras.Input(shape) for shape in shapes]
    shifted = [Shifted()(x) for x in inputs]
    layer = getattr(keras.layers, kind)(**arguments)
    by_position = kind in ("MultiHeadAttention", "GroupQueryAttention")
    outputs = layer(*shifted) if by_position or len(shifted) == 1 else layer(shifted)
    model = keras.Model(inputs, outputs)
    if start is not None:
        model.set_weights(start)
    model.compile(keras.optimizers.SGD(0.01), "mse")
    return model


def data_of(model, name, batch):
    """(inputs, targets) of one batch."""
    rng = np.random.default_rng(1)
    inputs = [rng.normal(size=(batch, *shape)).astype("float32") for shape in SINGLE[name][2]]
    target = rng.normal(size=(batch, *model.output_shape[1:])).astype("float32")
    return inputs if len(inputs) > 1 else inputs[0], target
