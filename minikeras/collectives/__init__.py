"""Several processes that train one model together: who they are, and how they add and gather arrays.

MPI starts the processes (`mpiexec -n 4 …`) and numbers them: their *ranks*. Each takes its share of every batch, and
the gradients of all are added between backward and update. Read in this order:

1. `launched.py`: whether this process was started by MPI, from the environment alone.
2. `world.py`: the group of all processes, started once.
3. `group.py`: what a group does: `all_sum`, `all_gather`, `broadcast`, with every sum in the order of the ranks, so
   that a run repeats bit for bit.
4. `window.py`: how ranks on one host do it, in memory that they share; `waiting.py`: how they wait for each other, and
   what they report about one that died, failed or is slow. `across_hosts.py`: the same between hosts, by MPI;
   `sum_over_hosts.py`: sums there that are under way while more numbers are made.
5. `share.py`: which rows of a batch are this rank's, and how much its results count.
6. `agreement.py`: numbers on which all ranks must agree before they train.
7. `strategy.py`: which of the groups this program trains with; `writing.py`: files are written by rank 0.
8. `job_folder.py`, `rank_failures.py`: how `minikeras run -n` notices ranks that died, and which was the first.

What a training does with it is in `trainers/ranks.py` (the order of things), `data/division.py` (whose rows),
`optimizers/summing.py` (gradients) and `plans/collective.py` (the same as compiled jobs).

Only `mpi.py` imports mpi4py, and only when a group starts. Nothing here knows of models or data.
"""

__replay__ = "computes"
