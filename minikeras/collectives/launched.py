"""Whether MPI started this process: read from the environment, without importing MPI."""

import os

# The variables in which launchers pass each process (its rank, the number of ranks).
VARIABLES = (
    ("PMI_RANK", "PMI_SIZE"),  # MPICH, Intel MPI, Slurm
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),  # Open MPI
    ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),  # MVAPICH
    ("PALS_RANKID", "PALS_SIZE"),  # Cray
)


def launched_rank_and_size():
    """(rank, number of processes) as set by the launcher; (0, 1) for a process that no launcher started."""
    for rank, size in VARIABLES:
        if rank in os.environ and size in os.environ:
            return int(os.environ[rank]), int(os.environ[size])
    return 0, 1


def is_launched():
    """Whether a launcher started this process together with others."""
    return launched_rank_and_size()[1] > 1
