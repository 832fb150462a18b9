"""Options and enumerations that strategies take; with one device none of them changes anything."""

from enum import Enum
from typing import NamedTuple


class ReduceOp(Enum):
    """How values of several replicas are reduced."""

    SUM = "SUM"
    MEAN = "MEAN"


class InputReplicationMode(Enum):
    """Whether data are read once for each worker."""

    PER_WORKER = "PER_WORKER"
    PER_REPLICA = "PER_REPLICA"


class InputContext(NamedTuple):
    """Which part of the data a worker reads: all of it."""

    num_input_pipelines: int = 1
    input_pipeline_id: int = 0
    num_replicas_in_sync: int = 1

    def get_per_replica_batch_size(self, global_batch_size):
        """The batch size of one replica: the whole.

        Raises:
            ValueError: it cannot be divided among the replicas.
        """
        share, rest = divmod(global_batch_size, self.num_replicas_in_sync)
        if rest:
            raise ValueError(
                f"The `global_batch_size` {global_batch_size} is not divisible by {self.num_replicas_in_sync} replicas."
            )
        return share


class InputOptions(NamedTuple):
    """How data come to devices; stored only."""

    experimental_fetch_to_device: bool | None = None
    experimental_replication_mode: InputReplicationMode = InputReplicationMode.PER_WORKER
    experimental_place_dataset_on_device: bool = False
    experimental_per_replica_buffer_size: int = 1


class RunOptions(NamedTuple):
    """How `Strategy.run` compiles; stored only."""

    experimental_enable_dynamic_batch_size: bool = True
    experimental_bucketizing_dynamic_shape: bool = False
    experimental_xla_options: object = None


class CrossDeviceOps:
    """How devices exchange values; there is nothing to exchange."""


class ReductionToOneDevice(CrossDeviceOps):
    """Sum on one device; stored only."""

    def __init__(self, reduce_to_device=None, accumulation_fn=None):
        self.reduce_to_device = reduce_to_device
        self.accumulation_fn = accumulation_fn


class NcclAllReduce(CrossDeviceOps):
    """Sum by NVIDIA's library; stored only."""

    def __init__(self, num_packs=1):
        self.num_packs = num_packs


class HierarchicalCopyAllReduce(CrossDeviceOps):
    """Sum over a tree of devices; stored only."""

    def __init__(self, num_packs=1):
        self.num_packs = num_packs
