"""`tf.tpu.experimental.embedding`: descriptions of tables and their optimizers, which packages name when imported.

There is no TPU, so they cannot be used for a `TPUEmbedding`: use `keras.layers.Embedding`.
"""

from dataclasses import dataclass
from typing import Any

__all__ = [
    "FeatureConfig",
    "TableConfig",
]


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
