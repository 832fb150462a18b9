"""Networks of `keras.applications`: start, `predict`, `fit` and memory, next to TensorFlow, PyTorch and ONNX Runtime.

All sides have the same weights: those of TensorFlow. PyTorch runs our graph (`torch_graphs.py`), and ONNX Runtime has
the file that `model.export` writes here.
"""

import tempfile

import numpy as np
import pytest

import minikeras
from benchmarks.goals import Goal
from benchmarks.processes import outputs_of
from benchmarks.torch_graphs import GraphTrainer

NAMES = ("ResNet50", "MobileNetV2", "EfficientNetB0")
MEASURED_IN_MEMORY = ("VGG16", "DenseNet121")  # besides: wide activations, and many that are joined
CLASSES, SIZE, TRAINED, LEARNING_RATE = 10, 96, 8, 0.001
ROUNDS = 2  # of processes that take TensorFlow up to 25 seconds
PREDICTIONS = {  # (images, pixels): {network: the ratio that it shall reach}
    (1, 96): {"ResNet50": 4, "MobileNetV2": 8},
    (16, 96): {"ResNet50": 2, "MobileNetV2": 2, "EfficientNetB0": 2},
    (1, 224): dict.fromkeys(NAMES, 2),
}
FITS = {"ResNet50": 1.8, "MobileNetV2": 2.5}
MODEL = """
import time
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).uniform(size=({images}, {size}, {size}, 3)).astype("float32")
y = np.arange({images}) % {classes}
start = time.perf_counter()
model = keras.applications.{name}(weights=None, input_shape=({size}, {size}, 3), classes={classes})
"""
TWO_STEPS = """
model.compile("sgd", "sparse_categorical_crossentropy")
print(model.fit(x, y, batch_size=len(x) // 2, shuffle=False, verbose=0).history["loss"][-1])
print(time.perf_counter() - start)
"""
FIRST_PREDICTION = """
start = time.perf_counter()
y = model.predict(x, verbose=0)
print(float(abs(y).max()))
print(time.perf_counter() - start)
"""
# `VmHWM`: `ru_maxrss` of a child begins with what its parent had before `exec`.
PEAK = """
print(1024 * int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]))
"""
# In ResNet50 4e-5 in float32, 1e-15 in float64. Each step of untrained networks magnifies roundings: the second loss
# differs by 3 % in float32, by 2e-12 in float64, so that later ones say nothing.
SAME_FIRST_LOSS = 1e-3
# Of losses and probabilities of untrained networks whose weights are drawn at random: an error would show, no rounding.
NEAR = 0.1


def made(keras, name, size, start=None):
    """The network with SGD; with `start`, from those weights."""
    keras.utils.set_random_seed(0)
    model = getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3), classes=CLASSES)
    if start is not None:
        model.set_weights(start)
    model.compile(keras.optimizers.SGD(LEARNING_RATE), "sparse_categorical_crossentropy")
    return model


def onnx_session(model, folder, threads):
    """ONNX Runtime with the model as it is exported here; None where it is not installed."""
    try:
        import onnxruntime
    except ImportError:
        return None
    model.export(folder / "model.onnx", format="onnx", verbose=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    return onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])


def alternately(script, backends):
    """{backend: [what its process prints, for each round]}, whose first numbers are near each other."""
    printed = {backend: [] for backend in backends}
    for backend in backends * ROUNDS:
        printed[backend].append(outputs_of(backend, script))
    checked = [numbers[0][0] for numbers in printed.values()]
    np.testing.assert_allclose(checked, checked[0], rtol=NEAR)
    return printed


@pytest.mark.parametrize("name", NAMES)
def test_first_fit(record_row, tf, name):
    """From the constructor to the end of the first `fit`, of two steps; and the memory of the whole process."""
    script = MODEL.format(name=name, images=2 * TRAINED, size=SIZE, classes=CLASSES) + TWO_STEPS + PEAK
    printed = alternately(script, ["minikeras", *(["tensorflow"] if tf else [])])
    with tempfile.TemporaryDirectory(prefix="minikeras_cold_") as empty:
        _, cold, _ = outputs_of("minikeras", script, NUMBA_CACHE_DIR=empty)
    record_row(
        f"{name}: constructor to the end of two steps of fit",
        {side: [seconds for _, seconds, _ in rounds] for side, rounds in printed.items()} | {"cold": [cold]},
        goals=(Goal(f"{name}, constructor to the end of two steps of `fit`", 5),) if name in FITS else (),
    )
    record_row(
        f"{name}: peak memory of fit, batch {TRAINED}",
        {side: [peak for *_, peak in rounds] for side, rounds in printed.items()},
        goals=(Goal("peak memory of `fit`, networks of applications", 1),),
        unit="bytes",
    )


