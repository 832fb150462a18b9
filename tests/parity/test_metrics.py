"""Every metric against tf.keras's: state and result after several batches, weights, masks, dtypes, configs, names."""

import inspect
import json

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402

import minikeras  # noqa: E402
from minikeras.metrics.resolve import resolve_metric  # noqa: E402
from tests.identifiers import without_addresses  # noqa: E402
from tests.parity import metric_cases as cases  # noqa: E402
from tests.parity.comparing import SAME_FORMULA, assert_close  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

HALF = 2e-3  # one rounding of float16 is 5e-4; a few of them in a row

WEIGHTS = {
    "none": lambda y_true, rng: None,
    "number": lambda y_true, rng: 1.5,
    "per sample": lambda y_true, rng: rng.uniform(0.1, 2.0, len(y_true)).astype("float32"),
    "column": lambda y_true, rng: rng.uniform(0.1, 2.0, (len(y_true), 1)).astype("float32"),
    "some zero": lambda y_true, rng: rng.integers(0, 2, len(y_true)).astype("float32"),
    "per element": lambda y_true, rng: rng.uniform(0.1, 2.0, y_true.shape).astype("float32"),
}


def batches(data, weights="none", seed=5):
    """(y_true, y_pred, sample_weight) of several batches, the last one smaller."""
    rng = np.random.default_rng(seed)
    for n in cases.BATCHES:
        y_true, y_pred = data(rng, n)
        y_true = y_true if y_true.dtype.kind == "i" else y_true.astype("float32")
        yield y_true, y_pred.astype("float32"), WEIGHTS[weights](y_true, rng)


def assert_same_state(group, ours, theirs, tolerance):
    """Variables one by one, by value, dtype and path; then the result."""
    assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
    for mine, other in zip(ours.variables, theirs.variables, strict=True):
        assert mine.dtype == keras.backend.standardize_dtype(other.dtype)
        assert_close(f"{group}, states", mine.numpy(), np.asarray(other), tolerance, mine.path)
    result, expected = np.asarray(ours.result()), np.asarray(theirs.result())
    assert result.dtype == expected.dtype
    assert_close(group, result, expected, tolerance, "result")


@pytest.mark.filterwarnings("ignore:.*(independent predictors|Division by zero|R² score|integer|int64)")
@pytest.mark.parametrize(
    "weights",
    [pytest.param(name, marks=pytest.mark.full if name in ("number", "column") else []) for name in WEIGHTS],
)
@pytest.mark.one_in(9)
@pytest.mark.parametrize("cls, arguments, data", cases.CASES, ids=cases.IDS)
def test_over_batches(cls, arguments, data, weights):
    ours, theirs = (getattr(k.metrics, cls)(**arguments) for k in (minikeras, keras))
    assert ours.name == theirs.name
    for y_true, y_pred, sample_weight in batches(data, weights):
        try:
            if arguments.get("average") == "micro" and weights in ("column", "per element"):
                raise ValueError("Keras computes an outer product of samples here; minikeras refuses these weights")
            theirs.update_state(y_true, y_pred, sample_weight)
        except (ValueError, TypeError, tf.errors.InvalidArgumentError):
            with pytest.raises(ValueError, match="Received"):
                ours.update_state(y_true, y_pred, sample_weight)
            return
        ours.update_state(y_true, y_pred, sample_weight)
        assert_same_state("metrics", ours, theirs, SAME_FORMULA)
    ours.reset_state(), theirs.reset_state()
    assert_same_state("metrics", ours, theirs, 0.0)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("cls, arguments, data", cases.CASES, ids=cases.IDS)
def test_before_the_first_batch(cls, arguments, data):
    ours, theirs = (getattr(k.metrics, cls)(**arguments) for k in (minikeras, keras))
    try:
        expected = np.asarray(theirs.result())
    except (AttributeError, ValueError):
        expected = 0.0  # Keras has no result before the state is made; minikeras says 0
    np.testing.assert_array_equal(np.asarray(ours.result()), expected)


