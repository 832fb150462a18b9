"""The Python of the playground page: data and a model from the form's settings, trained for a moment at a time.

Functions take and return JSON values: null stands for NaN and infinities. `playground.js` calls them in the worker.
"""

import base64
import math
import time

import numpy as np

import minikeras as keras

GRID = 48  # positions along each side of the square -1…1, on which classes are predicted
POINTS = 300
DIGITS_SHOWN = 24
LARGEST_PICTURE = 64  # rows or columns of a kernel that are drawn


class State:
    """What the page is training."""

    model = data = order = None
    step = epoch = position = 0
    batch_size = 32


# --- data: x, y of training and of test -------------------------------------------------------------------------------


def circles(rng):
    """A disc inside a ring."""
    y = np.arange(POINTS) % 2
    radius, angle = 0.25 + 0.5 * y + rng.uniform(-0.2, 0.2, POINTS), rng.uniform(0, 2 * np.pi, POINTS)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), y


def spirals(rng):
    """Two arms around each other."""
    y, t = np.arange(POINTS) % 2, rng.uniform(0.05, 1, POINTS)
    angle = 3 * np.pi * t + np.pi * y
    return np.stack([0.9 * t * np.cos(angle), 0.9 * t * np.sin(angle)], 1), y


def checkerboard(rng):
    """Exclusive or: the sign of x₀ · x₁."""
    x = rng.uniform(-0.9, 0.9, (POINTS, 2))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def blobs(rng):
    """Three clouds."""
    y = np.arange(POINTS) % 3
    centres = np.array([[-0.5, -0.4], [0.5, -0.4], [0, 0.5]])
    return centres[y] + 0.15 * rng.standard_normal((POINTS, 2)), y


SHAPES = {"circles": circles, "spirals": spirals, "checkerboard": checkerboard, "blobs": blobs}


