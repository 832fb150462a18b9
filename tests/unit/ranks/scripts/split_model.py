"""`keras.distribution.ModelParallel`: a small transformer whose kernels are split over ranks, if there are several."""

import json
import sys
import warnings

import numpy as np

import minikeras as keras
from minikeras.collectives.launched import launched_rank_and_size

D, L = keras.distribution, keras.layers
RANK, SIZE = launched_rank_and_size()
FOLDER, LENGTHS = sys.argv[1], json.loads(sys.argv[2])  # of the mesh: batches, parts of the model
RNG = np.random.default_rng(0)
X, Y = RNG.integers(0, 32, (40, 6)), RNG.integers(0, 4, 40)
LAYOUTS = {
    "rows/embeddings": ("model", None),
    "columns/embeddings": (None, "model"),
    ".*(query|key|value)/kernel": (None, "model", None),
    ".*attention_output/kernel": ("model", None, None),
    "up/kernel": (None, "model"),
    "up/bias": ("model",),
    "down/kernel": ("model", None),
}


def transformer():
    keras.utils.set_random_seed(7)
    inputs = keras.Input((6,))
    h = L.Add()([L.Embedding(32, 8, name="rows")(inputs), L.Embedding(32, 8, name="columns")(inputs)])
    h = L.Add()([h, L.MultiHeadAttention(4, 2, name="attention")(h, h)])
    h = L.Dense(8, name="down")(L.Dense(16, "relu", name="up")(h))
    outputs = L.Dense(4, "softmax", name="out")(L.GlobalAveragePooling1D()(L.Dropout(0.2)(h)))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def distribute(layouts):
    if SIZE > 1:
        layout_map = D.LayoutMap(D.DeviceMesh(LENGTHS, ["batch", "model"]))
        for path, axes in layouts.items():
            layout_map[path] = axes
        D.set_distribution(D.ModelParallel(layout_map=layout_map, batch_dim_name="batch"))


def refusals():
    """What cannot be split, or matches no pattern: the messages."""
    warnings.simplefilter("error", UserWarning)
    messages = []
    for layouts, layer, optimizer in [
        ({".*norm/gamma": ("model",)}, L.LayerNormalization(name="norm"), "sgd"),
        ({".*wide/kernel": ("model", "model")}, L.Dense(4, name="wide"), "sgd"),
        ({".*kept/kernel": ("model", None)}, L.Dense(4, kernel_regularizer="l2", name="kept"), "sgd"),
        ({"alone/kernel": ("model", None)}, L.Dense(4, name="alone"), "sgd"),
        ({".*odd/kernel": (None, "model")}, L.Dense(5, name="odd"), "sgd"),
        ({".*axes/kernel": (None, None, "model")}, L.Dense(4, name="axes"), "sgd"),
        ({".*fine/kernel": ("model", None)}, L.Dense(4, name="fine"), keras.optimizers.SGD(global_clipnorm=1.0)),
    ]:
        distribute(layouts)
        model = keras.Sequential([keras.Input((4,)), layer])
        model.compile(optimizer, "mse")
        try:
            model.fit(np.ones((8, 4), "float32"), np.ones((8, 4), "float32"), verbose=0)
        except (ValueError, UserWarning) as error:
            messages.append(str(error))
    return messages


distribute(LAYOUTS)
model = transformer()
history = model.fit(X, Y, batch_size=16, epochs=2, verbose=0, validation_split=0.2).history
results = [
    sorted(history.items()),
    model.evaluate(X, Y, verbose=0),
    model.predict(X, batch_size=16, verbose=0).tolist(),
]
held = sum(variable.array.size for variable in model.trainable_variables)
model.save(f"{FOLDER}/model.keras")
loaded = keras.models.load_model(f"{FOLDER}/model.keras")
results.append([float(np.abs(variable.array).sum()) for variable in [*loaded.variables, *loaded.optimizer.variables]])
model.load_weights(f"{FOLDER}/model.keras")
results.append(model.evaluate(X, Y, verbose=0))
refused = refusals() if SIZE > 1 else []
if RANK == 0:
    print(json.dumps([results, held, refused]))
