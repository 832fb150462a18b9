"""Sums and exchanges between hosts: MPI's Allreduce, one rank of each host speaking for all on it.

The waiting is done here, by asking MPI again and again, so that Ctrl-C ends it.
"""

import time

import numpy as np

BUCKET = 1 << 20  # floats of one Allreduce: while one travels, the host's processor adds what the next has brought
NAP = 20e-6
IDLE_TIMEOUT = 0.002  # seconds after which a waiting rank sleeps between checks


def wait(request):
    """Until an operation of MPI is complete."""
    start = time.perf_counter()
    while not request.Test():
        if time.perf_counter() - start > IDLE_TIMEOUT:
            time.sleep(NAP)


def sum_over_hosts(comm, array):
    """array = the sum of all hosts' arrays, in buckets that are under way at the same time."""
    chunks = [array[begin : begin + BUCKET] for begin in range(0, array.size, BUCKET)]
    received = [np.empty_like(chunk) for chunk in chunks]
    requests = [comm.Iallreduce(chunk, result) for chunk, result in zip(chunks, received, strict=True)]
    for request, chunk, result in zip(requests, chunks, received, strict=True):
        wait(request)
        chunk[...] = result


def gather_over_hosts(comm, data):
    """The bytes of every rank of a communicator, as a list of arrays."""
    sizes = np.zeros(comm.Get_size(), np.int64)
    wait(comm.Iallgather(np.array([data.size], np.int64), sizes))
    received = np.empty(int(sizes.sum()), np.uint8)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    wait(comm.Iallgatherv(data, [received, sizes, starts, None]))
    return [received[start : start + size] for start, size in zip(starts, sizes, strict=True)]
