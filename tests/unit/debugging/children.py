"""Programs under a debugger, as child processes."""

import inspect
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

from minikeras.layers import Dense
from tests.unit.debugging.dap import Client

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
SECONDS = 240
"""A limit for one child process, for slow machines: it takes a few seconds."""

ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a notice about frozen modules of the standard library
}


def first_line_of(function):
    """(file, number of the first line in the body) of a function without docstring, for a breakpoint."""
    lines, number = inspect.getsourcelines(function)
    return inspect.getsourcefile(function), number + len(lines[: next(i for i, x in enumerate(lines) if ":" in x) + 1])


def breakpoint_in_dense():
    """(file, line) of the body of `Dense.call`."""
    return first_line_of(Dense.call)


def run_child(*command, commands, environment=()):
    """Standard output and error of `python command…`, to whose debugger the commands are given, the last being "q"."""
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        input="\n".join([*commands, "q", ""]),
        env={**ENVIRONMENT, **dict(environment)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert "Error" not in done.stdout + done.stderr, done.stdout + done.stderr
    return done.stdout, done.stderr


def commands_that_count(file, line):
    """For pdb: at each stop print "STOP" and go on."""
    return [f"break {file}:{line}", "commands 1", "silent", 'print("\\nSTOP")', "continue", "continue"]


def stops_by_phase(output):
    """{phase: how many times "STOP" was printed in it}."""
    counts, phase = Counter(), None
    for line in output.splitlines():
        if "phase: " in line:
            phase = line.partition("phase: ")[2]
            counts[phase] = 0
        elif line.strip() == "STOP":
            counts[phase] += 1
    return dict(counts)


class Listening:
    """A child process that runs `listening.py`, for `with`."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, str(FOLDER / "listening.py"), *arguments],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._limit = threading.Timer(SECONDS, self.process.kill)
        self._limit.start()

    def attach(self, log=None):
        """A `Client` with a breakpoint in `Dense.call`."""
        for line in self.process.stdout:
            if line.startswith("port: "):
                return Client(("127.0.0.1", int(line[6:])), *breakpoint_in_dense(), log)
        raise AssertionError(self.process.stderr.read())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._limit.cancel()
        self.process.kill()
        self.process.communicate()
