"""A Lambda layer, a LambdaCallback, and EarlyStopping, which ends training when the network begins to overfit.

python examples/lambda_and_callbacks.py [--backend tensorflow]
"""

from backend import keras

from minikeras.datasets import digits

keras.utils.set_random_seed(6)
(x, y), (x_test, y_test) = digits.load_data()

model = keras.Sequential(
    [
        keras.Input((8, 8)),
        keras.layers.Flatten(),
        keras.layers.Rescaling(1 / 16),
        keras.layers.Lambda(lambda pixels: keras.ops.concatenate([pixels, keras.ops.square(pixels)], axis=-1)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])

report = keras.callbacks.LambdaCallback(
    on_epoch_end=lambda epoch, logs: print(f"epoch {epoch + 1}: validation loss {logs['val_loss']:.4f}"),
    on_train_end=lambda logs: print("training has ended"),
)
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
history = model.fit(x, y, epochs=40, validation_split=0.2, verbose=0, callbacks=[report, stop])
losses = history.history["val_loss"]
best = min(range(len(losses)), key=losses.__getitem__)
print(f"stopped after {len(losses)} of 40 epochs; the weights are those of epoch {best + 1}, the best")
print(model.evaluate(x_test, y_test, verbose=0))
