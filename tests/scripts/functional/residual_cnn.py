import numpy as np
import tensorflow as tf
from tensorflow.keras import layers


def residual_block(x, filters, stride=1):
    shortcut = x
    x = layers.Conv2D(filters, 3, strides=stride, padding='same', use_bias=False, kernel_initializer='he_normal')(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(filters, 3, padding='same', use_bias=False, kernel_initializer='he_normal')(x)
    x = layers.BatchNormalization()(x)
    if stride != 1 or shortcut.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=stride, use_bias=False)(shortcut)
        shortcut = layers.BatchNormalization()(shortcut)
    x = layers.Add()([x, shortcut])
    return layers.Activation('relu')(x)


tf.keras.utils.set_random_seed(23)
x = np.random.rand(96, 10, 10, 3).astype('float32')
y = (x[:, 2:5, 2:5, 0].mean(axis=(1, 2)) > 0.5).astype('int64')

inputs = layers.Input(shape=(10, 10, 3))
h = residual_block(inputs, 8)
h = residual_block(h, 16, stride=2)
h = layers.GlobalAveragePooling2D()(h)
outputs = layers.Dense(2, activation='softmax')(h)
model = tf.keras.Model(inputs, outputs, name='tiny_resnet')
model.summary()
model.compile(optimizer=tf.keras.optimizers.SGD(0.05, momentum=0.9), loss='sparse_categorical_crossentropy',
              metrics=['accuracy'])
model.fit(x, y, batch_size=32, epochs=3, verbose=2)
print('eval:', model.evaluate(x, y, verbose=0))
