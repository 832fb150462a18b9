import numpy as np
import tensorflow as tf
from tensorflow import keras

tf.keras.utils.set_random_seed(55)
rng = np.random.default_rng(55)
y = (rng.random(400) < 0.1).astype("int32")
x = rng.normal(size=(400, 5)) + y[:, None]
neg, pos = np.bincount(y)
print("Examples:\n    Total: {}\n    Positive: {} ({:.2f}% of total)".format(len(y), pos, 100 * pos / len(y)))
class_weight = {0: (1 / neg) * len(y) / 2.0, 1: (1 / pos) * len(y) / 2.0}


def make_model(output_bias=None):
    if output_bias is not None:
        output_bias = tf.keras.initializers.Constant(output_bias)
    model = keras.Sequential([
        keras.layers.Dense(16, activation="relu", input_shape=(x.shape[-1],)),
        keras.layers.Dense(1, activation="sigmoid", bias_initializer=output_bias),
    ])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=1e-2),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=[keras.metrics.TruePositives(name="tp"), keras.metrics.FalsePositives(name="fp"),
                 keras.metrics.AUC(name="prc", curve="PR")],
        weighted_metrics=["accuracy"],
    )
    return model


for name, arguments in (("none", {}), ("class", {"class_weight": class_weight}),
                        ("sample", {"sample_weight": np.where(y == 1, 5.0, 1.0)})):
    model = make_model(output_bias=np.log([pos / neg]))
    history = model.fit(x, y, epochs=3, batch_size=50, verbose=0, **arguments)
    print(name, {key: round(values[-1], 4) for key, values in sorted(history.history.items())})
