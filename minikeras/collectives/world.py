"""The group of all processes that MPI started, made on first use, and how they end together."""

import atexit
import os
import random
import socket
import sys
import time
import traceback

import numpy as np

from minikeras.base.system import count_of_processors, processors
from minikeras.collectives.agreement import AgreementError
from minikeras.collectives.group import Group
from minikeras.collectives.job_folder import claim_report, enter_remote_ranks
from minikeras.collectives.launched import is_launched, launched_rank_and_size
from minikeras.collectives.mpi import load_mpi
from minikeras.collectives.waiting import FAILED, FINISHED, INTERRUPTED, RUNNING, RankError
from minikeras.config import set_threads

TIME_TO_FORWARD = 0.3  # seconds that mpiexec needs to pass on what a rank printed, before MPI_Abort ends it too
TIME_TO_REPORT = 1.0  # seconds that a rank leaves another to report the error that both end by

_started = {"group": None}


def world():
    """The `Group` of all processes, None before `start`."""
    return _started["group"]


def start():
    """Connect this process with the others that MPI started; the `Group` of all. None if there is only this one.

    All ranks start from the same state of Python's `random` and of `numpy.random` unless they are seeded later, so that
    programs without a seed draw the same weights and orders.

    Raises:
        ImportError: mpi4py or MPI is not installed.
    """
    if _started["group"] is None and is_launched():
        mpi = load_mpi()
        group = Group(mpi, mpi.COMM_WORLD)
        _started["group"] = group
        seed = group.broadcast(int.from_bytes(os.urandom(4), "little"))
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002  the generator that users' programs and Keras's functions draw from
        _share_processors(group)
        _end_together(mpi, group)
        processes = group.exchange((os.getpid(), socket.gethostname())) if group.hosts > 1 else []
        if group.rank == 0:
            enter_remote_ranks(processes)
    return _started["group"]


def rank_name():
    """This process, for a message: "rank 2 (process 1234 on host)"."""
    return f"rank {launched_rank_and_size()[0]} (process {os.getpid()} on {socket.gethostname()})"


def _share_processors(group):
    """As many threads as this rank's part of the processors, which it divides with ranks that may use the same ones."""
    if "MINIKERAS_THREADS" in os.environ:
        return
    own = (socket.gethostname(), tuple(sorted(processors())))
    sharing = group.exchange(own).count(own)
    set_threads(max(1, count_of_processors() // sharing))


def _end_together(mpi, group):
    """Let an error that ends one rank end all, naming the rank, and announce a normal end to others that wait."""
    barriers, earlier = group.window.barriers, sys.excepthook

    def end(kind, error, trace):
        interrupted = issubclass(kind, KeyboardInterrupt)
        barriers.announce(INTERRUPTED if interrupted else FAILED)
        _report(kind, error, trace, group, earlier)
        sys.stderr.flush()
        sys.stdout.flush()
        claim_report()
        time.sleep(TIME_TO_FORWARD)
        mpi.COMM_WORLD.Abort(130 if interrupted else 1)

    sys.excepthook = end
    atexit.register(_announce_end, group)


def _report(kind, error, trace, group, print_traceback):
    """Print why this rank ends, or give another rank the time to print why all do."""
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write(f"minikeras: {rank_name()} was interrupted, so all ranks end.\n")
    elif issubclass(kind, RankError):  # a consequence of what another rank reports
        if group.window.barriers.may_report() and claim_report():
            sys.stderr.write(f"minikeras: {error}\n")
            sys.stderr.flush()
        time.sleep(TIME_TO_REPORT)
    elif issubclass(kind, AgreementError) and group.rank:  # which all ranks have
        time.sleep(TIME_TO_REPORT)
    else:
        print_traceback(kind, error, trace)
        last = traceback.format_exception_only(kind, error)[0].strip().partition("\n")[0]
        sys.stderr.write(f"minikeras: {rank_name()} failed, so all ranks end: {last[:300]}\n")


def _announce_end(group):
    if group.window.barriers.state == RUNNING:
        group.window.barriers.announce(FINISHED)
        group.announce_end()
