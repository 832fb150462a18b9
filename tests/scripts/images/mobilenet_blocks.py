import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.layers import (
    Activation, Add, BatchNormalization, Conv2D, Dense, DepthwiseConv2D, Dropout, GlobalAveragePooling2D, Input, ReLU,
    Reshape, SeparableConv2D)
from tensorflow.keras.models import Model

tf.keras.utils.set_random_seed(72)


def _make_divisible(v, divisor, min_value=None):
    if min_value is None:
        min_value = divisor
    new_v = max(min_value, int(v + divisor / 2) // divisor * divisor)
    if new_v < 0.9 * v:
        new_v += divisor
    return new_v


def relu6(x):
    return K.relu(x, max_value=6.0)


def _conv_block(inputs, filters, kernel, strides):
    channel_axis = 1 if K.image_data_format() == 'channels_first' else -1
    x = Conv2D(filters, kernel, padding='same', strides=strides, use_bias=False)(inputs)
    x = BatchNormalization(axis=channel_axis)(x)
    return Activation(relu6)(x)


def _bottleneck(inputs, filters, kernel, t, alpha, s, r=False):
    channel_axis = 1 if K.image_data_format() == 'channels_first' else -1
    tchannel = K.int_shape(inputs)[channel_axis] * t
    cchannel = int(filters * alpha)
    x = _conv_block(inputs, tchannel, (1, 1), (1, 1))
    x = DepthwiseConv2D(kernel, strides=(s, s), depth_multiplier=1, padding='same', use_bias=False)(x)
    x = BatchNormalization(axis=channel_axis)(x)
    x = ReLU(6.)(x)
    x = Conv2D(cchannel, (1, 1), strides=(1, 1), padding='same', use_bias=False)(x)
    x = BatchNormalization(axis=channel_axis)(x)
    x = Activation('elu')(x)
    if r:
        x = Add()([x, inputs])
    return x


def _inverted_residual_block(inputs, filters, kernel, t, alpha, strides, n):
    x = _bottleneck(inputs, filters, kernel, t, alpha, strides)
    for i in range(1, n):
        x = _bottleneck(x, filters, kernel, t, alpha, 1, True)
    return x


def MobileNetv2(input_shape, k, alpha=1.0):
    inputs = Input(shape=input_shape)
    first_filters = _make_divisible(8 * alpha, 8)
    x = _conv_block(inputs, first_filters, (3, 3), strides=(2, 2))
    x = _inverted_residual_block(x, 8, (3, 3), t=1, alpha=alpha, strides=1, n=1)
    x = _inverted_residual_block(x, 12, (3, 3), t=3, alpha=alpha, strides=2, n=2)
    x = SeparableConv2D(16, 3, padding='same', activation='relu', depth_multiplier=2)(x)
    x = GlobalAveragePooling2D()(x)
    x = Reshape((1, 1, 16))(x)
    x = Dropout(0.1, name='Dropout')(x)
    x = Conv2D(k, (1, 1), padding='same')(x)
    x = Activation('softmax', name='softmax')(x)
    output = Reshape((k,))(x)
    return Model(inputs, output)


if __name__ == '__main__':
    classes = np.random.randint(0, 3, 128)
    colours = np.eye(3)[classes][:, None, None] * .6
    images = (np.random.rand(128, 16, 16, 3) * .7 + colours * (np.indices((16, 16)).sum(0) % 3 == 0)[..., None]).astype('float32')
    model = MobileNetv2((16, 16, 3), 3)
    model.summary(show_trainable=True)
    model.compile(optimizer=tf.keras.optimizers.RMSprop(2e-3, momentum=.9), loss='sparse_categorical_crossentropy', metrics=['accuracy'])
    hist = model.fit(images[:96], classes[:96], batch_size=16, epochs=2, validation_data=(images[96:], classes[96:]), verbose=2)
    model.save_weights('mobilenet.weights.h5')
    other = MobileNetv2((16, 16, 3), 3)
    other.load_weights('mobilenet.weights.h5')
    print('equal after loading', np.allclose(other.predict(images[:8], verbose=0), model.predict(images[:8], verbose=0)))
    print(hist.history['loss'], len(model.trainable_weights), len(model.non_trainable_weights))
