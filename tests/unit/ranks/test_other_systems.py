"""Systems that lack what Linux has: each call that is missing there is left out, or has another in its place."""

import importlib
import os
import signal
import socket
import subprocess
import sys

import pytest

from minikeras.base import child_processes, system
from minikeras.collectives import job_folder, waiting, world
from minikeras.collectives.rank_failures import RankFailures
from minikeras.tools.cli import ranks
from minikeras.tools.cli.main_module import CannotRunError
from tests.waiting import DEADLINE


@pytest.fixture
def ended():
    """A process that has ended and was waited for."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(DEADLINE)
    return process.pid


def test_without_descriptors_of_processes_the_dead_are_looked_for(tmp_path, monkeypatch, ended):
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    (tmp_path / "0").write_text(f"{os.getpid()} {socket.gethostname()}")
    watched = RankFailures(tmp_path, os.getpid())
    assert watched.first(0) == []
    (tmp_path / "1").write_text(f"{ended} {socket.gethostname()}")
    assert watched.first(0) == [(1, ended)]
    watched.close()


def test_without_a_list_of_processes_the_system_is_asked(monkeypatch, ended):
    def missing(*args, **kwargs):
        raise FileNotFoundError("/proc")

    monkeypatch.setattr(waiting, "open", missing, raising=False)
    assert (waiting.has_died(os.getpid()), waiting.has_died(ended)) == (False, True)


def test_where_looking_for_a_process_would_end_it_none_is_asked(monkeypatch, ended):
    """On Windows `os.kill` ends a process whatever the signal. There MPI notices the death of a rank."""
    monkeypatch.setattr(system.os, "kill", lambda *args: pytest.fail("a process was sent a signal"))
    monkeypatch.setattr(system.os, "name", "nt")
    assert system.is_running(ended)


def test_waiting_ranks_offer_the_processor_without_sched_yield(monkeypatch):
    slept = []
    monkeypatch.delattr(waiting.os, "sched_yield", raising=False)
    monkeypatch.setattr(waiting.time, "sleep", slept.append)
    waiting._pause(False)
    assert slept == [0]


def test_ranks_share_all_processors_where_there_is_no_affinity(monkeypatch):
    found = []
    monkeypatch.delenv("MINIKERAS_THREADS", raising=False)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(system, "share_of_time", lambda root: 8)
    monkeypatch.setattr(world, "set_threads", found.append)

    class FourOnThisHost:
        def exchange(self, own):
            return [own] * 4

    world._share_processors(FourOnThisHost())
    assert found == [2]


def test_processes_that_cannot_ask_to_end_with_their_parent_are_started_plainly(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert child_processes.ending_with_this_process(["mpiexec", "-n", "2"]) == ["mpiexec", "-n", "2"]
    exec(child_processes.ASK_TO_END_WITH_PARENT, {})  # a rank, which does not ask


def test_where_no_process_can_become_another_one_a_rank_enters_in_its_own(monkeypatch):
    monkeypatch.setattr(job_folder.os, "name", "nt")
    command = job_folder.entering(["python", "-P", "-c", "main()", "run", "script.py"], "first()\n")
    assert command == ["python", "-P", "-c", "first()\n" + job_folder.ENTER_JOB_FOLDER + "main()", "run", "script.py"]


def test_without_signals_a_job_is_ended_by_the_system(monkeypatch):
    """On Windows `Popen.send_signal` refuses SIGINT, and SIGKILL has no name."""
    monkeypatch.delattr(signal, "SIGKILL")
    fresh = importlib.util.module_from_spec(ranks.__spec__)
    ranks.__spec__.loader.exec_module(fresh)
    assert fresh.SIGNALS == (signal.SIGTERM,)
    monkeypatch.undo()
    process = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({DEADLINE})"])
    fresh._end(process, *fresh.SIGNALS)
    assert process.poll() is not None


@pytest.mark.parametrize("name", ["mpiexec", "mpiexec.exe"])
def test_mpiexec_beside_python_is_found_under_its_name_on_each_system(tmp_path, monkeypatch, name):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    (tmp_path / name).touch()
    assert ranks.mpiexec() == str(tmp_path / name)


@pytest.mark.parametrize("platform, advice", [("win32", r"mpi4py impi-rt$"), ("darwin", r"mpi4py mpich$")])
def test_without_mpiexec_the_message_says_what_to_install(tmp_path, monkeypatch, platform, advice):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(ranks, "files", lambda name: [])
    monkeypatch.setattr(ranks.shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(CannotRunError, match=advice):
        ranks.mpiexec()
