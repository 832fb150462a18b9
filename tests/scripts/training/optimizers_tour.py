import numpy as np
import tensorflow as tf

x = np.random.RandomState(1).normal(size=(96, 8)).astype('float32')
y = np.sin(x.sum(axis=1, keepdims=True))
OPTIMIZERS = [
    'sgd', 'rmsprop', 'adam', 'adamw', 'nadam', 'adamax', 'adagrad', 'adadelta', 'ftrl',
    tf.keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    tf.keras.optimizers.RMSprop(0.005, rho=0.8, momentum=0.5, centered=True),
    tf.keras.optimizers.Adam(0.01, amsgrad=True, clipnorm=0.5),
    tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.ExponentialDecay(0.02, 10, 0.5), global_clipnorm=1.0),
    tf.keras.optimizers.Lion(0.002),
    tf.keras.optimizers.AdamW(0.01, weight_decay=0.05),
    tf.keras.optimizers.legacy.Adam(0.01) if False else tf.keras.optimizers.Adam(0.01, use_ema=True),
]
for optimizer in OPTIMIZERS:
    tf.keras.utils.set_random_seed(67)
    model = tf.keras.Sequential([tf.keras.layers.Dense(12, activation='tanh'), tf.keras.layers.Dense(1)])
    model.compile(optimizer=optimizer, loss='mse')
    losses = model.fit(x, y, epochs=4, batch_size=16, verbose=0).history['loss']
    print(model.optimizer.name, int(model.optimizer.iterations), ['%.5f' % v for v in losses])
