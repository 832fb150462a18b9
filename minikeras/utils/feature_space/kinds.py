"""The kinds of features that a `FeatureSpace` offers: each a dtype with a preprocessing layer."""

from minikeras import layers
from minikeras.base.naming import auto_name
from minikeras.utils.feature_space.features import Cross, Feature, TFDIdentity

BY_NAME = (
    "float",
    "float_rescaled",
    "float_normalized",
    "float_discretized",
    "integer_categorical",
    "string_categorical",
    "integer_hashed",
    "string_hashed",
)


class FeatureKinds:
    """The constructors of features, as methods of the class `FeatureSpace`."""

    @classmethod
    def cross(cls, feature_names, crossing_dim, output_mode="one_hot"):
        """Columns crossed by hashing into `crossing_dim` buckets, see `Cross`."""
        return Cross(feature_names, crossing_dim, output_mode=output_mode)

    @classmethod
    def feature(cls, dtype, preprocessor, output_mode):
        """A column with a preprocessing layer of your own, see `Feature`."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name=None):
        """Numbers as they are."""
        return Feature("float32", TFDIdentity(dtype="float32", name=_layer_name("float", name)), "float")

    @classmethod
    def float_rescaled(cls, scale=1.0, offset=0.0, name=None):
        """Numbers times `scale` plus `offset`."""
        layer = layers.Rescaling(scale=scale, offset=offset, name=_layer_name("float_rescaled", name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name=None):
        """Numbers scaled to mean 0 and variance 1."""
        return Feature("float32", layers.Normalization(axis=-1, name=_layer_name("float_normalized", name)), "float")

    @classmethod
    def float_discretized(cls, num_bins, bin_boundaries=None, output_mode="one_hot", name=None):
        """Numbers as the index of their bin: one of `num_bins`, found in data, or between given boundaries."""
        layer_name = _layer_name("float_discretized", name)
        layer = layers.Discretization(num_bins=num_bins, bin_boundaries=bin_boundaries, name=layer_name)
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None):
        """Integers as their index in a vocabulary."""
        layer_name = _layer_name("integer_categorical", name)
        layer = layers.IntegerLookup(name=layer_name, max_tokens=max_tokens, num_oov_indices=num_oov_indices)
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None):
        """Strings as their index in a vocabulary."""
        layer_name = _layer_name("string_categorical", name)
        layer = layers.StringLookup(name=layer_name, max_tokens=max_tokens, num_oov_indices=num_oov_indices)
        return Feature("string", layer, output_mode)

    @classmethod
    def string_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """Strings as the bucket of their hash."""
        layer = layers.Hashing(name=_layer_name("string_hashed", name), num_bins=num_bins)
        return Feature("string", layer, output_mode)

    @classmethod
    def integer_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """Integers as the bucket of their hash."""
        layer = layers.Hashing(name=_layer_name("integer_hashed", name), num_bins=num_bins)
        return Feature("int32", layer, output_mode)


def _layer_name(kind, name):
    return f"{name or auto_name(kind)}_preprocessor"