VALUE_SHAPES = [
    ((), None), ((), ()), ((4,), None), ((4, 3), None), ((2, 3, 4), None), ((0,), None), ((4,), ()), ((4,), (4,)),
    ((4,), (4, 1)), ((4, 1), (4,)), ((4, 3), (4,)), ((4, 3), (4, 1)), ((4, 3), (4, 3)), ((4, 3), (1, 3)), ((4, 3), ()),
    ((4, 3), (3,)), ((4,), (4, 3)), ((2, 3, 4), (2,)), ((2, 3, 4), (2, 3)), ((2, 3, 4), (2, 3, 1)),
    ((2, 3, 4), (2, 3, 4)), ((2, 3, 4), (2, 1)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("value_shape, weight_shape", VALUE_SHAPES)
@pytest.mark.parametrize("cls", ["Mean", "Sum"])
def test_means_and_sums_of_any_shape(cls, value_shape, weight_shape, dtype):
    rng = np.random.default_rng(0)
    ours, theirs = (getattr(k.metrics, cls)(dtype=dtype) for k in (minikeras, keras))
    for _ in range(2):
        values = rng.uniform(size=value_shape).astype("float32")
        weights = None if weight_shape is None else rng.uniform(size=weight_shape).astype("float32")
        try:
            theirs.update_state(values, sample_weight=weights)
        except tf.errors.InvalidArgumentError:
            with pytest.raises(ValueError, match="Received"):
                ours.update_state(values, sample_weight=weights)
            return
        ours.update_state(values, sample_weight=weights)
        assert_same_state("metrics, means", ours, theirs, SAME_FORMULA)


MASK = np.random.default_rng(1).uniform(size=(5, 6)) < 0.6


@pytest.mark.parametrize("weight_shape", [None, (5, 6), (5, 1), (5, 6, 1)])
@pytest.mark.parametrize("cls", ["MeanSquaredError", "MeanAbsoluteError", "CosineSimilarity"])
def test_masks_of_predictions(cls, weight_shape):
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.normal(size=(2, 5, 6, 3)).astype("float32")
    weights = None if weight_shape is None else rng.uniform(size=weight_shape).astype("float32")
    ours, theirs = (getattr(k.metrics, cls)() for k in (minikeras, keras))
    for metric, tensor in ((ours, minikeras.Tensor), (theirs, tf.constant)):
        prediction = tensor(y_pred)
        prediction._keras_mask = tensor(MASK)
        metric.update_state(y_true, prediction, weights)
    assert_same_state("metrics, masks", ours, theirs, SAME_FORMULA)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("cls", ["Mean", "Sum"])
def test_masks_of_values_count_only_beside_weights(cls, weighted):
    values = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")
    weights = np.random.default_rng(2).uniform(size=(5, 6)).astype("float32") if weighted else None
    ours, theirs = (getattr(k.metrics, cls)() for k in (minikeras, keras))
    for metric, tensor in ((ours, minikeras.Tensor), (theirs, tf.constant)):
        tensor_of_values = tensor(values)
        tensor_of_values._keras_mask = tensor(MASK)
        metric.update_state(tensor_of_values, sample_weight=weights)
    assert_same_state("metrics, masks", ours, theirs, SAME_FORMULA)


@pytest.mark.parametrize("dtype", ["float16", "float64", "mixed_float16"])
@pytest.mark.parametrize(
    "cls, data",
    [
        ("MeanSquaredError", cases.numbers),
        ("BinaryAccuracy", cases.yes_no),
        ("Precision", cases.yes_no),
        ("AUC", cases.yes_no),
    ],
)
def test_dtypes(cls, data, dtype):
    ours, theirs = (getattr(k.metrics, cls)(dtype=dtype) for k in (minikeras, keras))
    assert ours.dtype == theirs.dtype
    for y_true, y_pred, _ in batches(data):
        ours.update_state(y_true, y_pred)
        theirs.update_state(y_true, y_pred)
    half = "16" in dtype
    assert_same_state(f"metrics, {dtype.removeprefix('mixed_')}", ours, theirs, HALF if half else SAME_FORMULA)


FUNCTIONS = [
    ("binary_accuracy", {}, cases.yes_no), ("binary_accuracy", {"threshold": 0.2}, cases.flat),
    ("categorical_accuracy", {}, cases.one_hot), ("sparse_categorical_accuracy", {}, cases.classes),
    ("sparse_categorical_accuracy", {}, cases.class_maps),
    ("top_k_categorical_accuracy", {"k": 2}, cases.one_hot),
    ("sparse_top_k_categorical_accuracy", {"k": 2}, cases.classes),
    ("sparse_top_k_categorical_accuracy", {"k": 2}, cases.tied), ("pearson_correlation", {}, cases.vectors),
    ("concordance_correlation", {}, cases.vectors), ("concordance_correlation", {"axis": 0}, cases.vectors),
    ("mean_squared_error", {}, cases.numbers), ("huber", {}, cases.numbers), ("log_cosh", {}, cases.numbers),
    ("kl_divergence", {}, cases.distributions), ("poisson", {}, cases.positive), ("hinge", {}, cases.signs),
    ("binary_crossentropy", {}, cases.yes_no),
]  # fmt: skip


@pytest.mark.parametrize("function, arguments, data", FUNCTIONS)
def test_functions(function, arguments, data):
    for y_true, y_pred, _ in batches(data):
        ours = np.asarray(getattr(minikeras.metrics, function)(y_true, y_pred, **arguments))
        theirs = np.asarray(getattr(keras.metrics, function)(y_true, y_pred, **arguments))
        assert ours.dtype == theirs.dtype
        assert_close("metric functions", ours, theirs, SAME_FORMULA)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("cls, arguments, data", cases.CASES, ids=cases.IDS)
def test_configs_and_round_trips(cls, arguments, data):
    ours, theirs = (getattr(k.metrics, cls)(name="given", **arguments) for k in (minikeras, keras))
    expected = theirs.get_config()
    if expected.get("label_weights") is not None:  # Keras puts a tensor there, minikeras a list, which Keras reads, too
        expected["label_weights"] = np.asarray(expected["label_weights"]).tolist()
    if cls == "CosineSimilarity" and arguments:  # Keras forgets it
        assert "axis" not in expected
        expected["axis"] = arguments["axis"]
    assert ours.get_config() == expected
    written = minikeras.metrics.serialize(ours)
    assert written == {**keras.metrics.serialize(theirs), "config": expected}
    there = keras.metrics.deserialize(json.loads(json.dumps(written)))
    here = minikeras.metrics.deserialize(json.loads(json.dumps(written)))
    assert type(there) is type(theirs)
    assert type(here) is type(ours)
    assert here.get_config() == ours.get_config()
    for y_true, y_pred, _ in batches(data):
        for metric in (ours, here, there):
            metric.update_state(y_true, y_pred)
    np.testing.assert_array_equal(np.asarray(here.result()), np.asarray(ours.result()))
    if cls == "CosineSimilarity" and arguments:
        return
    assert_close("metrics, through files", np.asarray(there.result()), np.asarray(ours.result()), SAME_FORMULA)


REQUIRED = {
    "IoU": (2, [0]), "MeanIoU": (2,), "OneHotIoU": (2, [0]), "OneHotMeanIoU": (2,), "PrecisionAtRecall": (0.5,),
    "RecallAtPrecision": (0.5,), "SensitivityAtSpecificity": (0.5,), "SpecificityAtSensitivity": (0.5,),
}  # fmt: skip
CLASSES_OF_KERAS = [
    name for name in dir(keras.metrics)
    if inspect.isclass(getattr(keras.metrics, name)) and name not in ("Metric", "MeanMetricWrapper")
]  # fmt: skip


@pytest.mark.parametrize("cls", CLASSES_OF_KERAS)
def test_defaults_names_states_and_directions(cls):
    ours, theirs = (getattr(k.metrics, cls)(*REQUIRED.get(cls, ())) for k in (minikeras, keras))
    assert ours.get_config() == theirs.get_config()
    assert ours.name == theirs.name
    assert getattr(ours, "_direction", None) == getattr(theirs, "_direction", None)
    assert [(v.path, tuple(v.shape), v.dtype, v.trainable) for v in ours.variables] == [
        (v.path, tuple(v.shape), v.dtype, v.trainable) for v in theirs.variables
    ]
    assert [b.__name__ for b in type(ours).__mro__ if b.__name__ in ("Mean", "MeanMetricWrapper", "Metric")] == [
        b.__name__ for b in type(theirs).__mro__ if b.__name__ in ("Mean", "MeanMetricWrapper", "Metric")
    ]


def test_the_table_covers_every_metric():
    assert set(CLASSES_OF_KERAS) - {"Mean", "Sum"} == {cls for cls, *_ in cases.CASES}


IDENTIFIERS = [
    *("mse", "MSE", "mae", "MAE", "mape", "msle", "bce", "BCE", "accuracy", "Accuracy", "auc", "AUC", "f1_score"),
    *("cosine_similarity", "CosineSimilarity", "mean", "Mean", "sum", "hinge", "precision", "Precision", "io_u"),
    *("mean_squared_error", "root_mean_squared_error", "RootMeanSquaredError", "r2_score", "log_cosh_error"),
    *("acc", "ACC", "kld", "logcosh", "log_cosh", "crossentropy", "foo", 3, "huber", "binary_focal_crossentropy"),
]


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_get_resolves_what_keras_resolves(identifier):
    try:
        theirs = keras.metrics.get(identifier)
    except (ValueError, TypeError):
        with pytest.raises((ValueError, TypeError)):
            minikeras.metrics.get(identifier)
        return
    ours = minikeras.metrics.get(identifier)
    assert (type(ours).__name__, ours.name) == (type(theirs).__name__, theirs.name)


def own_function(y_true, y_pred):
    return y_pred


class OwnCallable:
    def __call__(self, y_true, y_pred):
        return y_pred


OUTPUTS = {
    "binary": ((4, 1), (4, 1)),
    "sparse": ((4,), (4, 3)),
    "column": ((4, 1), (4, 3)),
    "one-hot": ((4, 3), (4, 3)),
}


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize(
    "identifier",
    [
        "accuracy",
        "acc",
        "Accuracy",
        "ACC",
        "mse",
        "MSE",
        "AUC",
        "auc",
        "hinge",
        own_function,
        OwnCallable(),
        "Huber loss",
    ],
    ids=without_addresses,
)
def test_compile_resolves_names_by_the_shapes(identifier, output):
    true_shape, pred_shape = OUTPUTS[output]
    y_true, y_pred = np.ones(true_shape, "float32"), np.full(pred_shape, 0.4, "float32")
    ours, theirs = (
        (identifier, identifier) if identifier != "Huber loss" else (minikeras.losses.Huber(), keras.losses.Huber())
    )
    compiled = keras.src.trainers.compile_utils.CompileMetrics([theirs], None)
    compiled.build(tf.constant(y_true), tf.constant(y_pred))
    (theirs,) = compiled.metrics
    ours = resolve_metric(ours, y_true, y_pred)
    assert (type(ours).__name__, ours.name) == (type(theirs).__name__, theirs.name)


def test_stateless_calls_leave_the_state_alone():
    for k in (minikeras, keras):
        metric = k.metrics.Mean()
        metric.update_state([1.0, 3.0])
        before = [np.asarray(v) for v in metric.variables]
        updated = metric.stateless_update_state(before, np.array([5.0, 7.0], "float32"))
        assert [float(x) for x in updated] == [16.0, 4.0]
        assert float(metric.stateless_result(updated)) == 4.0
        assert [float(x) for x in metric.stateless_reset_state()] == [0.0, 0.0]
        np.testing.assert_array_equal([np.asarray(v) for v in metric.variables], before)
        with pytest.raises(ValueError, match="metric_variables"):
            metric.stateless_result([1.0])


def _metric_of_metrics(k):
    """A user's metric, on either side."""

    class Own(k.metrics.Metric):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = k.metrics.Mean()
            self.count = self.add_weight(shape=(2,), initializer="zeros", name="count")
            self.more = [k.metrics.Sum(), k.metrics.Sum(name="second")]
            self.ones = self.add_variable((), "ones", name="ones")

        def update_state(self, values):
            self.count.assign_add(k.ops.ones((2,)))
            self.inner.update_state(values)

        def result(self):
            return {"count": self.count[0], "mean": self.inner.result()}

    return Own


def test_own_metrics_with_nested_metrics():
    seen = []
    for k in (minikeras, keras):
        metric = _metric_of_metrics(k)()
        result = metric(np.array([1.0, 2.0], "float32"))
        seen.append([metric.name, repr(metric), [v.path for v in metric.variables], metric.get_config()])
        seen[-1].append({name: float(value) for name, value in result.items()})
        seen[-1].append([np.asarray(v).tolist() for v in metric.variables])
        metric.reset_state()
        seen[-1].append([np.asarray(v).tolist() for v in metric.variables])
    assert seen[0] == seen[1]


def test_own_metrics_keep_their_state_in_floatx():
    for k in (minikeras, keras):
        assert [v.dtype for v in _metric_of_metrics(k)(dtype="float64").variables] == ["float32"] * 6
