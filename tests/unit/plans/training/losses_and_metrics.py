"""Scenarios about losses, metrics, labels and sample weights: Mode -> nested numbers."""

import numpy as np

import minikeras as keras
from minikeras import layers
from tests.unit.plans.training.mode import SPARSE, X, Y, fit, mlp


def labels_of_other_dtypes(mode):
    results = []
    for dtype in ("uint8", "int32", "float32", "bool"):
        model = mode.compile(mlp())
        results += [fit(model, y=Y.astype(dtype)), fit(model, y=Y.astype(dtype)[:, None])]
    return results


def other_losses(mode):
    results = []
    for units, activation, loss in (
        (1, "sigmoid", "binary_crossentropy"),
        (1, None, "mse"),
        (3, "softmax", "categorical_crossentropy"),
        (1, "softplus", "poisson"),
        (3, "softmax", "kl_divergence"),
        (1, "softplus", "msle"),
        (1, None, "mape"),
        (1, None, "huber"),
        (1, None, "log_cosh"),
        (1, None, lambda y, p: keras.ops.mean((2.0 - (p - 0.3) / 4.0) ** 2 / (1.0 + y), axis=-1)),
    ):
        dense = layers.Dense(8, "tanh", activity_regularizer="l2")
        model = keras.Sequential([keras.Input((6,)), dense, layers.Dense(units, activation)])
        mode.compile(model, loss=loss, metrics=["accuracy", "mae"])
        y = np.eye(3, dtype="float32")[Y] if units == 3 else (Y > 0).astype("float32")[:, None]
        results += [fit(model, y=y), model.get_weights()]
    return results


def metrics_without_python(mode):
    """Of each kind of labels, some with weights of samples, whose steps a plan does without Python."""
    results, m = [], keras.metrics
    one_hot, yes = np.eye(3, dtype="float32")[Y], (Y > 0).astype("float32")[:, None]
    for units, activation, loss, metrics, y in (
        (3, "softmax", SPARSE, (m.SparseTopKCategoricalAccuracy(2), m.SparseCategoricalCrossentropy(), "accuracy"), Y),
        (3, "softmax", "categorical_crossentropy", (m.TopKCategoricalAccuracy(2), "accuracy", "mse", "ce"), one_hot),
        (1, "sigmoid", "binary_crossentropy", (m.BinaryCrossentropy(), m.BinaryAccuracy(threshold=0.4), "mae"), yes),
        (
            1,
            "sigmoid",
            "binary_crossentropy",
            (m.Precision(), m.Recall([0.3, 0.5]), m.AUC()),
            yes[:, 0].astype("int32"),
        ),
        (3, "softmax", "categorical_crossentropy", (m.AUC(curve="PR"), m.FalseNegatives(0.4)), one_hot),
        (2, None, "mse", (m.RootMeanSquaredError(), "mae", "mse"), X[:, :2]),
    ):
        weights = np.linspace(0, 2, len(y), dtype="float32")
        for given in (None, weights):
            model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "tanh"), layers.Dense(units, activation)])
            kind = "metrics" if given is None else "weighted_metrics"
            mode.compile(model, "sgd", loss, **{"metrics": (), kind: [copy_of(metric) for metric in metrics]})
            results += [fit(model, y=y, sample_weight=given), model.evaluate(X, y, sample_weight=given, verbose=0)]
    assert mode.name != "compiled" or all(plan.repeat is not None for plan in mode.plans())
    return results


def copy_of(metric):
    return metric if isinstance(metric, str) else type(metric).from_config(metric.get_config())


def several_outputs_with_weights(mode):
    inputs = keras.Input((6,))
    x = layers.Dense(8, "relu")(inputs)
    outputs = {"kind": layers.Dense(3, "softmax", name="kind")(x), "size": layers.Dense(2, name="size")(x)}
    model = keras.Model(inputs, outputs)
    losses, weights = {"kind": SPARSE, "size": "mse"}, {"kind": 0.3, "size": 2.0}
    mode.compile(
        model, "sgd", losses, (), loss_weights=weights, weighted_metrics={"kind": ["accuracy"], "size": ["mae"]}
    )
    y = {"kind": Y, "size": X[:, :2]}
    of_samples = {"kind": np.linspace(0, 1, 50, dtype="float32"), "size": np.ones(50, "float32")}
    results = [fit(model, y=y), fit(model, y=y, sample_weight=of_samples), model.get_weights()]
    assert mode.name != "compiled" or all(plan.repeat is not None for plan in mode.plans())
    return results


