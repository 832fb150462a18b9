"""Chains of jobs, done by one thread for one piece of a batch after the other, and the sums over pieces."""

import numpy as np

from minikeras.kernels.addresses import floats_at
from minikeras.kernels.machine.words import atomic_store, call_task, load_word
from minikeras.kernels.tasks import floats, integers, task_kernel

TOGETHER = 2048  # numbers of a sum that a task adds


def add_pieces_jobs(parts, places):
    """The job that sets vectors to sums over the rows of `parts` (pieces, numbers).

    `places` has a row for each vector: the column where it begins, its length, and its address.
    """
    tasks = [
        (column + start, min(TOGETHER, length - start), address + 4 * start)
        for column, length, address in places
        for start in range(0, length, TOGETHER)
    ]
    return [add_pieces.job(len(tasks), parts, np.array(tasks, np.int64).reshape(-1, 3))]


@task_kernel
def add_pieces(task, parts: floats(2), places: integers(2)):
    """The numbers of one row of `places`, all pieces in their order."""
    column, length = places[task, 0], places[task, 1]
    total = floats_at(places[task, 2], length)
    for j in range(length):
        total[j] = parts[0, column + j]
    for piece in range(1, len(parts)):
        for j in range(length):
            total[j] += parts[piece, column + j]


@task_kernel
def do_chain(task, thread, lanes: integers(2)):
    """All jobs of a chain for piece `task`.

    `lanes` has a row for each thread: address and number of its jobs, as the pool reads them (function, block, tasks),
    then address and number of the words that depend on the piece: (address of the word, its value for piece 0, what
    each further piece adds).
    """
    for row in range(lanes[thread, 3]):
        move = lanes[thread, 2] + 24 * row
        atomic_store(load_word(move), load_word(move + 8) + task * load_word(move + 16))
    for row in range(lanes[thread, 1]):
        job = lanes[thread, 0] + 24 * row
        function, block = load_word(job), load_word(job + 8)
        for part in range(load_word(job + 16)):
            call_task(function, block, part, 0)
