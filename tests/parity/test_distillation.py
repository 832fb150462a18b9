"""`keras.distillation`: losses, metrics, errors and configs of a Distiller against tf.keras's."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from tests.parity.backends import both
from tests.parity.comparing import STEPS, assert_close

import keras  # isort: skip

# tf.keras's models are saved by NumPy's old protocol of arrays; loading has no `get_compile_config` to compile by.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:`compile"),
]
GROUP = "distillation"
RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(8, 4)).astype("float32"), RNG.integers(0, 3, 8)
TARGETS, WEIGHTS = np.eye(3, dtype="float32")[LABELS], RNG.uniform(0.1, 2.0, 8).astype("float32")


def model(keras, hidden, activation=None, inputs=4, outputs=3):
    layers = keras.layers
    hidden = layers.Dense(hidden, activation="relu", name="hidden")
    return keras.Sequential([keras.Input((inputs,)), hidden, layers.Dense(outputs, activation, name="out")])


def probabilities(k):
    return {"distillation_losses": k.distillation.LogitsDistillation(temperature=2.0), "activation": "softmax"}


def features(k):
    distillation = k.distillation
    named = distillation.FeatureDistillation("mae", "hidden", "hidden")
    several = [
        named,
        distillation.FeatureDistillation("cosine_similarity"),
        distillation.LogitsDistillation(2.0, "mse"),
    ]
    return {"distillation_losses": several, "distillation_loss_weights": [0.3, 2.0, 0.1], "student_loss_weight": 0.7}


def of_ones_own(k):
    class Distance(k.distillation.DistillationLoss):
        def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
            return k.ops.mean(k.ops.abs(teacher_outputs - student_outputs))

    return {"distillation_losses": Distance()}


def only_the_teacher(k):
    return {"distillation_losses": k.distillation.LogitsDistillation(loss="mse"), "student_loss_weight": 0.0}


def only_the_labels(k):
    return {"distillation_losses": k.distillation.LogitsDistillation(), "student_loss_weight": 1.0}


@pytest.mark.one_in(5)
@pytest.mark.parametrize("arguments", [probabilities, features, of_ones_own, only_the_teacher, only_the_labels])
def test_training_and_evaluation(arguments):
    def run(k):
        given = arguments(k)
        activation = given.pop("activation", None)
        distiller = k.distillation.Distiller(model(k, 6, activation), model(k, 6, activation), **given)
        distiller.compile("sgd", k.losses.MeanSquaredError(), metrics=["mae"])
        history = distiller.fit(X, TARGETS, sample_weight=WEIGHTS, epochs=3, batch_size=4, verbose=0).history
        tested = distiller.evaluate(X, TARGETS, batch_size=4, verbose=0, return_dict=True)
        names = [metric.name for metric in distiller.metrics]
        counts = len(distiller.trainable_variables), len(distiller.non_trainable_variables)
        return history, tested, names, counts, distiller.predict(X, verbose=0), distiller.student.predict(X, verbose=0)

    ours, theirs = both(run)
    assert (sorted(ours[0]), ours[1].keys(), ours[2:4]) == (sorted(theirs[0]), theirs[1].keys(), theirs[2:4])
    for name in ours[1]:
        assert_close(GROUP, ours[0][name], theirs[0][name], STEPS, name)
        assert_close(GROUP, ours[1][name], theirs[1][name], STEPS, f"test {name}")
    for mine, other in zip(ours[4:], theirs[4:], strict=True):
        assert_close(GROUP, mine, other, STEPS, "predictions")


LOSSES = {
    "kl": lambda d, losses: d.LogitsDistillation(),
    "mse": lambda d, losses: d.LogitsDistillation(2.0, "mse"),
    "object": lambda d, losses: d.LogitsDistillation(2, losses.CategoricalCrossentropy(from_logits=True)),
    "features": lambda d, losses: d.FeatureDistillation("cosine_similarity", "a", "b"),
    "several": lambda d, losses: d.FeatureDistillation([losses.KLDivergence(), None, "mae"]),
    "dict": lambda d, losses: d.LogitsDistillation(loss={"p": "mse", "q": None}),
}


@pytest.mark.parametrize("name", LOSSES)
def test_values_and_configs_of_losses(name):
    ours, theirs = (LOSSES[name](k.distillation, k.losses) for k in (minikeras, keras))
    assert ours.get_config() == theirs.get_config()
    again = type(ours).from_config(theirs.get_config())
    assert again.get_config() == ours.get_config()
    a, b = RNG.normal(size=(2, 5, 3)).astype("float32")
    outputs = {"several": ([a, b, b], [b, a, a]), "dict": ({"p": a, "q": b}, {"p": b, "q": a})}.get(name, (a, b))
    for loss in (ours, again):
        assert_close(GROUP, loss.compute_loss(*outputs), np.asarray(theirs.compute_loss(*outputs)), STEPS)


WRONG = {
    "no loss": lambda k, d: d.Distiller(model(k, 2), model(k, 2), None),
    "as many weights": lambda k, d: d.Distiller(model(k, 2), model(k, 2), [d.LogitsDistillation()], [1.0, 2.0]),
    "weight": lambda k, d: d.Distiller(model(k, 2), model(k, 2), d.LogitsDistillation(), student_loss_weight=1.5),
    "text": lambda k, d: d.Distiller(model(k, 2), model(k, 2), d.LogitsDistillation(), student_loss_weight="a"),
    "outputs": lambda k, d: d.Distiller(model(k, 2), model(k, 2, outputs=4), d.LogitsDistillation()),
    "inputs": lambda k, d: d.Distiller(model(k, 2), model(k, 2, inputs=5), d.LogitsDistillation()),
    "no model": lambda k, d: d.Distiller(3, model(k, 2), d.LogitsDistillation()),
    "no layer": lambda k, d: d.Distiller(model(k, 2), model(k, 2), d.FeatureDistillation("mse", "other", "hidden")),
    "compile": lambda k, d: d.Distiller(model(k, 2), model(k, 2), d.LogitsDistillation()).compile("sgd"),
    "temperature": lambda k, d: d.LogitsDistillation(temperature=0),
    "temperature's type": lambda k, d: d.LogitsDistillation(temperature="3"),
    "nothing": lambda k, d: d.LogitsDistillation(loss=None),
    "nothing in a list": lambda k, d: d.FeatureDistillation(loss=[None]),
    "unknown": lambda k, d: d.LogitsDistillation(loss="kl_divergenc"),
    "structure": lambda k, d: d.LogitsDistillation().compute_loss([X], {"a": X}),
    "base": lambda k, d: d.DistillationLoss().compute_loss(X, X),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_same_mistakes_are_refused(name):
    kinds = []
    for k in (minikeras, keras):
        with pytest.raises(Exception) as error:  # noqa: PT011  the kinds are compared
            WRONG[name](k, k.distillation)
        kinds.append(error.type)
    assert kinds[0] is kinds[1]


def test_files_both_ways(tmp_path):
    ours, theirs = both(lambda k: k.distillation.Distiller(model(k, 5), model(k, 3), **features(k) | {"name": "d"}))
    theirs(X)
    theirs.save(tmp_path / "theirs.keras")
    loaded = minikeras.saving.load_model(tmp_path / "theirs.keras")
    assert_close(GROUP, loaded(X), np.asarray(theirs(X)), STEPS)
    assert loaded.teacher.trainable is False
    ours(X)
    ours.save(tmp_path / "ours.keras")
    again = keras.saving.load_model(tmp_path / "ours.keras")
    assert_close(GROUP, ours(X), np.asarray(again(X)), STEPS)
    assert {key: value for key, value in again.get_config().items() if key not in ("teacher", "student")} == {
        key: value for key, value in ours.get_config().items() if key not in ("teacher", "student")
    }
