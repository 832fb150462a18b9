# -*- coding: utf-8 -*-
from __future__ import print_function

import os
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = '-1'
import random
import warnings
warnings.filterwarnings('ignore')

import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Input, Dense, Dropout, Activation, Lambda, concatenate
from tensorflow.keras.models import Model, Sequential
from tensorflow.keras.utils import to_categorical, plot_model

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
tf.get_logger().setLevel('ERROR')
gpus = tf.config.experimental.list_physical_devices('GPU')
for gpu in gpus:
    tf.config.experimental.set_memory_growth(gpu, True)
if not tf.executing_eagerly():
    tf.compat.v1.enable_eager_execution()
print('GPUs:', len(gpus), tf.test.is_built_with_cuda() and len(gpus) > 0)


def seed_everything(seed=42):
    random.seed(seed)
    os.environ['PYTHONHASHSEED'] = str(seed)
    np.random.seed(seed)
    tf.compat.v1.set_random_seed(seed)
    tf.random.set_seed(seed)


seed_everything()
K.clear_session()
K.set_floatx('float32')
K.set_image_data_format('channels_last')

num_classes, batch_size, epochs = 3, 16, 4
X = np.random.randn(144, 20)
y = np.argmax(X[:, :num_classes], axis=1)
Y = to_categorical(y, num_classes)
print('X shape:', X.shape, 'Y shape:', Y.shape)


def root_mean_squared_error(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))


def f1(y_true, y_pred):
    tp = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    possible = K.sum(K.round(K.clip(y_true, 0, 1)))
    predicted = K.sum(K.round(K.clip(y_pred, 0, 1)))
    precision = tp / (predicted + K.epsilon())
    recall = tp / (possible + K.epsilon())
    return 2 * precision * recall / (precision + recall + K.epsilon())


def swish(x):
    return x * K.sigmoid(x)


strategy = tf.distribute.get_strategy()
print('Number of devices: {}'.format(strategy.num_replicas_in_sync))
with strategy.scope():
    inp = Input(shape=(20,), name='features')
    a = Dense(16, name='left')(inp)
    a = Activation(swish)(a)
    b = Lambda(lambda t: K.l2_normalize(t, axis=1))(inp)
    x = concatenate([a, b])
    x = Dropout(rate=0.3)(x)
    out = Dense(num_classes)(x)
    out = Activation('softmax', name='out')(out)
    model = Model(inputs=inp, outputs=out)
    model.compile(loss='categorical_crossentropy',
                  optimizer=tf.keras.optimizers.Adam(learning_rate=1e-2, epsilon=1e-8, clipnorm=1.0),
                  metrics=['accuracy', f1, root_mean_squared_error])

with tf.device('/cpu:0'):
    hist = model.fit(x=X, y=Y, batch_size=batch_size, epochs=epochs, verbose=0, shuffle=True, validation_data=(X, Y))
for key in sorted(hist.history):
    print(key, ['%.4f' % value for value in hist.history[key]])
score = model.evaluate(X, Y, batch_size=batch_size, verbose=0)
print('Test loss:', score[0])
print('Test accuracy:', score[1])
y_classes = model.predict(X[:8], verbose=0).argmax(axis=-1)
print('classes:', y_classes, 'true:', y[:8])

# look at what a hidden layer gives
layer_output = Model(inputs=model.input, outputs=model.get_layer('left').output).predict(X[:2], verbose=0)
print(layer_output.shape, layer_output.mean().round(4), K.int_shape(model.output), K.count_params(model.weights[0]))
weights, biases = model.layers[1].get_weights()
print(weights.shape, biases.shape, K.eval(K.sum(model.weights[0])).round(4))
