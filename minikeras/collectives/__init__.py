"""Several processes that train one model together: how they find each other, and add and gather arrays.

MPI starts the processes (`mpiexec -n 4 …`) and numbers them: their *ranks*. Each takes its share of every batch, and
the gradients of all ranks are added between backward and update. Read in this order:

1. `launched.py`: whether this process was started by MPI, from the environment alone.
2. `world.py`: the group of all processes, started once.
3. `group.py`: the operations of a group: `all_sum`, `all_gather`, `broadcast`, with every sum in the order of the
   ranks, so that runs are reproducible bit for bit.
4. `window.py`: these operations on one host, in shared memory; `waiting.py`: how ranks wait for each other, and
   what they report about one that died, failed or is slow. `across_hosts.py`: the same between hosts, by MPI;
   `sum_over_hosts.py`: sums between hosts that overlap with computation.
5. `share.py`: this rank's rows of a batch, and the weight of its results.
6. `agreement.py`: settings on which all ranks must agree before they train.
7. `strategy.py`: the groups that this program trains with; `writing.py`: only rank 0 writes files.
8. `job_folder.py`, `rank_failures.py`: how `minikeras run -n` notices ranks that died, and which died first.

It is used by `trainers/ranks.py` (when each operation happens), `data/division.py` (dividing the rows),
`optimizers/summing.py` (gradients) and `plans/collective.py` (gradients, by compiled jobs).

Only `mpi.py` imports mpi4py, and only when a group starts. Nothing here knows of models or data.
"""

__replay__ = "computes"