def load(name, noise, seed):
    """(x, y), (x_test, y_test) of a data set by its name; a third of the points is for the test."""
    if name == "digits":
        (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
        return (x[..., None] / 16, y), (x_test[..., None] / 16, y_test)
    rng = np.random.default_rng(seed)
    x, y = SHAPES[name](rng)
    x = (x + noise * rng.standard_normal(x.shape)).astype("float32")
    test = rng.permutation(len(x)) % 3 == 0
    return (x[~test], y[~test]), (x[test], y[test])


# --- the model --------------------------------------------------------------------------------------------------------

OPTIMIZERS = {
    "SGD": keras.optimizers.SGD,
    "Momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "RMSprop": keras.optimizers.RMSprop,
    "Adam": keras.optimizers.Adam,
    "AdamW": keras.optimizers.AdamW,
}


def layer_of(kind, size):
    """A layer of the editor's list."""
    activated = {"Dense relu": "relu", "Dense tanh": "tanh", "Dense linear": None}
    if kind in activated:
        return keras.layers.Dense(int(size), activated[kind])
    makers = {
        "Conv2D 3×3": lambda: keras.layers.Conv2D(int(size), 3, padding="same", activation="relu"),
        "MaxPooling2D": lambda: keras.layers.MaxPooling2D(2),
        "Flatten": keras.layers.Flatten,
        "Dropout": lambda: keras.layers.Dropout(float(size)),
        "BatchNormalization": keras.layers.BatchNormalization,
    }
    return makers[kind]()


def prepare(settings):
    """A new model on new data. Returns what the page draws before the first step; an error of a layer is raised."""
    seed = int(settings["seed"])
    keras.utils.clear_session()  # the layers' names count from the start
    keras.utils.set_random_seed(seed)
    State.data = (x, y), _ = load(settings["data"], float(settings["noise"]), seed)
    classes = int(y.max()) + 1
    layers = [layer_of(layer["kind"], layer["size"]) for layer in settings["layers"]]
    State.model = keras.Sequential([keras.Input(x.shape[1:]), *layers])
    if len(State.model.output_shape) > 2:
        State.model.add(keras.layers.Flatten())
    State.model.add(keras.layers.Dense(classes, "softmax"))
    optimizer = OPTIMIZERS[settings["optimizer"]](float(settings["learning_rate"]))
    State.model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    State.batch_size = int(settings["batch_size"])
    State.step = State.epoch = 0
    State.position = len(x)
    described = [[layer.name, str(layer.output.shape), layer.count_params()] for layer in State.model.layers]
    return {
        "layers": described,
        "parameters": State.model.count_params(),
        "classes": classes,
        "points": None if settings["data"] == "digits" else [_points(*part) for part in State.data],
        **look([]),
    }


def _points(x, y):
    return [[round(float(a), 3), round(float(b), 3), int(label)] for (a, b), label in zip(x, y, strict=True)]


# --- training ---------------------------------------------------------------------------------------------------------


def train(seconds, most=10**9):
    """Train until the time is up, or for that many steps. Returns the losses of the steps, and what the page draws."""
    losses, end = [], time.perf_counter() + seconds
    while len(losses) < most and (not losses or time.perf_counter() < end):
        loss, _ = State.model.train_on_batch(*next_batch())
        losses.append(_number(loss))
    return look(losses)


def next_batch():
    """The next rows of the training data, in a new order in each epoch."""
    (x, y), _ = State.data
    if State.position >= len(x):
        State.order = np.random.default_rng(State.epoch).permutation(len(x))
        State.position = 0
        State.epoch += 1
    rows = State.order[State.position : State.position + State.batch_size]
    State.position += State.batch_size
    State.step += 1
    State.model.reset_metrics()  # so that the loss is that of one batch
    return x[rows], y[rows]


def look(losses):
    """The state of the model: loss and accuracy on the test data, its regions or predicted digits, its kernels."""
    _, (x_test, y_test) = State.data
    probabilities = State.model.predict(x_test, batch_size=512, verbose=0)
    chosen = np.clip(probabilities[np.arange(len(y_test)), y_test], 1e-7, 1)
    is_image = x_test.ndim > 2
    return {
        "step": State.step,
        "epoch": State.epoch,
        "losses": losses,
        "test_loss": _number(-np.log(chosen).mean()),
        "test_accuracy": float((probabilities.argmax(1) == y_test).mean()),
        "regions": None if is_image else regions(),
        "digits": digits_shown(x_test, y_test, probabilities) if is_image else None,
        "kernels": kernels(),
    }


def regions():
    """The class of each position and its probability: bytes class · 64 + probability · 63, row by row."""
    line = np.linspace(-1, 1, GRID, dtype="float32")
    positions = np.stack(np.meshgrid(line, line[::-1]), -1).reshape(-1, 2)
    probabilities = State.model.predict(positions, batch_size=len(positions), verbose=0)
    best = probabilities.argmax(1)
    return _text(best * 64 + np.floor(probabilities.max(1) * 63))


def digits_shown(x, y, probabilities):
    """[picture, label, predicted digit, its probability] of the first test digits."""
    best = probabilities.argmax(1)
    shown = range(min(DIGITS_SHOWN, len(x)))
    return [[_text(x[i].ravel() * 255), int(y[i]), int(best[i]), _number(probabilities[i, best[i]])] for i in shown]


def kernels():
    """[name, rows, columns, largest absolute value, bytes 128 + 127 · value / largest] of each kernel's first part.

    Weights that are not numbers are drawn as zeros.
    """
    found = []
    for layer in State.model.layers:
        if hasattr(layer, "kernel"):
            kernel = np.asarray(layer.kernel)
            kernel = kernel.reshape(-1, kernel.shape[-1])[:LARGEST_PICTURE, :LARGEST_PICTURE]
            kernel = np.where(np.isfinite(kernel), kernel, 0)
            largest = float(np.abs(kernel).max()) or 1.0
            found.append([layer.name, *kernel.shape, largest, _text(128 + 127 * (kernel.ravel() / largest))])
    return found


def _number(value):
    """A float, or None for NaN and infinity, which JSON does not have."""
    return float(value) if math.isfinite(value) else None


def _text(numbers):
    """Numbers 0…255 as base64."""
    return base64.b64encode(np.nan_to_num(np.asarray(numbers)).astype(np.uint8).tobytes()).decode()


def trace():
    """The page that explains the next step of this training, as HTML."""
    return State.model.explain_step(*next_batch()).to_html()
