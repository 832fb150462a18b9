import tensorflow.keras as keras
from tensorflow.keras.layers import Activation, Add, Conv1D, Input, Multiply
import tensorflow as tf
import numpy as np

tf.random.set_seed(8)
np.random.seed(8)
keras.utils.set_random_seed(8)

# mu-law encoded waves
t = np.arange(64)
wave = np.sin(t * np.random.uniform(.1, .5, (128, 1)) + np.random.uniform(0, 6, (128, 1)))
mu = 15
coded = ((np.sign(wave) * np.log1p(mu * np.abs(wave)) / np.log1p(mu) + 1) / 2 * mu + .5).astype(int)
x = keras.utils.to_categorical(coded[:, :-1], mu + 1)
y = coded[:, 1:]

def residual_block(x, dilation, filters, i):
    f = Conv1D(filters, 2, padding='causal', dilation_rate=dilation, name='filter_%d' % i)(x)
    g = Conv1D(filters, 2, padding='causal', dilation_rate=dilation, name='gate_%d' % i)(x)
    z = Multiply(name='gated_%d' % i)([Activation('tanh')(f), Activation('sigmoid')(g)])
    skip = Conv1D(filters, 1, name='skip_%d' % i)(z)
    return Add()([x, Conv1D(filters, 1)(z)]), skip

inp = Input(shape=(None, mu + 1))
h = Conv1D(12, 2, padding='causal')(inp)
skips = []
for i, d in enumerate([1, 2, 4, 8]):
    h, s = residual_block(h, d, 12, i)
    skips.append(s)
out = Activation('relu')(Add()(skips))
out = Conv1D(12, 1, activation='relu')(out)
out = Conv1D(mu + 1, 1, activation='softmax')(out)
model = keras.Model(inp, out)
model.compile(loss='sparse_categorical_crossentropy', optimizer=keras.optimizers.Adam(0.005, amsgrad=True), metrics=['sparse_categorical_accuracy'])
print(model.count_params(), model.output_shape, len(model.layers))
h = model.fit(x, y, validation_split=.25, epochs=4, batch_size=16, verbose=0)
print(h.history)

# continue a wave
seq = x[:1, :20]
probabilities = []
for _ in range(5):
    p = model.predict(seq, verbose=0)[0, -1]
    probabilities.append(float(p.max().round(3)))
    seq = np.concatenate([seq, keras.utils.to_categorical([[[p.argmax()]]], mu + 1)], axis=1)
print(probabilities)
print('receptive field:', [int(v) for v in np.abs(model.predict(x[:1], verbose=0) - model.predict(np.concatenate([1 - x[:1, :1], x[:1, 1:]], 1), verbose=0)).sum(-1)[0].nonzero()[0]][-1:])
