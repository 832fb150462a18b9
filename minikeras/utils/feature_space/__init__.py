"""`keras.utils.FeatureSpace`: the columns of a table, each with its preprocessing, as one vector or a dict."""

from minikeras.utils.feature_space.features import Cross, Feature, TFDConcat, TFDIdentity
from minikeras.utils.feature_space.space import FeatureSpace

__all__ = ["Cross", "Feature", "FeatureSpace", "TFDConcat", "TFDIdentity"]
