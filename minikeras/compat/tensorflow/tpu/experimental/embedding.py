"""`tf.tpu.experimental.embedding`: descriptions of tables and their optimizers, which packages name when imported.

There is no TPU, so they cannot be used for a `TPUEmbedding`: use `keras.layers.Embedding`.
"""

from dataclasses import dataclass
from typing import Any

__all__ = [
    "FTRL",
    "SGD",
    "Adagrad",
    "Adam",
    "FeatureConfig",
    "SparseCoreEmbeddingConfig",
    "TPUEmbedding",
    "TPUEmbeddingV2",
    "TableConfig",
    "_Optimizer",
]


@dataclass(kw_only=True)
class _Optimizer:
    """Base class of all optimizers of tables."""

    learning_rate: Any = 0.001
    use_gradient_accumulation: bool = True
    clip_weight_min: float | None = None
    clip_weight_max: float | None = None
    weight_decay_factor: float | None = None
    multiply_weight_decay_factor_by_learning_rate: bool | None = None


@dataclass
class SGD(_Optimizer):
    """Gradient descent."""

    learning_rate: Any = 0.01


@dataclass
class Adagrad(_Optimizer):
    """Steps divided by the root of the sum of all squared gradients."""

    learning_rate: Any = 0.001
    initial_accumulator_value: float = 0.1


@dataclass
class Adam(_Optimizer):
    """Steps by averages of the gradient and its square."""

    learning_rate: Any = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-07
    lazy_adam: bool = True
    sum_inside_sqrt: bool = True


@dataclass
class FTRL(_Optimizer):
    """Follow the regularized leader."""

    learning_rate: Any = 0.001
    learning_rate_power: float = -0.5
    l1_regularization_strength: float = 0.0
    l2_regularization_strength: float = 0.0
    beta: float = 0.0
    initial_accumulator_value: float = 0.1


@dataclass
class TableConfig:
    """A table: as many rows as the vocabulary, of length `dim`, and how the rows of one example are combined."""

    vocabulary_size: int
    dim: int
    initializer: Any = None
    optimizer: Any = None
    combiner: str = "mean"
    name: str | None = None
    quantization_config: Any = None
    layout: Any = None


@dataclass
class FeatureConfig:
    """A feature that is looked up in a table."""

    table: TableConfig
    max_sequence_length: int = 0
    validate_weights_and_indices: bool = True
    output_shape: Any = None
    name: str | None = None


@dataclass
class SparseCoreEmbeddingConfig:
    """How tables are distributed over a TPU."""

    disable_table_stacking: bool = False
    max_ids_per_chip_per_sample: int = 64
    max_ids_per_table: dict | None = None
    max_unique_ids_per_table: dict | None = None
    allow_id_dropping: bool = False
    initialize_tables_on_host: bool = True


class TPUEmbedding:
    """Not available.

    Raises:
        NotImplementedError: always.
    """

    def __init__(self, *args, **kwargs):
        raise NotImplementedError("There is no TPU: minikeras computes on the CPU. Use keras.layers.Embedding.")


class TPUEmbeddingV2(TPUEmbedding):
    """Not available, either."""
