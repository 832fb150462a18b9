"""Training in one process or in several, with the same script. Nothing in it concerns MPI.

python examples/data_parallel.py                         # one process
python -m minikeras run -n 2 examples/data_parallel.py   # two, which divide each batch: the same losses
"""

from backend import keras

keras.utils.set_random_seed(0)
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Rescaling(1 / 16),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train[..., None], y_train, batch_size=64, epochs=3, verbose=0, validation_split=0.1)
for epoch, (loss, accuracy) in enumerate(zip(history.history["loss"], history.history["val_accuracy"], strict=True)):
    print(f"epoch {epoch + 1}: loss {loss:.6f}, validation accuracy {accuracy:.4f}")
model.save("digits.keras")  # rank 0 writes it
loss, accuracy = keras.models.load_model("digits.keras").evaluate(x_test[..., None], y_test, verbose=0)
print(f"test: loss {loss:.6f}, accuracy {accuracy:.4f}")
