"""`tf.distribute.experimental`: older names of the strategies."""

from minikeras.compat.tensorflow.distribute.strategy import (
    MultiWorkerMirroredStrategy,
    ParameterServerStrategy,
    Strategy,
    TPUStrategy,
)

__all__ = [
    "CentralStorageStrategy",
    "MultiWorkerMirroredStrategy",
    "ParameterServerStrategy",
    "TPUStrategy",
]


class CentralStorageStrategy(Strategy):
    """Variables on the CPU, computation on GPUs: here both on the CPU.

    Args:
        compute_devices, parameter_device: which devices; without effect.
    """

    def __init__(self, compute_devices=None, parameter_device=None):
        super().__init__()
