import math

import numpy as np
import tensorflow.keras.backend as K
from tensorflow import keras
from tensorflow.keras.callbacks import Callback, LambdaCallback


class LRFinder:
    """
    Plots the change of the loss function of a Keras model when the learning rate is exponentially increasing.
    """

    def __init__(self, model):
        self.model = model
        self.losses = []
        self.lrs = []
        self.best_loss = 1e9

    def on_batch_end(self, batch, logs):
        # Log the learning rate
        lr = K.get_value(self.model.optimizer.learning_rate)
        self.lrs.append(lr)

        # Log the loss
        loss = logs['loss']
        self.losses.append(loss)

        # Check whether the loss got too large or NaN
        if batch > 5 and (math.isnan(loss) or loss > self.best_loss * 4):
            self.model.stop_training = True
            return
        if loss < self.best_loss:
            self.best_loss = loss

        # Increase the learning rate for the next batch
        lr *= self.lr_mult
        self.model.optimizer.learning_rate = lr

    def find(self, x_train, y_train, start_lr, end_lr, batch_size=64, epochs=1, **kw_fit):
        # Compute number of batches and LR multiplier
        num_batches = epochs * x_train.shape[0] / batch_size
        self.lr_mult = (float(end_lr) / float(start_lr)) ** (float(1) / float(num_batches))
        # Save weights
        initial_weights = self.model.get_weights()

        # Remember the original learning rate
        original_lr = K.get_value(self.model.optimizer.learning_rate)

        # Set the initial learning rate
        self.model.optimizer.learning_rate = start_lr

        callback = LambdaCallback(on_train_batch_end=lambda batch, logs: self.on_batch_end(batch, logs))
        self.model.fit(x_train, y_train, batch_size=batch_size, epochs=epochs, callbacks=[callback], **kw_fit)

        # Restore the weights to the state before model fitting
        self.model.set_weights(initial_weights)

        # Restore the original learning rate
        self.model.optimizer.learning_rate = original_lr

    def get_derivatives(self, sma):
        derivatives = [0] * sma
        for i in range(sma, len(self.lrs)):
            derivatives.append((self.losses[i] - self.losses[i - sma]) / sma)
        return derivatives


class CyclicLR(Callback):
    def __init__(self, base_lr=0.001, max_lr=0.006, step_size=8., mode='triangular'):
        super(CyclicLR, self).__init__()
        self.base_lr, self.max_lr, self.step_size, self.mode = base_lr, max_lr, step_size, mode
        self.clr_iterations = 0.
        self.history = {}

    def clr(self):
        cycle = np.floor(1 + self.clr_iterations / (2 * self.step_size))
        x = np.abs(self.clr_iterations / self.step_size - 2 * cycle + 1)
        return self.base_lr + (self.max_lr - self.base_lr) * np.maximum(0, (1 - x))

    def on_train_begin(self, logs={}):
        self.model.optimizer.learning_rate = self.base_lr

    def on_batch_end(self, epoch, logs=None):
        logs = logs or {}
        self.clr_iterations += 1
        self.history.setdefault('lr', []).append(float(K.get_value(self.model.optimizer.learning_rate)))
        for k, v in logs.items():
            self.history.setdefault(k, []).append(v)
        self.model.optimizer.learning_rate = self.clr()


keras.utils.set_random_seed(8)
x = np.random.rand(512, 12).astype("float32")
y = (x.sum(axis=1) > 6).astype("float32")
model = keras.Sequential([keras.layers.Dense(24, activation="tanh", input_dim=12), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.SGD(momentum=0.9), metrics=["accuracy"])

finder = LRFinder(model)
finder.find(x, y, 1e-3, 1.0, batch_size=32, epochs=2, verbose=0)
print("batches:", len(finder.lrs), "rates:", np.round(finder.lrs[::8], 4), "losses:", np.round(finder.losses[::8], 4))
print("derivatives:", np.round(finder.get_derivatives(5)[::8], 5))
clr = CyclicLR(base_lr=0.01, max_lr=0.2)
model.fit(x, y, batch_size=32, epochs=2, verbose=2, callbacks=[clr])
print("rates:", np.round(clr.history["lr"], 4))
