"""Data-parallel training for a whole program, without a line in it."""

from minikeras.collectives.launched import is_launched
from minikeras.collectives.strategy import set_default_strategy
from minikeras.distribution.strategies import DataParallel


def train_on_all_processes():
    """Let all threads of this program train on all processes that MPI started, if it started several.

    `minikeras run` and `tf.distribute.MirroredStrategy` call it; `set_distribution` goes before it.
    """
    if is_launched():
        set_default_strategy(DataParallel().strategy)
