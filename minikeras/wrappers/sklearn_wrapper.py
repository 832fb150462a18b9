"""Models as scikit-learn's classifiers, regressors and transformers."""

import numpy as np

from minikeras.models import Model, clone_model
from minikeras.wrappers.targets import ClassEncoder, TargetReshaper

try:  # an optional package; this module is loaded when `keras.wrappers` is asked for
    from sklearn import get_config
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
    from sklearn.utils.metadata_routing import MetadataRequest
    from sklearn.utils.multiclass import type_of_target
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError:
    BaseEstimator = object
    ClassifierMixin = RegressorMixin = TransformerMixin = type("Mixin", (), {})

NEEDED = "scikit-learn 1.6 or later"
WANTED = "must be a compiled Model, or a function model(X, y, **model_kwargs) that returns one."


class SKLBase(BaseEstimator):
    """Base class of the three wrappers.

    Args:
        model: compiled Model, which is cloned for every `fit`; or a function `model(X=, y=, **model_kwargs)` that
            returns one.
        warm_start: whether `fit` continues from the weights of the previous fit; the first time, from those of `model`
            itself.
        model_kwargs: further arguments of the function.
        fit_kwargs: arguments of `Model.fit`; those that are passed to `fit` take precedence.

    Attributes:
        model_: the model after `fit`.
        history_: the History that `Model.fit` returned.

    Raises:
        ImportError: scikit-learn is not installed.
    """

    def __init__(self, model, warm_start=False, model_kwargs=None, fit_kwargs=None):
        if BaseEstimator is object:
            raise ImportError(
                f"{type(self).__name__} needs {NEEDED}, which is not installed: python -m pip install scikit-learn"
            )
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags

    def __sklearn_clone__(self):
        """An estimator that is not fitted. As in Keras it has no `fit_kwargs`: pass them to `fit`."""
        model = _copied(self.model) if self.warm_start and isinstance(self.model, Model) else self.model
        return type(self)(model=model, warm_start=self.warm_start, model_kwargs=self.model_kwargs)

    @property
    def epoch_(self):
        """How many epochs the last `fit` ran; 0 before."""
        return len(self.history_.epoch) if hasattr(self, "history_") else 0

    def set_fit_request(self, **kwargs):
        """Ask that metadata be routed to `fit`: {name: True, False, None or an alias}.

        Raises:
            RuntimeError: metadata routing is off.
        """
        if not get_config().get("enable_metadata_routing", False):
            raise RuntimeError(
                "`set_fit_request` needs metadata routing. Write: sklearn.set_config(enable_metadata_routing=True)"
            )
        self._metadata_request = MetadataRequest(owner=type(self).__name__)
        for name, alias in kwargs.items():
            self._metadata_request.fit.add_request(param=name, alias=alias)
        return self

    def fit(self, X, y, **kwargs):
        """Train a model.

        Args:
            X: (n_samples, n_features).
            y: (n_samples,), the targets.
            kwargs: arguments of `Model.fit`.

        Raises:
            RuntimeError: the model is not compiled.
        """
        X, y = validate_data(self, X, y)
        y = self._process_target(y, reset=True)
        model = self._model_to_fit(X, y)
        if not model.compiled or not model.loss or not model.optimizer:
            raise RuntimeError(
                f"The model of {type(self).__name__} is not compiled. Call `model.compile(optimizer, loss)` before."
            )
        self.history_ = model.fit(X, y, **{**(self.fit_kwargs or {}), **kwargs})
        self.model_ = model
        return self

    def _model_to_fit(self, X, y):
        if self.warm_start and hasattr(self, "model_"):
            return self.model_
        if isinstance(self.model, Model):
            return self.model if self.warm_start else clone_model(self.model)
        if not callable(self.model):
            raise TypeError(f"`model` {WANTED} Received: model={self.model!r}")
        model = self.model(X=X, y=y, **(self.model_kwargs or {}))
        if not isinstance(model, Model):
            raise TypeError(f"`model` {WANTED} The function returned {model!r}.")
        return model

    def _outputs(self, X):
        """The predictions of the fitted model."""
        check_is_fitted(self)
        return self.model_.predict(validate_data(self, X, reset=False))

    def predict(self, X):
        """The predicted targets, (n_samples,)."""
        outputs = self._outputs(X)
        return self._target_encoder.inverse_transform(outputs)

    def _process_target(self, y, reset=False):
        """The targets in the form that the model is trained with."""
        _target_type(y)
        if reset:
            self._target_encoder = TargetReshaper().fit(y)
        return self._target_encoder.transform(y)


class SKLearnClassifier(ClassifierMixin, SKLBase):
    """A model as a classifier: it is trained with one-hot targets, and its largest output gives the predicted class.

        SKLearnClassifier(model_of_data, model_kwargs={"units": 20}).fit(X, y, epochs=5).predict(X)

    Arguments and attributes: see `SKLBase`; and `classes_`, the labels.
    """

    def decision_function(self, X):
        """The model's outputs, (n_samples, n_classes)."""
        return self._outputs(X)

    def _process_target(self, y, reset=False):
        kind = _target_type(y)
        if kind not in ("binary", "multiclass"):
            raise ValueError(
                "A classifier takes one class for each sample: only binary and multiclass targets are supported. "
                f"Received: targets of type {kind}. Unknown label type: {kind}"
            )
        if reset:
            classes = np.unique(y)
            if len(classes) == 1:
                raise ValueError(
                    "A classifier needs samples of more than one class. "
                    f"Received: all targets are {classes[0]!r}, one class."
                )
            self._target_encoder = ClassEncoder().fit(y)
            self.classes_ = classes
        return self._target_encoder.transform(y)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class SKLearnRegressor(RegressorMixin, SKLBase):
    """A model as a regressor, with one output.

        SKLearnRegressor(model_of_data).fit(X, y, epochs=5).score(X, y)

    Arguments and attributes: see `SKLBase`.
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


class SKLearnTransformer(TransformerMixin, SKLBase):
    """A model whose outputs are features for the next step of a scikit-learn pipeline.

    Arguments and attributes: see `SKLBase`.
    """

    def transform(self, X):
        """The model's outputs, (n_samples, n_outputs)."""
        return self._outputs(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


def _target_type(y):
    kind = type_of_target(y)
    if kind == "unknown":
        raise ValueError(f"Unknown label type: the targets are neither classes nor numbers. Received: {y!r}")
    return kind


def _copied(model):
    """A clone with the same weights."""
    copy = clone_model(model)
    copy.set_weights(model.get_weights())
    return copy
