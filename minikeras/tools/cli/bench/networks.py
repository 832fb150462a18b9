"""The networks that are timed, each a function of the `keras` module, so that both backends build the same."""


def mlp(keras):
    """784-100-10."""
    return keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def wide_mlp(keras):
    """1024-2048-2048-10."""
    return keras.Sequential(
        [
            keras.Input((1024,)),
            keras.layers.Dense(2048, activation="relu"),
            keras.layers.Dense(2048, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def cnn(keras):
    """28×28 images: conv 32, pool, conv 64, pool, 128, 10."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def vgg(keras):
    """32×32 colour images: two blocks of two 3×3 convolutions and a pooling, 64 and 128 channels."""
    blocks = [
        layer
        for filters in (64, 128)
        for layer in (
            keras.layers.Conv2D(filters, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(filters, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
        )
    ]
    top = [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input((32, 32, 3)), *blocks, *top])


def normalized_cnn(keras):
    """Batch normalization, stride 2 instead of pooling, global average pooling, dropout."""
    blocks = [
        layer
        for filters in (32, 64, 128)
        for layer in (
            keras.layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        )
    ]
    top = [
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dropout(0.25),
        keras.layers.Dense(10, activation="softmax"),
    ]
    return keras.Sequential([keras.Input((32, 32, 3)), *blocks, *top])


def residual(keras):
    """Functional: three bottlenecks (1×1, 3×3, 1×1) next to a shortcut, 64 channels."""
    layers = keras.layers
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(64, 3, padding="same", activation="relu")(inputs)
    for _ in range(3):
        y = layers.Conv2D(32, 1, activation="relu")(x)
        y = layers.Conv2D(32, 3, padding="same", activation="relu")(y)
        y = layers.Conv2D(64, 1)(y)
        x = layers.ReLU()(layers.Add()([x, y]))
    outputs = layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, outputs)


def separable(keras):
    """Depthwise-separable convolutions, 32 to 128 channels, in the manner of MobileNet."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            layers.SeparableConv2D(64, 3, padding="same", activation="relu"),
            layers.SeparableConv2D(128, 3, strides=2, padding="same", activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, activation="softmax"),
        ]
    )


NETWORKS = {  # name: (function, shape of a sample, layers that it needs beyond the common ones)
    "MLP": (mlp, (784,), ()),
    "wide MLP": (wide_mlp, (1024,), ()),
    "CNN": (cnn, (28, 28, 1), ()),
    "VGG block": (vgg, (32, 32, 3), ()),
    "CNN with BatchNormalization": (normalized_cnn, (32, 32, 3), ()),
    "residual network": (residual, (32, 32, 3), ()),
    "separable CNN": (separable, (32, 32, 3), ("SeparableConv2D",)),
}


def forward_operations(model):
    """Floating-point operations of the products in one forward pass of one sample: 2 per use of a weight."""
    total = 0
    for layer in model.layers:
        kernels = [v for v in layer.trainable_variables if len(v.shape) > 1]
        outputs = getattr(layer.output, "shape", ())
        positions = _product(outputs[1:-1])  # of a convolution; () of a dense layer
        for kernel in kernels:
            # a depthwise kernel has a second output per channel, and a whole one connects all channels
            total += 2 * positions * _product(kernel.shape)
    return total


def _product(numbers):
    result = 1
    for number in numbers:
        result *= int(number)
    return result
