"""Distribution of rows to several tensors, and the inverse. (Implementation: `minikeras/ops/partitioning.py`.)"""

from minikeras.compat.tensorflow.conversion import tensor
from minikeras.ops import partitioning

__all__ = ["dynamic_partition", "dynamic_stitch"]


def dynamic_partition(data, partitions, num_partitions, name=None):
    """A list of `num_partitions` tensors: the i-th holds the slices of `data` where `partitions` is i."""
    return partitioning.dynamic_partition(tensor(data), tensor(partitions), num_partitions)


def dynamic_stitch(indices, data, name=None):
    """One tensor from several: slice data[m][i] goes to indices[m][i]; duplicates keep the last."""
    return partitioning.dynamic_stitch([tensor(i) for i in indices], [tensor(x) for x in data])
