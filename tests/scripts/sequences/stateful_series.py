# Stateful LSTM: one long series in pieces, the state reset after each epoch (as in the Keras 1 and 2 examples).
import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense, LSTM
from tensorflow.keras.models import Sequential

tf.keras.utils.set_random_seed(1337)
tsteps, batch_size, epochs, lahead = 4, 10, 3, 2

# a random series and its running mean over two values: the network sees one value at a time
data_input = np.random.uniform(-0.1, 0.1, size=240)
expected = np.convolve(data_input, [0.5, 0.5], mode='full')[:240]
n = 240 // (tsteps * batch_size) * batch_size
x = data_input[:n * tsteps].reshape(batch_size, -1, tsteps, 1).transpose(1, 0, 2, 3).reshape(-1, tsteps, 1)
y = expected[:n * tsteps].reshape(batch_size, -1, tsteps, 1).transpose(1, 0, 2, 3).reshape(-1, tsteps, 1)
print('Input shape:', x.shape, 'Output shape:', y.shape)


class ResetStates(tf.keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        for layer in self.model.layers:
            if getattr(layer, 'stateful', False):
                layer.reset_states()


def create_model(stateful, optimizer):
    model = Sequential()
    model.add(tf.keras.Input(batch_shape=(batch_size, tsteps, 1)))
    model.add(LSTM(20, return_sequences=True, stateful=stateful))
    model.add(LSTM(12, return_sequences=True, stateful=stateful, go_backwards=False))
    model.add(Dense(1))
    model.compile(loss='mse', optimizer=optimizer)
    return model


print('Creating Stateful Model...')
model_stateful = create_model(True, 'adam')
split = 4 * batch_size
for i in range(epochs):
    history = model_stateful.fit(x[:split], y[:split], batch_size=batch_size, epochs=1, verbose=2, shuffle=False)
    for layer in model_stateful.layers[:2]:
        layer.reset_states()
predicted_stateful = model_stateful.predict(x[split:], batch_size=batch_size, verbose=0)
again = model_stateful.predict(x[split:], batch_size=batch_size, verbose=0)
print('the state goes on:', bool(np.abs(predicted_stateful - again).max() > 0))

print('Creating Stateless Model...')
model_stateless = create_model(False, tf.keras.optimizers.SGD(0.1, momentum=0.9))
model_stateless.fit(x, y, batch_size=batch_size, epochs=2, verbose=2, shuffle=False)
print(model_stateless.evaluate(x, y, batch_size=batch_size, verbose=0))

model = create_model(True, 'rmsprop')
history = model.fit(x, y, batch_size=batch_size, epochs=epochs, shuffle=False, verbose=0, callbacks=[ResetStates()])
print(history.history['loss'], [s.shape for s in model.layers[0].states], float(tf.reduce_sum(model.layers[1].states[0])))
