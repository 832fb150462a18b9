"""The parts of a `FeatureSpace`: `Feature`, `Cross`, and two small layers, named as in Keras's files."""

import reprlib

import numpy as np

from minikeras import layers, ops
from minikeras.base.limits import FromConfig
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class Feature(FromConfig):
    """A column of a table and its preprocessing.

    Args:
        dtype: of the column: "float32", "int32", "string", …
        preprocessor: the layer that encodes it, or the config of one.
        output_mode: "float": the layer's outputs; "int": the same, and they are indices; "one_hot": indices as vectors.
    """

    def __init__(self, dtype, preprocessor, output_mode):
        if not isinstance(dtype, str):
            raise ValueError(f"`dtype` must be the name of a dtype. Received: dtype={reprlib.repr(dtype)}")
        self.dtype = dtype
        self.preprocessor = deserialize_keras_object(preprocessor) if isinstance(preprocessor, dict) else preprocessor
        if not callable(self.preprocessor):
            raise ValueError(
                f"`preprocessor` must be a layer. Received: preprocessor={reprlib.repr(self.preprocessor)}"
            )
        self.output_mode = checked("output_mode", output_mode, ("int", "one_hot", "float"))

    def get_config(self):
        """The constructor's arguments."""
        preprocessor = serialize_keras_object(self.preprocessor)
        return {"dtype": self.dtype, "preprocessor": preprocessor, "output_mode": self.output_mode}


class Cross(FromConfig):
    """Several columns as one: the bucket of their hash.

    Args:
        feature_names: of the columns.
        crossing_dim: how many buckets there are.
        output_mode: "int" or "one_hot".
    """

    def __init__(self, feature_names, crossing_dim, output_mode="one_hot"):
        is_list = isinstance(feature_names, (list, tuple)) and all(isinstance(name, str) for name in feature_names)
        if not is_list or len(feature_names) < 2:
            raise ValueError(
                f"`feature_names` must be the names of two columns or more. Received: {reprlib.repr(feature_names)}"
            )
        if not isinstance(crossing_dim, (int, np.integer)) or isinstance(crossing_dim, bool) or crossing_dim < 1:
            raise ValueError(
                "`crossing_dim` must be a positive integer, the number of buckets. "
                f"Received: crossing_dim={reprlib.repr(crossing_dim)}"
            )
        self.feature_names = tuple(feature_names)
        self.crossing_dim = crossing_dim
        self.output_mode = checked("output_mode", output_mode, ("int", "one_hot"))

    @property
    def name(self):
        """The names of the columns, joined."""
        return "_X_".join(self.feature_names)

    def get_config(self):
        """The constructor's arguments."""
        return {
            "feature_names": self.feature_names,
            "crossing_dim": self.crossing_dim,
            "output_mode": self.output_mode,
        }


class TFDIdentity(DataLayer):
    """y = x in the layer's dtype, for columns that need no preprocessing."""

    def call(self, x):
        return ops.cast(x, self.compute_dtype)


class TFDConcat(DataLayer):
    """y = the encoded columns one after the other.

    Args:
        axis: along which.
    """

    def __init__(self, axis, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, xs):
        return ops.concatenate(xs, axis=self.axis)


def depth_of(preprocessor):
    """How many indices a layer returns; None if that is not known."""
    if isinstance(preprocessor, (layers.IntegerLookup, layers.StringLookup)):
        return preprocessor.vocabulary_size()
    if isinstance(preprocessor, layers.CategoryEncoding):
        return preprocessor.num_tokens
    if isinstance(preprocessor, layers.Discretization):
        return preprocessor.num_bins or len(preprocessor.bin_boundaries) + 1
    if isinstance(preprocessor, (layers.HashedCrossing, layers.Hashing)):
        return preprocessor.num_bins
    return None


def checked(name, value, allowed):
    """Check an argument that has only a few allowed values.

    Raises:
        ValueError: it is not one of them.
    """
    if value not in allowed:
        raise ValueError(
            f"Invalid value for argument `{name}`. Expected one of {allowed}. Received: {name}={reprlib.repr(value)}"
        )
    return value
