"""When a rank dies, fails, ends, is slow or has other data: the job ends, and one sentence names the rank."""

import os
import re
import signal
import sys

import pytest

from minikeras.collectives.waiting import has_died
from tests.unit.ranks import job
from tests.waiting import wait_until

KILLED = (9, 128 + 9)  # as MPICH's mpiexec says it, and Open MPI's
INTERRUPTED = 130
ANY_ERROR = range(1, 256)  # of ranks that are ended while they import, whichever signal reaches them


def ranks_per_host(count):
    """As if the ranks were on several hosts, with so many on each."""
    return {"MINIKERAS_RANKS_PER_HOST": str(count)}


@pytest.mark.full
def test_a_rank_that_dies_ends_the_job_and_is_named():
    _, errors = job.run(3, "faulty.py", "dies", status=KILLED)
    (sentence,) = re.findall(r"minikeras: .* ha(?:s|ve) died", errors)
    assert re.search(r"[Rr]ank 1 \(process \d+\)", sentence)
    if hasattr(os, "pidfd_open"):  # else MPI may have ended others before this process looks, which are named too
        assert sentence.count("process") == 1


@pytest.mark.full
def test_a_rank_that_dies_on_another_host_ends_the_job_and_is_named(tmp_path):
    _, errors = job.run(2, "faulty.py", "dies", status=ANY_ERROR, variables=job.on_two_hosts(tmp_path, 1))
    (sentence,) = re.findall(r"minikeras: .* ha(?:s|ve) died", errors)
    assert re.search(r"Rank 1 \(process \d+\)", sentence)


@pytest.mark.full
def test_an_error_on_a_rank_ends_the_job_and_is_shown():
    _, errors = job.run(2, "faulty.py", "fails", status=1)
    assert "OSError: the disk is gone" in errors
    assert re.search(r"minikeras: rank 1 \(process \d+ on .*\) failed, so all ranks end: OSError", errors)


@pytest.mark.full
@pytest.mark.parametrize("per_host", [2, 1])
def test_a_slow_rank_is_named_and_one_that_ends_early_leaves_none_waiting(tmp_path, per_host):
    variables = ranks_per_host(per_host)
    _, errors = job.run(2, "faulty.py", "slow, then ends", tmp_path / "reported", status=1, variables=variables)
    assert re.search(r"minikeras: all wait for rank 1( \(process \d+\))? since", errors)
    assert "Rank 1 has ended its program while rank" in errors


@pytest.mark.full
@pytest.mark.parametrize("hosts", [1, 2])
def test_ctrl_c_ends_all_ranks(tmp_path, hosts):
    variables = job.on_two_hosts(tmp_path, 1) if hosts == 2 else None
    started = job.start(2, "faulty.py", "waits", variables=variables, start_new_session=True)
    assert started.stdout.readline() == "ready\n"
    started.send_signal(signal.SIGINT)
    _, errors = job.at_end(started)
    assert started.returncode == INTERRUPTED
    assert "all ranks have ended" in errors


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell mpiexec of the end of its parent")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_ranks_end_with_the_process_that_started_them(tmp_path, number):
    started = job.start(2, "faulty.py", "waits", variables={"TMPDIR": str(tmp_path)})
    assert started.stdout.readline() == "ready\n"
    processes = [int(path.read_text().split()[0]) for path in tmp_path.glob("minikeras-ranks-*/[01]")]
    assert len(processes) == 2
    started.send_signal(number)
    wait_until(lambda: all(map(has_died, processes)), "the ranks have ended")
    assert ("all ranks have ended" in job.at_end(started)[1]) == (number == signal.SIGTERM)


@pytest.mark.full
@pytest.mark.parametrize("deed", ["os._exit(3)", "sys.modules['mpi4py'] = None"])  # at once, or when ranks meet
def test_a_rank_that_ends_before_it_meets_the_others_ends_the_job(tmp_path, deed):
    text = f"import os, sys\nif '1' in map(os.environ.get, ('PMI_RANK', 'OMPI_COMM_WORLD_RANK')):\n    {deed}"
    (tmp_path / "sitecustomize.py").write_text(text)
    variables = {"PYTHONPATH": f"{tmp_path}:{job.ROOT}"}
    _, errors = job.run(2, "faulty.py", "waits", variables=variables, status=ANY_ERROR)
    assert len(re.findall(r"minikeras: Rank 1 \(process \d+\) has died, so all end", errors)) == 1


@pytest.mark.full
def test_one_interrupted_rank_ends_all():
    _, errors = job.run(2, "faulty.py", "interrupted", status=INTERRUPTED)
    assert re.search(r"minikeras: rank 1 \(process \d+ on .*\) was interrupted, so all ranks end", errors)


@pytest.mark.full
def test_other_lengths_of_data_end_the_epoch_or_are_an_error():
    printed, errors = job.run(2, "faulty.py", "lengths", status=1)
    assert "The data of rank 0 ended after 3 batches, while other ranks have more" in errors
    assert printed == "generators are done\n"  # of rank 0 alone
    assert errors.count("number_of_samples of rank 0: 96, rank 1: 97.") >= 1
    assert errors.count("Traceback") == 1  # on rank 0, though all have it
