import numpy as np
import tensorflow as tf
from tensorflow import keras


class CustomModel(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        logs = {m.name: m.result() for m in self.metrics}
        logs["gradient_norm"] = tf.linalg.global_norm(gradients)
        return logs

    def test_step(self, data):
        x, y = data
        y_pred = self(x, training=False)
        return {"rmse": tf.sqrt(tf.reduce_mean(tf.square(y - y_pred)))}


keras.utils.set_random_seed(19)
x = np.random.random((320, 8)).astype("float32")
y = x.sum(axis=1, keepdims=True) ** 2 / 8

inputs = keras.Input(shape=(8,))
hidden = keras.layers.Dense(16, activation="relu")(inputs)
outputs = keras.layers.Dense(1)(hidden)
model = CustomModel(inputs, outputs)
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
history = model.fit(x, y, epochs=4, verbose=0)
for key in ("loss", "mae", "gradient_norm"):
    print(key, [float(np.round(v, 4)) for v in history.history[key]])
print("evaluate", model.evaluate(x, y, verbose=0, return_dict=True))
