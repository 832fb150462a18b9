"""Real jobs: a script of this folder in several processes, started by mpiexec."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import minikeras
from minikeras.base.child_processes import ending_with_this_process
from minikeras.tools.cli.main_module import CannotRunError
from minikeras.tools.cli.ranks import mpiexec
from tests.waiting import DEADLINE

ROOT = Path(minikeras.__file__).parents[1]
FOLDER = Path(__file__).parent
OVERSUBSCRIBE = {"PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe"}


def path_of_mpiexec():
    """That of mpiexec; skips the test where MPI is not installed."""
    if importlib.util.find_spec("mpi4py") is None:
        pytest.skip("mpi4py is not installed")
    try:
        return mpiexec()
    except CannotRunError as error:
        pytest.skip(str(error))


def environment(**variables):
    """One thread for each rank, whose processors other tests use as well; of Open MPI more ranks than processors."""
    launched = ("PMI_", "PMIX_", "OMPI_COMM_", "HYD", "MPI_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(launched)}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "MINIKERAS_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        **OVERSUBSCRIBE,
        **variables,
    }


def start(count, script, *arguments, by_minikeras=True, variables=None, **options):
    """A Popen of a script of this folder on `count` ranks: by `minikeras run -n`, or by mpiexec and plain Python."""
    found = path_of_mpiexec()
    command = [sys.executable, "-m", "minikeras", "run", "-n", str(count)]
    if not by_minikeras:
        command = [found, "-n", str(count), sys.executable]
    elif count == 1:
        command = [sys.executable, "-m", "minikeras", "run"]
    return subprocess.Popen(
        ending_with_this_process([*command, str(FOLDER / "scripts" / script), *map(str, arguments)]),
        env=environment(**(variables or {})),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def at_end(job):
    """(what a job printed, what it reported as errors), when it has ended."""
    try:
        return job.communicate(timeout=DEADLINE)
    finally:
        job.kill()  # if it goes on: an interrupted test leaves no ranks


def run(count, script, *arguments, status=0, **options):
    """(what a job printed, what it reported as errors). It must end with `status`, or one of several."""
    job = start(count, script, *arguments, **options)
    printed, errors = at_end(job)
    statuses = (status,) if isinstance(status, int) else status
    assert job.returncode in statuses, f"{job.returncode}\n{printed[-2000:]}\n{errors[-4000:]}"
    return printed, errors


def results(count, script, *arguments, **options):
    """The JSON that rank 0 of a job printed as its last line."""
    return json.loads(run(count, script, *arguments, **options)[0].strip().splitlines()[-1])


def results_of_several(count, *scripts, **options):
    """The results of scripts with their arguments, tuples, which run one after the other in one job."""
    arguments = [part for script in scripts for part in (*script, "--")]
    return [json.loads(line) for line in run(count, "several.py", *arguments, **options)[0].strip().splitlines()]


def need_mpich():
    """Skip the test with another MPI."""
    version = subprocess.run([path_of_mpiexec(), "--version"], capture_output=True, text=True, check=False).stdout
    if "HYDRA" not in version:
        pytest.skip("needs MPICH")


# What starts a program on another host, in place of `ssh`: on this one, which has another name for it.
UNDER_ANOTHER_NAME = """#!/bin/sh
host=$1
shift
exec unshare {flags} sh -c "hostname $host; exec $*"
"""


def on_two_hosts(folder, per_host):
    """The variables by which MPICH's mpiexec starts so many ranks on this host, and as many on what seems another.

    Both have names of their own, share no memory, and talk by messages. Skips the test where a system has no such
    names, or another MPI.
    """
    need_mpich()
    flags = "-u" if getattr(os, "geteuid", int)() == 0 else "-r -u"
    command = shutil.which("unshare")
    if not command or subprocess.run([command, *flags.split(), "hostname", "x"]).returncode:
        pytest.skip("the system has no names of hosts for single processes")
    launcher, hosts = folder / "launcher", folder / "hosts"
    launcher.write_text(UNDER_ANOTHER_NAME.format(flags=flags))
    launcher.chmod(0o700)
    hosts.write_text(f"{socket.gethostname()}:{per_host}\nelsewhere:{per_host}\n")
    return {"HYDRA_LAUNCHER": "rsh", "HYDRA_LAUNCHER_EXEC": str(launcher), "HYDRA_HOST_FILE": str(hosts)}
