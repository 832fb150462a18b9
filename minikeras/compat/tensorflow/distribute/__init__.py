"""`tf.distribute`: computing in the processes that MPI started (docs/distribution.md), or in this one alone.

In a single process, a script for several GPUs runs as on a machine without any: `num_replicas_in_sync` is 1, `run(fn)`
calls `fn`, `reduce` has one value to reduce. Under `mpiexec`, or `minikeras run -n`, each process has a replica. A
line in the log reports this.
"""

from minikeras.compat.tensorflow.distribute import cluster_resolver, experimental
from minikeras.compat.tensorflow.distribute.contexts import (
    ReplicaContext,
    experimental_set_strategy,
    get_replica_context,
    get_strategy,
    has_strategy,
    in_cross_replica_context,
)
from minikeras.compat.tensorflow.distribute.cross_device import (
    CrossDeviceOps,
    HierarchicalCopyAllReduce,
    InputContext,
    InputOptions,
    InputReplicationMode,
    NcclAllReduce,
    ReduceOp,
    ReductionToOneDevice,
    RunOptions,
)
from minikeras.compat.tensorflow.distribute.strategy import (
    MirroredStrategy,
    MultiWorkerMirroredStrategy,
    OneDeviceStrategy,
    ParameterServerStrategy,
    Strategy,
    TPUStrategy,
)

__all__ = [
    "CrossDeviceOps",
    "HierarchicalCopyAllReduce",
    "InputContext",
    "InputOptions",
    "InputReplicationMode",
    "MirroredStrategy",
    "MultiWorkerMirroredStrategy",
    "NcclAllReduce",
    "OneDeviceStrategy",
    "ParameterServerStrategy",
    "ReduceOp",
    "ReductionToOneDevice",
    "ReplicaContext",
    "RunOptions",
    "Strategy",
    "TPUStrategy",
    "cluster_resolver",
    "experimental",
    "experimental_set_strategy",
    "get_replica_context",
    "get_strategy",
    "has_strategy",
    "in_cross_replica_context",
]