@pytest.mark.parametrize("name", NAMES)
def test_first_prediction(record_row, tf, name):
    script = MODEL.format(name=name, images=1, size=SIZE, classes=CLASSES) + FIRST_PREDICTION + PEAK
    printed = alternately(script, ["minikeras", *(["tensorflow"] if tf else [])])
    record_row(
        f"{name}: first predict, 1 image",
        {side: [seconds for _, seconds, _ in rounds] for side, rounds in printed.items()},
        goals=(Goal("first `predict` after building, networks of applications", 3),),
    )
    record_row(
        f"{name}: peak memory of predict, 1 image",
        {side: [peak for *_, peak in rounds] for side, rounds in printed.items()},
        unit="bytes",
    )


@pytest.mark.parametrize("name", MEASURED_IN_MEMORY)
@pytest.mark.parametrize(
    "images, ending, what",
    [(2 * TRAINED, TWO_STEPS, f"fit, batch {TRAINED}"), (1, FIRST_PREDICTION, "predict, 1 image")],
)
def test_memory(record_row, tf, name, images, ending, what):
    script = MODEL.format(name=name, images=images, size=SIZE, classes=CLASSES) + ending + PEAK
    record_row(
        f"{name}: peak memory of {what}",
        {side: [outputs_of(side, script)[-1]] for side in ["minikeras", *(["tensorflow"] if tf else [])]},
        goals=(Goal("peak memory of `fit`, networks of applications", 1),) if ending == TWO_STEPS else (),
        unit="bytes",
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("images, size", PREDICTIONS)
def test_predict(side_by_side, tf, torch, tmp_path, all_threads, name, images, size):
    ours = made(minikeras, name, size)
    theirs = tf and made(tf.keras, name, size, ours.get_weights())
    x = np.random.default_rng(0).uniform(size=(images, size, size, 3)).astype("float32")
    session = onnx_session(ours, tmp_path, all_threads)
    pytorch = torch and GraphTrainer(torch, ours, LEARNING_RATE)
    wanted = PREDICTIONS[images, size].get(name)
    row = f"{name}: predict, {images} image{'s' * (images > 1)} of {size}×{size}"
    side_by_side(
        row,
        goals=(Goal(row.replace(": predict", ", `predict`"), wanted),) if wanted else (),
        seconds=2.0,
        rounds=5,
        minikeras=lambda: ours.predict(x, verbose=0),
        tensorflow=theirs and (lambda: theirs.predict(x, verbose=0)),
        pytorch=pytorch and (lambda: pytorch.predict(x)),
        onnxruntime=session and (lambda: session.run(None, {session.get_inputs()[0].name: x})[0]),
    )


@pytest.mark.parametrize("name", NAMES)
def test_fit(side_by_side, tf, torch, name):
    ours = made(minikeras, name, SIZE)
    theirs = tf and made(tf.keras, name, SIZE, ours.get_weights())
    x = np.random.default_rng(0).uniform(size=(2 * TRAINED, SIZE, SIZE, 3)).astype("float32")
    y = np.arange(len(x)) % CLASSES

    def epoch(model):
        return lambda: model.fit(x, y, batch_size=TRAINED, shuffle=False, verbose=0).history["loss"][-1]

    pytorch = torch and GraphTrainer(torch, ours, LEARNING_RATE)
    losses = [float(model.train_on_batch(x[:TRAINED], y[:TRAINED])) for model in (ours, theirs) if model]
    np.testing.assert_allclose(losses, losses[0], rtol=SAME_FIRST_LOSS)
    side_by_side(
        f"{name}: fit, batch {TRAINED}",
        goals=(Goal(f"{name}, `fit`, batch {TRAINED}", FITS[name]),) if name in FITS else (),
        calls=len(x) // TRAINED,
        unit="step",
        check=lambda *losses: None,  # the first ones agree
        seconds=3.0,
        rounds=3,
        minikeras=epoch(ours),
        tensorflow=theirs and epoch(theirs),
        pytorch=pytorch and (lambda: pytorch.fit(x, y, TRAINED)),
    )
