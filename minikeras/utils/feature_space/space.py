"""`FeatureSpace`: all columns of a table, preprocessed and encoded."""

import reprlib

from minikeras import layers, ops
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.base.limits import reads_config
from minikeras.base.suggestions import did_you_mean
from minikeras.data.pipeline import Dataset
from minikeras.layers import Layer
from minikeras.ops.conversion import data_tensor
from minikeras.serialization import deserialize_keras_object, serialize_keras_object
from minikeras.tensors.ragged import RaggedTensor
from minikeras.utils.feature_space.features import Cross, Feature, TFDConcat, checked, depth_of
from minikeras.utils.feature_space.kinds import BY_NAME, FeatureKinds

BATCH_SIZE = 32  # the batch size with which `adapt` reads data sets of single rows


class FeatureSpace(FeatureKinds, Layer):
    """Turns the columns of a table into one vector per row, or a dict, by a preprocessing layer per column.

    A column x becomes layer(x), and a one-hot vector if its mode is "one_hot"; crosses are hashed combinations of
    columns. "concat": all of them concatenated in alphabetical order, the crosses last, (batch, width).

        space = FeatureSpace({"age": "float_normalized", "job": "string_categorical"}, crosses=[("age", "job")])
        space.adapt(dataset_of_dicts)
        model = keras.Model(space.get_inputs(), keras.layers.Dense(1)(space.get_encoded_features()))
        dataset = dataset_with_labels.map(lambda x, y: (space(x), y))

    Args:
        features: {name of the column: `FeatureSpace.float()`, … or the name of one of these, such as "float"}.
        output_mode: "concat" or "dict".
        crosses: list of `FeatureSpace.cross(…)`, or of tuples of column names.
        crossing_dim: how many buckets a cross given as a tuple of names has.
        hashing_dim: how many buckets "integer_hashed" and "string_hashed" have.
        num_discretization_bins: how many bins "float_discretized" has.

    Raises:
        ValueError: no features, an unknown kind of feature, or a cross of unknown columns.
    """

    def __init__(
        self,
        features,
        output_mode="concat",
        crosses=None,
        crossing_dim=32,
        hashing_dim=32,
        num_discretization_bins=32,
        name=None,
    ):
        super().__init__(name=name)
        if not isinstance(features, dict) or not features:
            raise ValueError(
                "`features` cannot be None or empty, and must be a dict, such as {'age': 'float_normalized'}. "
                f"Received: features={features!r}"
            )
        self.crossing_dim, self.hashing_dim = crossing_dim, hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {column: self._as_feature(column, feature) for column, feature in features.items()}
        self.crosses = [self._as_cross(cross) for cross in crosses or ()]
        self.crosses_by_name = {cross.name: cross for cross in self.crosses}
        self.output_mode = checked("output_mode", output_mode, ("dict", "concat"))
        self.inputs = {
            column: layers.Input((1,), dtype=feature.dtype, name=column) for column, feature in self.features.items()
        }
        self.preprocessors = {column: feature.preprocessor for column, feature in self.features.items()}
        self.crossers = {
            cross.name: layers.HashedCrossing(cross.crossing_dim, name=cross.name) for cross in self.crosses
        }
        self.one_hot_encoders = {}
        self.concat = None
        self.encoded_features = None
        self._is_adapted = not self._to_adapt()

    # --- columns ----------------------------------------------------------------------------------------------------

    def _as_feature(self, column, feature):
        if isinstance(feature, dict):
            feature = deserialize_keras_object(feature)
        if isinstance(feature, Feature):
            return feature
        if not isinstance(feature, str) or feature not in BY_NAME:
            raise ValueError(
                f"Invalid feature type of column '{column}': {reprlib.repr(feature)}."
                f"{did_you_mean(str(feature)[:50], BY_NAME)} "
                f"Use one of {BY_NAME}, or `FeatureSpace.feature(dtype, preprocessor, output_mode)`."
            )
        size = {"float_discretized": [self.num_discretization_bins]}
        size |= {kind: [self.hashing_dim] for kind in ("integer_hashed", "string_hashed")}
        return getattr(self, feature)(*size.get(feature, ()), name=column)

    def _as_cross(self, cross):
        if isinstance(cross, dict):
            cross = deserialize_keras_object(cross)
        if not isinstance(cross, Cross):
            if not self.crossing_dim:
                raise ValueError(
                    f"Crosses of column names need `crossing_dim`. Received: crossing_dim={self.crossing_dim}"
                )
            if not isinstance(cross, (list, tuple)) or len(cross) < 2:
                raise ValueError(
                    "Each of the `crosses` must be a tuple of two columns or more, or `FeatureSpace.cross(…)`. "
                    f"Received: {cross!r}"
                )
            cross = Cross(cross, crossing_dim=self.crossing_dim)
        for column in cross.feature_names:
            if column not in self.features:
                raise ValueError(
                    f"All features of `crosses` should be present in `features`: {column!r} is not. "
                    f"Received: {cross.feature_names}, and the features "
                    f"{list(self.features)}.{did_you_mean(str(column), list(self.features))}"
                )
        return cross

    # --- adapting -------------------------------------------------------------------------------------------------

    def _to_adapt(self):
        """The columns whose layers learn from data."""
        return [
            column
            for column, layer in self.preprocessors.items()
            if hasattr(layer, "adapt") and not getattr(layer, "has_given_state", False)
        ]

    def adapt(self, dataset):
        """Let each layer learn from its column: vocabularies, bins, means.

        Args:
            dataset: a Dataset of dicts {column: tensor}, of single rows or of batches; or a dict of whole columns.

        Raises:
            ValueError: it is neither.
            KeyError: it lacks a column.
        """
        if isinstance(dataset, dict):
            dataset = Dataset.from_tensor_slices(dataset)
        if not isinstance(dataset, Dataset) or not isinstance(dataset.element_spec, dict):
            received = (
                f"a Dataset of {dataset.element_spec}" if isinstance(dataset, Dataset) else type(dataset).__name__
            )
            raise ValueError(
                "`adapt()` can only be called on a Dataset of dicts {column: tensor}, or a dict of columns. "
                f"Received: {received}. Of pairs use the first part: dataset.map(lambda x, y: x)."
            )
        self._check_columns(dataset.element_spec, may_have_more=True)
        for column in self._to_adapt():
            self.preprocessors[column].adapt(_column_of(dataset, column))
        self._is_adapted = True
        self.one_hot_encoders, self.encoded_features = {}, None
        self.get_encoded_features()

    def _check_adapted(self):
        if not self._is_adapted:
            raise ValueError(
                f"You need to call `.adapt(dataset)` on FeatureSpace '{self.name}' first: its "
                f"columns {self._to_adapt()} "
                "learn from data."
            )

    # --- encoding -------------------------------------------------------------------------------------------------

    def get_inputs(self):
        """{column: its KerasTensor}, the inputs of a functional model."""
        self.get_encoded_features()
        return self.inputs

    def get_encoded_features(self):
        """The encoded columns as KerasTensors that depend on `get_inputs()`."""
        self._check_adapted()
        if self.encoded_features is None:
            self.encoded_features = self._encoded(self.inputs)
            self.built = True
        return self.encoded_features

    def __call__(self, data):
        """Encode a row or a batch of rows.

        Args:
            data: {column: array, tensor, list, or a single value}, of shape (), (batch,) or (batch, 1).

        Returns:
            (batch, width), or (width,) for single values; a dict in output_mode="dict".

        Raises:
            ValueError: something other than a dict; KeyError: other columns than those of the features.
        """
        self.get_encoded_features()
        if not isinstance(data, dict):
            raise ValueError(
                "A FeatureSpace can only be called on a dict {column: values}. "
                f"Received: {type(data).__name__}. Write: space({{{next(iter(self.features))!r}: …}})"
            )
        self._check_columns(data)
        columns = {column: _as_tensor(values) for column, values in data.items()}
        self._check_values(columns)
        is_single = any(len(x.shape) == 0 for x in columns.values())
        encoded = self._encoded({column: _as_rows(x) for column, x in columns.items()})
        if not is_single:
            return encoded
        if self.output_mode == "concat":
            return ops.squeeze(encoded, 0)
        return {name: ops.squeeze(x, 0) if len(x.shape) == 2 and x.shape[0] == 1 else x for name, x in encoded.items()}

    def _check_columns(self, data, may_have_more=False):
        missing = [column for column in self.features if column not in data]
        unknown = [] if may_have_more else [column for column in data if column not in self.features]
        if missing or unknown:
            raise KeyError(
                f"The data must have exactly the columns of the features, {list(self.features)}. "
                f"Missing: {missing}. Unknown: {unknown}."
            )

    def _check_values(self, columns):
        for column, x in columns.items():
            expected = self.features[column].dtype
            takes_all = isinstance(self.preprocessors[column], layers.Hashing)  # numbers are hashed as texts
            if not takes_all and (x.dtype == "string") != (expected == "string"):
                raise TypeError(f"Column '{column}' of '{self.name}' has dtype {expected}. Received: {x.dtype} values")
        lengths = {column: x.shape[0] if len(x.shape) else 1 for column, x in columns.items()}
        are_joined = self.output_mode == "concat" or self.crosses
        if are_joined and len(set(lengths.values()) - {None}) > 1:
            raise InvalidArgumentError(
                None, None, f"All columns must have the same number of rows. Received: {lengths}"
            )

    def _encoded(self, data):
        """The columns and crosses of a batch, encoded and merged."""
        columns = {column: self.preprocessors[column](x) for column, x in data.items()}
        crosses = {
            cross.name: self.crossers[cross.name]([columns[column] for column in cross.feature_names])
            for cross in self.crosses
        }
        specs = {**self.features, **self.crosses_by_name}
        values = {
            **{name: columns[name] for name in sorted(columns)},
            **{name: crosses[name] for name in sorted(crosses)},
        }
        encoded = {name: self._one_hot(name, x) if specs[name].output_mode == "one_hot" else x
                   for name, x in values.items()}  # fmt: skip
        return encoded if self.output_mode == "dict" else self._joined(encoded)

    def _one_hot(self, name, indices):
        if name not in self.one_hot_encoders:
            depth = depth_of(self.preprocessors.get(name) or self.crossers[name])
            if "int" not in indices.dtype or depth is None:
                raise ValueError(
                    f"Feature '{name}' has output_mode='one_hot', so its layer must return indices, and their number "
                    f"must be known, as that of a lookup or hashing layer is. Its outputs have dtype {indices.dtype}. "
                    "Use output_mode='int' or 'float'."
                )
            self.one_hot_encoders[name] = layers.CategoryEncoding(num_tokens=depth, output_mode="multi_hot")
        return self.one_hot_encoders[name](indices)

    def _joined(self, encoded):
        for name, x in encoded.items():
            if "int" in x.dtype or x.dtype == "string":
                raise ValueError(
                    f"Cannot concatenate features because '{name}' has not been encoded: its dtype is {x.dtype}. Give "
                    "it output_mode='one_hot', or the FeatureSpace output_mode='dict'."
                )
        if self.concat is None:
            self.concat = TFDConcat(axis=-1)
        return self.concat(list(encoded.values()))

    # --- files ----------------------------------------------------------------------------------------------------

    def get_config(self):
        return {
            "features": serialize_keras_object(self.features),
            "output_mode": self.output_mode,
            "crosses": serialize_keras_object(self.crosses),
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
        }

    @classmethod
    @reads_config
    def from_config(cls, config):
        """Make a space from the result of `get_config`."""
        return cls(**config)

    def get_build_config(self):
        """{column: how its layer is built}."""
        return {column: layer.get_build_config() for column, layer in self.preprocessors.items()}

    def build_from_config(self, config):
        """Build the layers of the columns, which count as adapted: a file holds what they learned.

        Raises:
            ValueError: it names other columns.
        """
        self._check_columns(config)
        for column, layer in self.preprocessors.items():
            if not layer.built:
                layer.build_from_config(config[column])
        self._is_adapted = True

    def save(self, filepath):
        """Write the space and everything it learned to a `.keras` file, for `keras.saving.load_model`."""
        from minikeras.saving import save_model  # saving knows all classes, this one too

        self._check_adapted()
        self.get_encoded_features()
        save_model(self, filepath)

    def save_own_variables(self, store):
        """Store nothing: the layers of the columns store what they learned."""

    def load_own_variables(self, store):
        """Read nothing."""


def _column_of(dataset, column):
    """The batches of a column, of shape (batch, 1) at least."""
    values = dataset.map(lambda row: row[column])
    ndim = len(values.element_spec.shape)
    values = values.batch(BATCH_SIZE) if ndim == 0 else values
    return values.map(lambda x: ops.expand_dims(x, -1)) if ndim < 2 else values


def _as_tensor(values):
    return values if isinstance(values, (KerasTensor, RaggedTensor)) else data_tensor(values)


def _as_rows(x):
    """A value as (1, 1), a column as (batch, 1)."""
    return ops.reshape(x, (1, 1)) if len(x.shape) == 0 else ops.expand_dims(x, -1) if len(x.shape) == 1 else x
