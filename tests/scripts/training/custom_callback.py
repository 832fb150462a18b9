import numpy as np
import tensorflow as tf


class LossAndErrorPrintingCallback(tf.keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.batch_losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.batch_losses.append(logs["loss"])
        if batch % 4 == 0:
            print("Up to batch {}, the average loss is {:7.4f}.".format(batch, logs["loss"]))

    def on_epoch_end(self, epoch, logs=None):
        weights = self.model.layers[-1].get_weights()
        print("Epoch {}: average loss {:7.4f}, error {:7.4f}, norm {:.4f}.".format(
            epoch, logs["loss"], logs["mean_absolute_error"], np.linalg.norm(weights[0])))


class StopAtLoss(tf.keras.callbacks.Callback):
    def __init__(self, limit):
        super().__init__()
        self.limit = limit

    def on_epoch_end(self, epoch, logs={}):
        if logs.get("loss") < self.limit:
            print("\nReached the limit, so cancelling training!")
            self.model.stop_training = True


tf.keras.utils.set_random_seed(62)
x = np.random.rand(150, 4)
y = x @ [1.0, 2.0, -1.0, 0.5]
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile(optimizer=tf.keras.optimizers.RMSprop(learning_rate=0.05), loss="mean_squared_error",
              metrics=["mean_absolute_error"])
printer = LossAndErrorPrintingCallback()
model.fit(x, y, batch_size=15, epochs=20, verbose=0, callbacks=[printer, StopAtLoss(0.05)])
print(len(printer.batch_losses), "batches")
