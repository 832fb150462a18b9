"""Names and habits of older scripts: what tf.keras still has, still accepts, and refuses, against the live tf.keras."""

import inspect

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat.namespaces import namespace_shim  # noqa: E402
from tests.parity.comparing import SAME_FORMULA, assert_close  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:A layer needs no `input_shape`")

theirs = tf.keras
ours = namespace_shim("tensorflow.keras")
X = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
Y = np.arange(8) % 2


def model(keras, **settings):
    made = keras.Sequential()
    made.add(keras.layers.Dense(3, input_shape=(4,), activation="relu"))
    made.add(keras.layers.Dense(1, activation="sigmoid"))
    made.compile("adam", "binary_crossentropy", metrics=["accuracy"], **settings)
    return made


@pytest.mark.parametrize("namespace", ["losses", "metrics", "mixed_precision"])
def test_namespaces_have_all_names(namespace):
    names = {name for name in dir(getattr(theirs, namespace)) if not name.startswith("_")}
    assert names <= set(dir(getattr(ours, namespace)))


@pytest.mark.parametrize("name", ["KLD", "MAE", "MAPE", "MSE", "MSLE", "kld", "logcosh", "mae", "mape", "mse", "msle"])
def test_short_names_mean_the_same(name):
    a, b = (np.random.default_rng(seed).uniform(0.1, 1, (3, 4)).astype("float32") for seed in (1, 2))
    for namespace in ("losses", "metrics"):
        mine, their = (getattr(getattr(keras, namespace), name) for keras in (ours, theirs))
        assert inspect.signature(mine) == inspect.signature(their)
        assert_close("compat: keras names", mine(a, b), their(a, b), SAME_FORMULA, name)


def test_thresholded_relu():
    x = np.array([[-1.0, 0.3, 0.5, 0.7]], "float32")
    mine, their = (keras.layers.ThresholdedReLU(0.5) for keras in (ours, theirs))
    assert_close("compat: keras names", mine(x), their(x), SAME_FORMULA)
    assert list(mine.get_config()) == list(their.get_config())


@pytest.mark.parametrize(
    "arguments",
    [
        {"factor": 0.3},
        {"factor": (-0.5, 0.5), "interpolation": "nearest"},
        {"factor": [0.2, 0.4], "interpolation": "bicubic"},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["RandomHeight", "RandomWidth"])
def test_random_sizes(name, arguments):
    x = np.random.default_rng(0).uniform(0, 1, (2, 20, 30, 3)).astype("float32")
    mine, their = (getattr(keras.layers, name)(seed=3, **arguments) for keras in (ours, theirs))
    for settings in ({}, {}, {"training": False}):
        assert_close("compat: keras names", mine(x, **settings), their(x, **settings), SAME_FORMULA)
    assert mine.compute_output_shape((None, 4, 5, 3)) == their.compute_output_shape((None, 4, 5, 3))
    assert list(mine.get_config()) == list(their.get_config())


ACCEPTED = [
    lambda keras: model(keras).count_params(),
    lambda keras: keras.Sequential([keras.layers.Flatten(input_shape=(2, 2))]).output_shape,
    lambda keras: keras.layers.Dense(3, input_dim=4).units,
    lambda keras: keras.layers.Embedding(5, 2, input_length=3).output_dim,
    lambda keras: keras.layers.LeakyReLU(alpha=0.1).negative_slope,
    lambda keras: keras.layers.Convolution2D(3, 3).filters,
    lambda keras: float(model(keras).optimizer.learning_rate),
    lambda keras: float(keras.backend.get_value(model(keras).optimizer.learning_rate)),
    lambda keras: model(keras).metrics_names,
    lambda keras: sorted(model(keras).fit(X, Y, verbose=0).history),
    lambda keras: tuple(model(keras).layers[0].output.shape),
    lambda keras: keras.utils.to_categorical(Y).tolist(),
    lambda keras: keras.optimizers.get("Adam").name,
    lambda keras: keras.losses.MeanSquaredError(reduction=keras.losses.Reduction.SUM).reduction,
    lambda keras: keras.mixed_precision.global_policy().name,
    lambda keras: keras.utils.Sequence.__name__,
    lambda keras: keras.__version__,
]


@pytest.mark.parametrize("call", ACCEPTED)
@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`", "ignore:Argument `", "ignore:.*input_length")
def test_both_accept(call):
    assert call(ours) == call(theirs)


REFUSED = [
    lambda keras: model(keras).fit_generator,
    lambda keras: model(keras).evaluate_generator,
    lambda keras: model(keras).predict_generator,
    lambda keras: model(keras).predict_classes,
    lambda keras: model(keras).predict_proba,
    lambda keras: model(keras).to_yaml,
    lambda keras: model(keras).optimizer.lr,
    lambda keras: model(keras).layers[0].output_shape,
    lambda keras: keras.layers.Dense(2).output,
    lambda keras: keras.optimizers.Adam(lr=0.1),
    lambda keras: model(keras).fit(X, Y, nb_epoch=1),
    lambda keras: model(keras).fit(X, Y, workers=2),
    lambda keras: model(keras, sample_weight_mode="temporal"),
    lambda keras: keras.layers.Dense(output_dim=3),
    lambda keras: keras.layers.Conv2D(3, 3, border_mode="same"),
    lambda keras: keras.layers.Dropout(p=0.5),
    lambda keras: keras.callbacks.ModelCheckpoint("x.keras", period=2),
    lambda keras: keras.utils.to_categorical(Y, nb_classes=2),
    lambda keras: keras.utils.np_utils,
    lambda keras: keras.utils.multi_gpu_model,
    lambda keras: keras.backend.learning_phase,
    lambda keras: keras.backend.function,
    lambda keras: keras.backend.placeholder,
    lambda keras: keras.wrappers.scikit_learn,
    lambda keras: keras.layers.experimental,
    lambda keras: keras.layers.CuDNNLSTM,
    lambda keras: keras.engine,
    lambda keras: keras.experimental,
    lambda keras: keras.constraints.maxnorm,
    lambda keras: keras.optimizers.legacy.Adam(),
]


@pytest.mark.parametrize("call", REFUSED)
@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
def test_both_refuse_with_the_same_kind_of_error(call):
    errors = []
    for keras in (theirs, ours):
        with pytest.raises(Exception) as error:  # noqa: PT011 — the kind is compared below
            call(keras)
        errors.append(error.type)
    assert issubclass(errors[1], errors[0])
