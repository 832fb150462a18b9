import os
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.keras.callbacks import CSVLogger, EarlyStopping, LambdaCallback, ModelCheckpoint, ReduceLROnPlateau

tf.keras.utils.set_random_seed(60)
x = np.random.normal(size=(200, 10)).astype("float32")
y = (x[:, :1] * x[:, 1:2]).astype("float32")

model = tf.keras.Sequential([tf.keras.layers.Dense(32, activation="relu"), tf.keras.layers.Dense(1)])
model.compile(optimizer=tf.keras.optimizers.Adam(0.02), loss="mse")

folder = tempfile.mkdtemp()
checkpoint_path = os.path.join(folder, "best.weights.h5")
callbacks = [
    EarlyStopping(monitor="val_loss", patience=4, restore_best_weights=True, verbose=1),
    ModelCheckpoint(checkpoint_path, monitor="val_loss", save_best_only=True, save_weights_only=True),
    ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1, min_lr=1e-4, verbose=1),
    CSVLogger(os.path.join(folder, "log.csv")),
    LambdaCallback(on_train_end=lambda logs: print("finished with", sorted(logs))),
]
history = model.fit(x, y, validation_split=0.3, epochs=25, batch_size=20, verbose=0, callbacks=callbacks)
print("epochs run:", len(history.history["loss"]))
print("lr:", [float("%.5f" % v) for v in history.history["learning_rate"]])
before = model.evaluate(x, y, verbose=0)
model.load_weights(checkpoint_path)
print("restored: %.5f, checkpoint: %.5f" % (before, model.evaluate(x, y, verbose=0)))
with open(os.path.join(folder, "log.csv")) as f:
    print(f.readline().strip())
