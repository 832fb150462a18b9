import copy
import math

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend, layers

CONV_KERNEL_INITIALIZER = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"}}
DENSE_KERNEL_INITIALIZER = {"class_name": "VarianceScaling", "config": {"scale": 1.0 / 3.0, "mode": "fan_out", "distribution": "uniform"}}
BLOCKS_ARGS = [
    {"kernel_size": 3, "repeats": 1, "filters_in": 8, "filters_out": 8, "expand_ratio": 1, "id_skip": True, "strides": 1, "se_ratio": 0.25},
    {"kernel_size": 5, "repeats": 2, "filters_in": 8, "filters_out": 16, "expand_ratio": 3, "id_skip": True, "strides": 2, "se_ratio": 0.25},
]


def correct_pad(inputs, kernel_size):
    input_size = inputs.shape[1:3]
    correct = (kernel_size // 2, kernel_size // 2)
    adjust = (1, 1) if input_size[0] is None else (1 - input_size[0] % 2, 1 - input_size[1] % 2)
    return ((correct[0] - adjust[0], correct[0]), (correct[1] - adjust[1], correct[1]))


def block(inputs, activation="swish", drop_rate=0.0, name="", filters_in=32, filters_out=16, kernel_size=3, strides=1, expand_ratio=1, se_ratio=0.0, id_skip=True):
    filters = filters_in * expand_ratio
    if expand_ratio != 1:
        x = layers.Conv2D(filters, 1, padding="same", use_bias=False, kernel_initializer=CONV_KERNEL_INITIALIZER, name=name + "expand_conv")(inputs)
        x = layers.BatchNormalization(axis=3, name=name + "expand_bn")(x)
        x = layers.Activation(activation, name=name + "expand_activation")(x)
    else:
        x = inputs
    if strides == 2:
        x = layers.ZeroPadding2D(padding=correct_pad(x, kernel_size), name=name + "dwconv_pad")(x)
        conv_pad = "valid"
    else:
        conv_pad = "same"
    x = layers.DepthwiseConv2D(kernel_size, strides=strides, padding=conv_pad, use_bias=False, depthwise_initializer=CONV_KERNEL_INITIALIZER, name=name + "dwconv")(x)
    x = layers.BatchNormalization(axis=3, name=name + "bn")(x)
    x = layers.Activation(activation, name=name + "activation")(x)
    if 0 < se_ratio <= 1:
        filters_se = max(1, int(filters_in * se_ratio))
        se = layers.GlobalAveragePooling2D(name=name + "se_squeeze")(x)
        se = layers.Reshape((1, 1, filters), name=name + "se_reshape")(se)
        se = layers.Conv2D(filters_se, 1, padding="same", activation=activation, kernel_initializer=CONV_KERNEL_INITIALIZER, name=name + "se_reduce")(se)
        se = layers.Conv2D(filters, 1, padding="same", activation="sigmoid", kernel_initializer=CONV_KERNEL_INITIALIZER, name=name + "se_expand")(se)
        x = layers.multiply([x, se], name=name + "se_excite")
    x = layers.Conv2D(filters_out, 1, padding="same", use_bias=False, kernel_initializer=CONV_KERNEL_INITIALIZER, name=name + "project_conv")(x)
    x = layers.BatchNormalization(axis=3, name=name + "project_bn")(x)
    x = layers.Activation("elu", name=name + "project_activation")(x)
    if id_skip and strides == 1 and filters_in == filters_out:
        if drop_rate > 0:
            x = layers.Dropout(drop_rate, noise_shape=(None, 1, 1, 1), name=name + "drop")(x)
        x = layers.add([x, inputs], name=name + "add")
    return x


def EfficientNet(input_shape=(20, 20, 3), drop_connect_rate=0.2, dropout_rate=0.2, classes=3):
    img_input = layers.Input(shape=input_shape)
    x = layers.Rescaling(1.0 / 255.0)(img_input)
    x = layers.ZeroPadding2D(padding=correct_pad(x, 3), name="stem_conv_pad")(x)
    x = layers.Conv2D(8, 3, strides=2, padding="valid", use_bias=False, kernel_initializer=CONV_KERNEL_INITIALIZER, name="stem_conv")(x)
    x = layers.BatchNormalization(axis=3, name="stem_bn")(x)
    x = layers.Activation("swish", name="stem_activation")(x)
    blocks_args = copy.deepcopy(BLOCKS_ARGS)
    b, blocks = 0, float(sum(args["repeats"] for args in blocks_args))
    for i, args in enumerate(blocks_args):
        for j in range(args.pop("repeats")):
            if j > 0:
                args["strides"] = 1
                args["filters_in"] = args["filters_out"]
            x = block(x, "swish", drop_connect_rate * b / blocks, name=f"block{i + 1}{chr(j + 97)}_", **args)
            b += 1
    x = layers.Conv2D(24, 1, padding="same", use_bias=False, kernel_initializer=CONV_KERNEL_INITIALIZER, name="top_conv")(x)
    x = layers.BatchNormalization(axis=3, name="top_bn")(x)
    x = layers.Activation("swish", name="top_activation")(x)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dropout(dropout_rate, name="top_dropout")(x)
    x = layers.Dense(classes, activation="softmax", kernel_initializer=DENSE_KERNEL_INITIALIZER, name="predictions")(x)
    return keras.Model(img_input, x, name="efficientnet")


if __name__ == "__main__":
    keras.utils.set_random_seed(90)
    assert backend.image_data_format() == "channels_last" and math.isclose(backend.epsilon(), 1e-7)
    y = np.random.randint(0, 3, 96)
    x = np.random.randint(0, 120, (96, 20, 20, 3))
    x[np.arange(96), :, :, y] += 100
    model = EfficientNet()
    model.summary()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    hist = model.fit(x[:72].astype("float32"), y[:72], epochs=2, batch_size=12, validation_data=(x[72:].astype("float32"), y[72:]), verbose=2)
    # transfer learning: the top is new, and the last layers are thawed
    base = keras.Model(model.input, model.get_layer("avg_pool").output)
    base.trainable = False
    inputs = layers.Input((20, 20, 3))
    z = layers.BatchNormalization()(base(inputs, training=False))
    tuned = keras.Model(inputs, layers.Dense(2, activation="softmax", name="pred")(z))
    for layer in base.layers[-6:]:
        if not isinstance(layer, layers.BatchNormalization):
            layer.trainable = True
    tuned.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"])
    tuned.fit(x[:72].astype("float32"), (y[:72] > 0).astype(int), epochs=2, batch_size=24, verbose=2)
    print(len(tuned.trainable_weights), len(tuned.non_trainable_weights), tuned.predict(x[72:74].astype("float32"), verbose=0).round(3))
