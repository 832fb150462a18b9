import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, regularizers, constraints

rng = np.random.RandomState(64)
x = rng.normal(size=(200, 20)).astype('float32')
y = (x[:, 0] > 0).astype('float32')
MODELS = {
    'plain': lambda: [layers.Dense(16, activation='elu')],
    'l2': lambda: [layers.Dense(16, kernel_regularizer=regularizers.l2(0.001), activation='elu')],
    'l1_l2': lambda: [layers.Dense(16, kernel_regularizer=regularizers.L1L2(1e-4, 1e-4), bias_regularizer='l2')],
    'activity': lambda: [layers.Dense(16, activity_regularizer=regularizers.L2(1e-3), activation='relu')],
    'dropout': lambda: [layers.Dense(16, activation='elu'), layers.Dropout(0.5)],
    'batch norm': lambda: [layers.Dense(16, use_bias=False), layers.BatchNormalization(), layers.Activation('relu')],
    'max norm': lambda: [layers.Dense(16, kernel_constraint=constraints.max_norm(1.0), activation='tanh')],
}
for name, make in MODELS.items():
    tf.keras.utils.set_random_seed(64)
    model = tf.keras.Sequential(make() + [layers.Dense(1)])
    model.compile(optimizer=tf.keras.optimizers.Adam(1e-2), loss=tf.keras.losses.BinaryCrossentropy(from_logits=True),
                  metrics=[tf.keras.losses.BinaryCrossentropy(from_logits=True, name='binary_crossentropy'), 'accuracy'])
    history = model.fit(x[:150], y[:150], epochs=4, batch_size=25, validation_data=(x[150:], y[150:]), verbose=0)
    h = history.history
    print('%-10s' % name, *['%s %.4f' % (key, h[key][-1]) for key in sorted(h)], 'penalties', len(model.losses))