def labels_as_integers_and_one_hot(mode):
    results = []
    one_hot = np.eye(3, dtype="float32")[Y]
    for units, activation, loss, metric, y in (
        (3, "softmax", "categorical_crossentropy", "accuracy", one_hot),
        (3, None, keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), "accuracy", one_hot),
        (1, "sigmoid", "binary_crossentropy", "accuracy", (Y > 0).astype("int64")),
        (1, "sigmoid", "binary_crossentropy", "accuracy", (Y > 0).astype("uint8")[:, None]),
        (2, None, "mae", "mse", X[:, :2]),
        (2, "exponential", "mse", "mae", X[:, :2]),
    ):
        model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "relu"), layers.Dense(units, activation)])
        mode.compile(model, keras.optimizers.SGD(0.1), loss=loss, metrics=[metric])  # Adam's first steps make ties
        results += [fit(model, y=y), model.get_weights(), model.evaluate(X, y, verbose=0)]
    return results


def regularizers_and_activity_losses(mode):
    model = mlp(layers.ActivityRegularization(l2=0.01) if hasattr(layers, "ActivityRegularization") else layers.ReLU(),
                kernel_regularizer="l2", activity_regularizer="l1")  # fmt: skip
    return fit(mode.compile(model)), model.get_weights()


def weights_of_samples_and_classes(mode):
    model = mode.compile(mlp(), weighted_metrics=["accuracy"])
    return fit(model, sample_weight=np.linspace(0, 2, 50)), fit(model, class_weight={0: 1.0, 1: 3.0, 2: 0.5})


def many_metrics(mode):
    metrics = [
        "accuracy",
        keras.metrics.SparseTopKCategoricalAccuracy(2),
        keras.metrics.SparseCategoricalCrossentropy(),
    ]
    model = mode.compile(mlp(), metrics=metrics)
    return fit(model), model.evaluate(X, Y, verbose=0)


def several_outputs(mode):
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    shared = layers.Dense(8, activation="relu")
    joined = layers.Concatenate()([shared(a), shared(b)])
    outputs = {
        "kind": layers.Dense(3, activation="softmax", name="kind")(joined),
        "size": layers.Dense(1, name="size")(joined),
    }
    model = keras.Model({"a": a, "b": b}, outputs)
    mode.compile(model, loss={"kind": SPARSE, "size": "mse"}, metrics=(), loss_weights={"kind": 1.0, "size": 0.3})
    x = {"a": X, "b": X[::-1].copy()}
    y = {"kind": Y, "size": X[:, :1]}
    return fit(model, x, y), model.predict(x, verbose=0)


class LooksAtTheLoss(keras.metrics.Metric):
    """A metric of a user's that looks at another one."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen = float(self.model._loss_tracker.result())

    def result(self):
        return self.seen

    def reset_state(self):
        self.seen = 0.0


def a_metric_that_looks_at_the_loss(mode):
    metric = LooksAtTheLoss(name="looks")
    metric.model = mode.compile(mlp(), metrics=[metric, "accuracy"])
    return fit(metric.model)


class Keeps(keras.metrics.Metric):
    """A metric of a user's that keeps the predictions it sees."""

    def __init__(self, name="keeps"):
        super().__init__(name=name)
        self.kept = []

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.kept.append(y_pred)

    def result(self):
        return float(sum(np.asarray(y).sum() for y in self.kept))

    def reset_state(self):
        self.kept = []


def a_metric_that_keeps_predictions(mode):
    metric = Keeps()
    model = keras.Sequential([keras.Input((6,)), layers.Dense(2)])  # what it keeps comes straight from compiled code
    mode.compile(model, loss="mse", metrics=[metric])
    return fit(model, y=X[:, :2]), [np.array(y) for y in metric.kept]


def a_metric_that_predicts(mode):
    class Predicts(Keeps):
        def update_state(self, y_true, y_pred, sample_weight=None):
            self.kept.append(self.model.predict(X[:5], verbose=0))

    metric = Predicts()
    metric.model = mode.compile(mlp(), metrics=[metric])
    return fit(metric.model), [np.array(y) for y in metric.kept]
