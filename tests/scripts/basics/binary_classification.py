import numpy as np
from tensorflow import keras

keras.utils.set_random_seed(11)
rng = np.random.default_rng(11)
x = rng.normal(size=(400, 8)).astype("float32")
y = (np.sin(x[:, 0]) + x[:, 1] ** 2 > 0.8).astype("float32")

model = keras.Sequential(
    [
        keras.Input(shape=(8,)),
        keras.layers.Dense(16, activation="tanh"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True),
    loss=keras.losses.BinaryCrossentropy(),
    metrics=[
        keras.metrics.BinaryAccuracy(name="accuracy"),
        keras.metrics.Precision(name="precision"),
        keras.metrics.Recall(name="recall"),
        keras.metrics.AUC(name="auc"),
    ],
)
model.fit(x[:300], y[:300], batch_size=32, epochs=6, verbose=2, validation_data=(x[300:], y[300:]))
results = model.evaluate(x[300:], y[300:], verbose=0, return_dict=True)
for name in sorted(results):
    print(f"{name}: {results[name]:.4f}")
predicted = (model.predict(x[300:]) > 0.5).astype("int32").ravel()
print("positives:", predicted.sum(), "of", len(predicted))
