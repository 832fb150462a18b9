"""Lets only rank 0 write files. The others continue when it is done, so that all may read them.

Variables that are split over ranks are made whole for this.
"""

import time
from functools import wraps

import numpy as np

from minikeras.collectives.strategy import current_strategy
from minikeras.collectives.waiting import BETWEEN_CHECKS, SLEEP, RankError

TAG = 7710  # of the message "written"


def on_first_rank(function):
    """Decorator for a function that writes a file: it runs on rank 0, and returns None on the others.

    Rank 0 may call it alone (`if rank == 0: model.save(…)`); another rank that calls it waits for rank 0's call. (If
    the ranks did something together between several calls, it knows which call is meant.)
    """

    @wraps(function)
    def wrapper(*args, **kwargs):
        strategy = current_strategy()
        group = strategy.everyone
        if group is None or _Writing.depth:
            return function(*args, **kwargs)
        with strategy.whole(getattr(args[0], "model", args[0])):
            return _on_first_rank(group, function, args, kwargs)

    return wrapper


def _on_first_rank(group, function, args, kwargs):
    if group.rank:
        return _wait_for_first_rank(group)
    _Writing.depth += 1
    try:
        return function(*args, **kwargs)
    finally:
        _Writing.depth -= 1
        for rank in range(1, group.size):  # too small to wait for a receiver
            _Writing.sent.append(group.comm.Isend(np.array([group.operations]), rank, TAG))
        _Writing.sent[:] = [request for request in _Writing.sent if not request.Test()]


class _Writing:
    depth = 0  # of such functions that are running: one may call another
    sent = []


def _wait_for_first_rank(group):
    operations = np.full(1, -1)
    while operations[0] < group.operations:  # this call does not wait for files that rank 0 wrote alone, earlier
        _wait(group, group.comm.Irecv(operations, 0, TAG))


def _wait(group, request):
    next_check = time.perf_counter() + BETWEEN_CHECKS
    while not request.Test():
        time.sleep(10 * SLEEP)
        if time.perf_counter() > next_check:
            try:
                if group.across is not None:
                    group.across.check_ended(ranks=(0,))
                else:
                    group.window.barriers.check_rank(0)
            except RankError:
                if not request.Test():  # otherwise rank 0 sent it before its end, while this rank was delayed
                    raise
                break
            next_check = time.perf_counter() + BETWEEN_CHECKS
