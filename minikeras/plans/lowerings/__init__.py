"""The lowerings, by topic. Importing this package fills the table `lower.LOWERINGS`."""

from minikeras.plans.lowerings import (
    blocks,
    choices,
    dropout,
    elementwise,
    embedding,
    metrics,
    normalization,
    outcomes,
    pooling,
    products,
    step_ends,
    transposition,
)

__all__ = [
    "blocks",
    "choices",
    "dropout",
    "elementwise",
    "embedding",
    "metrics",
    "normalization",
    "outcomes",
    "pooling",
    "products",
    "step_ends",
    "transposition",
]
