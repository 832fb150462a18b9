"""Micro-batches of a prediction as tasks: a thread runs all jobs of a micro-batch, one after the other."""

from minikeras.kernels.addresses import copy_bytes
from minikeras.kernels.machine.words import call_task, load_word
from minikeras.kernels.tasks import integers, task_kernel


@task_kernel
def run_micro_batch(task, thread, workspaces: integers(2), inputs: integers(2), outputs: integers(2)):
    """Run micro-batch `task`: copy its inputs to where the thread's jobs expect them, run the jobs, copy its outputs.

    `inputs` and `outputs` have a row for each array: its address, and the bytes of a micro-batch. `workspaces` has a
    row for each thread: address and number of its jobs, as the pool reads them (function, block, tasks), then the
    addresses of the jobs' inputs and outputs.
    """
    workspace, parts = workspaces[thread], len(inputs)
    for k in range(parts):
        nbytes = inputs[k, 1]
        copy_bytes(workspace[2 + k], inputs[k, 0] + task * nbytes, nbytes)
    for row in range(workspace[1]):
        job = workspace[0] + 24 * row
        function, block = load_word(job), load_word(job + 8)
        for part in range(load_word(job + 16)):
            call_task(function, block, part, thread)
    for k in range(len(outputs)):
        nbytes = outputs[k, 1]
        copy_bytes(outputs[k, 0] + task * nbytes, workspace[2 + parts + k], nbytes)
