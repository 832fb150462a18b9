"""The lowerings, by topic. Importing this package fills the table `lower.LOWERINGS`."""

from minikeras.plans.lowerings import (
    blocks,
    confusion,
    dropout,
    elementwise,
    embedding,
    losses,
    metrics,
    normalization,
    pooling,
    products,
    selection,
    slicing,
    transposition,
)

__all__ = [
    "blocks",
    "confusion",
    "dropout",
    "elementwise",
    "embedding",
    "losses",
    "metrics",
    "normalization",
    "pooling",
    "products",
    "selection",
    "slicing",
    "transposition",
]
