"""What is said about ranks: which one died, which is slow, whether several pay. Without MPI."""

import _thread
import io
import os
import socket
import subprocess
import sys
import threading
from contextlib import closing
from types import SimpleNamespace

import pytest

from minikeras.collectives import job_folder, rank_failures
from minikeras.collectives.job_folder import ENDED, dead_ranks
from minikeras.collectives.rank_failures import RankFailures
from minikeras.tools.cli import main, ranks, run
from minikeras.tools.cli.main_module import CannotRunError
from minikeras.tools.cli.ranks import run_on_ranks
from minikeras.trainers import scaling_report
from minikeras.trainers.scaling_report import ScalingReport
from tests.waiting import DEADLINE, join, wait_until


def test_a_rank_without_a_note_of_its_end_has_died(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(DEADLINE)
    host = socket.gethostname()
    (tmp_path / "0").write_text(f"{os.getpid()} {host}")
    (tmp_path / "1").write_text(f"{ended.pid} another-{host}")  # where a process of this number may live
    assert dead_ranks(tmp_path) == []
    (tmp_path / "1").write_text(f"{ended.pid} {host}")
    assert dead_ranks(tmp_path) == [(1, ended.pid)]
    (tmp_path / f"1{ENDED}").touch()
    assert dead_ranks(tmp_path) == []


def test_a_rank_on_another_host_is_named_as_mpi_reports_its_end(tmp_path, monkeypatch, capsys):
    """It has not entered the folder, which may not be there; rank 0 has left its process's number."""
    monkeypatch.setenv(job_folder.JOB_FOLDER, str(tmp_path / "missing"))
    monkeypatch.setenv("PMI_RANK", "1")
    exec(job_folder.ENTER_JOB_FOLDER, {})
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv(job_folder.JOB_FOLDER, str(tmp_path))
    (tmp_path / "0").write_text(f"{os.getpid()} {socket.gethostname()}")
    job_folder.enter_remote_ranks([(7, "other"), (1234, "other")])
    assert (tmp_path / "0").read_text() == f"{os.getpid()} {socket.gethostname()}"
    told = []
    ranks._print(["= BAD\n", "=   PID 1234 RUNNING AT other\n", "=   EXIT CODE: 9\n"], [], told)
    assert told == [(1234, "other")]
    ranks._name_the_dead(tmp_path, ranks._elsewhere(tmp_path, told))
    assert capsys.readouterr().err == "minikeras: Rank 1 (process 1234) has died, so all end.\n"


@pytest.mark.parametrize("variable, options", [("HYDRA_HOST_FILE", []), (None, ["-disable-auto-cleanup"])])
def test_mpi_ends_the_ranks_itself_where_several_hosts_may_have_them(monkeypatch, variable, options):
    for name in ranks.LISTS_OF_HOSTS:
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "hosts")
    monkeypatch.setattr(ranks.subprocess, "run", lambda *a, **k: SimpleNamespace(stdout="HYDRA build details"))
    assert ranks._with_options("mpiexec") == ["mpiexec", *options]


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the system has no descriptors of processes")
def test_the_rank_that_died_first_is_named_alone(tmp_path):
    """Both are dead when they are looked at, as when MPI ends the other; but one waited for the first to die."""
    job, *ranks = [subprocess.Popen(["sleep", str(DEADLINE)]) for _ in range(3)]
    for number, rank in enumerate(ranks):
        (tmp_path / str(number)).write_text(f"{rank.pid} {socket.gethostname()}")

    def dead_after_the_other(folder):
        ranks[0].kill()
        ranks[0].wait(DEADLINE)
        return dead_ranks(folder)

    with closing(RankFailures(tmp_path, job.pid)) as watched, pytest.MonkeyPatch.context() as patch:
        assert watched.first(0) == []
        ranks[1].kill()
        patch.setattr(rank_failures, "dead_ranks", dead_after_the_other)
        assert watched.first(DEADLINE) == [(1, ranks[1].pid)]
    job.kill()
    for process in (job, ranks[1]):
        process.wait(DEADLINE)


