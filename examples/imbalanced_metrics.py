"""Which metrics are informative when one class is rare: one digit has to be found among all ten.

    python examples/imbalanced_metrics.py [--backend tensorflow]

A model that always says no is right nine times out of ten, and finds nothing.
"""

import numpy as np
from backend import keras

from minikeras.datasets import digits

keras.utils.set_random_seed(8)
(x, y), (x_test, y_test) = digits.load_data()
x, x_test = (a.reshape(len(a), 64).astype("float32") / 16 for a in (x, x_test))
y, y_test = ((a == 8).astype("float32")[:, None] for a in (y, y_test))

METRICS = [
    lambda: keras.metrics.BinaryAccuracy(name="accuracy"),
    lambda: keras.metrics.Precision(name="precision"),
    lambda: keras.metrics.Recall(name="recall"),
    lambda: keras.metrics.F1Score(threshold=0.5, name="f1"),
    lambda: keras.metrics.AUC(name="auc"),
    lambda: keras.metrics.AUC(curve="PR", name="auc of precision and recall"),
]


def report(title, y_pred):
    values = []
    for make in METRICS:
        metric = make()
        metric.update_state(y_test, y_pred)
        values.append(f"{metric.name} {float(np.squeeze(metric.result())):.3f}")
    print(f"{title:24s} {', '.join(values)}")


report("always no:", np.zeros_like(y_test))
report("at random, one in ten:", np.random.default_rng(0).uniform(size=y_test.shape).astype("float32") * 0.55)

model = keras.Sequential(
    [keras.Input((64,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=15, verbose=0)
report("trained:", model.predict(x_test, verbose=0))
model.fit(x, y, epochs=15, verbose=0, class_weight={0: 1.0, 1: 5.0})
report("trained, rare class ×5:", model.predict(x_test, verbose=0))
