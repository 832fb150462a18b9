"""The scikit-learn wrappers against scikit-learn's own checks of estimators, and in its tools."""

import unittest

import numpy as np
import pytest

pytest.importorskip("sklearn")

import minikeras as keras
from minikeras.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

import sklearn  # isort: skip
from sklearn.base import clone  # isort: skip
from sklearn.datasets import make_classification, make_regression  # isort: skip
from sklearn.model_selection import GridSearchCV, cross_val_score  # isort: skip
from sklearn.pipeline import make_pipeline  # isort: skip
from sklearn.preprocessing import StandardScaler  # isort: skip
from sklearn.utils.estimator_checks import parametrize_with_checks  # isort: skip

pytestmark = pytest.mark.filterwarnings("default")  # of scikit-learn, about what its checks pass on purpose


class Perceptron:
    """A function that makes models. Its text, from which pytest makes names of tests, is the same in all processes."""

    def __call__(self, X, y, loss, units=(10,), activation="softmax"):
        keras.utils.set_random_seed(1)  # several checks ask that two fits give the same model
        x = hidden = keras.Input((X.shape[1],))
        for count in units:
            hidden = keras.layers.Dense(count, activation="relu")(hidden)
        outputs = keras.layers.Dense(y.shape[1] if y.ndim > 1 else 1, activation=activation)(hidden)
        model = keras.Model(x, outputs)
        model.compile("rmsprop", loss)
        return model

    def __repr__(self):
        return "perceptron"


perceptron = Perceptron()
FAILING = {  # as in Keras's own test of its wrappers
    "SKLearnClassifier": {
        "check_classifiers_classes": "with few samples some classes are never predicted",
        "check_classifiers_train": "decision_function has one column for each class, for two classes as well",
    },
    "SKLearnRegressor": {},
    "SKLearnTransformer": {},
}


@parametrize_with_checks(
    [
        SKLearnClassifier(
            perceptron,
            model_kwargs={"loss": "categorical_crossentropy", "units": (20, 20, 20)},
            fit_kwargs={"epochs": 5, "verbose": 0},
        ),
        SKLearnRegressor(perceptron, model_kwargs={"loss": "mse", "activation": None}),
        SKLearnTransformer(perceptron, model_kwargs={"loss": "mse", "activation": None}),
    ],
    expected_failed_checks=lambda estimator: FAILING[type(estimator).__name__],
)
def test_checks_of_scikit_learn(estimator, check):
    try:
        check(estimator)
    except unittest.SkipTest as reason:
        pytest.skip(str(reason))


def quick(cls, **arguments):
    loss = "categorical_crossentropy" if cls is SKLearnClassifier else "mse"
    kwargs = {"loss": loss, "activation": "softmax" if cls is SKLearnClassifier else None}
    return cls(perceptron, model_kwargs=kwargs, fit_kwargs={"epochs": 30, "verbose": 0}, **arguments)


def test_classes_of_any_kind_come_back():
    X, y = make_classification(60, 5, n_informative=3, n_classes=3, class_sep=3.0, random_state=1)
    labels = np.array(["no", "perhaps", "yes"])[y]
    classifier = quick(SKLearnClassifier).fit(X, labels, batch_size=8)
    assert classifier.epoch_ == 30
    assert classifier.classes_.tolist() == ["no", "perhaps", "yes"]
    assert classifier.score(X, labels) > 0.8
    outputs = classifier.decision_function(X)
    assert outputs.shape == (60, 3)
    assert (classifier.predict(X) == classifier.classes_[outputs.argmax(axis=1)]).all()


def test_tools_of_scikit_learn():
    X, y = make_classification(60, 5, class_sep=3.0, random_state=1)
    search = GridSearchCV(quick(SKLearnClassifier), {"fit_kwargs": [{"epochs": 1}, {"epochs": 40}]}, cv=2)
    search.fit(X, y, batch_size=8, verbose=0)
    assert search.best_params_ == {"fit_kwargs": {"epochs": 40}}
    assert len(cross_val_score(quick(SKLearnClassifier), X, y, cv=3, params={"epochs": 2, "verbose": 0})) == 3
    X, y = make_regression(80, 3, random_state=2)
    pipeline = make_pipeline(StandardScaler(), quick(SKLearnTransformer), quick(SKLearnRegressor))
    assert pipeline.fit(X, y / 100).predict(X).shape == (80,)


def test_models_are_cloned_unless_warm_start_is_given():
    X, y = make_regression(20, 3, random_state=2)
    model = perceptron(X, y, "mse", activation=None)
    before = model.get_weights()
    fitted = SKLearnRegressor(model).fit(X, y, verbose=0)
    assert fitted.model_ is not model
    warm = SKLearnRegressor(model, warm_start=True)
    copy = clone(warm).fit(X, y, verbose=0)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))
    warm.fit(X, y, verbose=0)
    assert warm.model_ is model
    after_one = [w.copy() for w in model.get_weights()]
    assert all((a == b).all() for a, b in zip(after_one, copy.model_.get_weights(), strict=True))
    assert warm.fit(X, y, verbose=0).model_ is model
    assert any((a != b).any() for a, b in zip(after_one, model.get_weights(), strict=True))


def test_mistakes_are_explained():
    X, y = make_classification(20, 5)
    not_compiled = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2)])
    with pytest.raises(RuntimeError, match="not compiled"):
        SKLearnClassifier(not_compiled).fit(X, y)
    with pytest.raises(ValueError, match="one class"):
        quick(SKLearnClassifier).fit(X, y * 0)
    with pytest.raises(RuntimeError, match="set_config"):
        quick(SKLearnClassifier).set_fit_request(sample_weight=True)
    with sklearn.config_context(enable_metadata_routing=True):
        request = quick(SKLearnClassifier).set_fit_request(sample_weight=True).get_metadata_routing()
    assert request.fit.requests == {"sample_weight": True}


@pytest.mark.parametrize("model, received", [("model", "'model'"), (None, "None"), (lambda X, y: 3, "returned 3")])
def test_something_else_than_a_model(model, received):
    with pytest.raises(TypeError, match=rf"`model` must be a compiled Model.*{received}"):
        keras.wrappers.SKLearnRegressor(model).fit(np.ones((4, 2)), np.ones(4))
