"""`keras.wrappers`: Keras models as scikit-learn's estimators (the optional package `scikit-learn`)."""

from minikeras.wrappers.sklearn_wrapper import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]
