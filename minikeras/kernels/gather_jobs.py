"""The work between training steps when many of them run in one call: the next batch, the next scalars.

A word `step` counts the steps. The jobs read it, so that the same list of jobs processes the next batch each time.
"""

import numpy as np

from minikeras.kernels.addresses import address, copy_bytes
from minikeras.kernels.tasks import bytes_, floats, integers, task_kernel

BYTES_OF_A_TASK = 1 << 16


def gather_rows_jobs(sources, rows, step, place):
    """The job that copies the rows of this step's batch to `place`; see `gather_rows`."""
    samples = place.reshape(len(place), -1).view(np.uint8)
    per_task = max(1, BYTES_OF_A_TASK // samples.shape[1])
    return [gather_rows.job(-(-len(samples) // per_task), sources, rows, step, samples, per_task)]


@task_kernel
def gather_rows(task, sources: integers(2), rows: integers(1), step: integers(1), place: bytes_(2), rows_per_task: int):
    """Copy the rows of this step's batch to `place`, where jobs expect them.

    `sources` has, for each step, the address of the array with its rows, `rows` their indices in it, in order.
    """
    batch_size, size = place.shape
    first, source = step[0] * batch_size, sources[step[0], 0]
    for i in range(task * rows_per_task, min(batch_size, (task + 1) * rows_per_task)):
        copy_bytes(address(place, i * size), source + rows[first + i] * size, size)


@task_kernel
def copy_scalars(task, table: floats(2), step: integers(1), scalars: floats(1)):
    """scalars = the row of this step, for another job that reads them."""
    for j in range(len(scalars)):
        scalars[j] = table[step[0], j]


@task_kernel
def count_step(task, step: integers(1)):
    """Increment the step."""
    step[0] += 1