def test_each_rank_gets_the_options_of_the_command(monkeypatch):
    monkeypatch.setattr(run, "is_launched", lambda: False)
    monkeypatch.setattr(run.ranks, "run_on_ranks", lambda count, arguments: [count, *arguments])
    options = ["--full-traceback", "--detect-anomaly"]
    assert main(["run", "-n", "2", *options, "script.py", "-n", "3"]) == [2, *options, "script.py", "-n", "3"]


def test_a_rank_notes_its_own_end_and_no_process_that_it_started_does(tmp_path, monkeypatch):
    registered = []
    monkeypatch.setattr(job_folder.atexit, "register", lambda function, *arguments: registered.append(arguments))
    monkeypatch.setenv(job_folder.JOB_FOLDER, str(tmp_path))
    monkeypatch.setenv("PMI_RANK", "1")
    job_folder.note_end_at_exit(1)
    exec(job_folder.ENTER_JOB_FOLDER, {})
    job_folder.note_end_at_exit(1)
    (tmp_path / "1").write_text(f"{os.getpid() + 1} {socket.gethostname()}")
    job_folder.note_end_at_exit(1)
    assert registered == [(tmp_path, f"1{ENDED}")]


def test_ctrl_c_is_not_lost_where_it_comes_just_before_a_call_that_waits(tmp_path, monkeypatch):
    """`interrupt_main` ends no such call, as a signal ends none that came a moment earlier."""
    command = [sys.executable, "-c", f"import time; print('ready', flush=True); time.sleep({DEADLINE})"]
    printed = io.StringIO()
    monkeypatch.setattr(sys, "stdout", printed)

    def interrupt():
        wait_until(printed.getvalue, "the job's line was printed")
        _thread.interrupt_main()

    thread = threading.Thread(target=interrupt, daemon=True)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as job:
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            ranks._status(job, tmp_path)
        join(thread)
        has_ended = job.poll() is not None
        job.kill()
    assert not has_ended


def test_no_processes_are_refused():
    with pytest.raises(CannotRunError, match="-n takes the number of processes"):
        run_on_ranks(0, [])


def report(monkeypatch, capsys, seconds, waited, in_sums, others=()):
    """What rank 0 prints after a training of so many seconds."""
    clock = iter([0.0, seconds])
    monkeypatch.setattr(scaling_report.time, "perf_counter", lambda: next(clock))
    barriers = SimpleNamespace(waited=0.0)
    group = SimpleNamespace(
        rank=0,
        size=1 + len(others),
        window=SimpleNamespace(barriers=barriers),
        sums=0,
        seconds_in_sums=0.0,
        exchange=lambda own: [own, *others],
    )
    measured = ScalingReport(group, 1000)
    barriers.waited, group.seconds_in_sums, group.sums = waited, in_sums, 50
    measured.print_if_needed()
    return capsys.readouterr().err


def test_a_training_that_several_ranks_do_not_speed_up_says_so(monkeypatch, capsys):
    text = report(monkeypatch, capsys, 10.0, 5.0, 6.0, [(5.0, 6.0)])
    assert "6.0 s went into 50 sums" in text
    assert "at most 0.80 times as fast" in text
    assert report(monkeypatch, capsys, 10.0, 0.5, 1.0, [(9.5, 1.0)]) == ""
    assert report(monkeypatch, capsys, 0.5, 0.4, 0.4, [(0.1, 0.4)]) == ""  # too short to tell


def test_a_rank_for_which_all_wait_is_named(monkeypatch, capsys):
    text = report(monkeypatch, capsys, 10.0, 7.0, 7.5, [(9.5, 0.5), (3.0, 7.0)])
    assert "rank 1 was the slowest: it worked 9.5 s, the ranks in the middle 3.0 s" in text
