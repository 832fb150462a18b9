"""Runs many cases in one child process, without harm to the tests if it dies."""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_in_child(function, *arguments, timeout, before_python=()):
    """The results of a generator function, which is called in a new process.

    Args:
        function: of a module of the tests, at its top; it yields a dict for each case.
        arguments: for it; what JSON can hold.
        timeout: seconds after which the process is killed.
        before_python: words of a command that starts the process, such as `unshare`.

    Raises:
        AssertionError: the process died or ran too long; says of which signal, and after which results.
    """
    command = [*before_python, sys.executable, "-c", "from tests.security.children import main; main()"]
    job = {"module": function.__module__, "function": function.__name__, "arguments": arguments}
    with tempfile.TemporaryDirectory() as temporary:  # what is killed removes none of its own files
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "TMPDIR": temporary}
        child = subprocess.Popen(
            [*command, json.dumps(job)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            output, errors = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            output, errors = child.communicate()
            errors += f"\nkilled after {timeout} s"
    results = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    if child.returncode:
        how = signal.Signals(-child.returncode).name if child.returncode < 0 else f"status {child.returncode}"
        raise AssertionError(f"the child ended with {how} after {results[-1:]}:\n{errors[-3000:]}")
    return results


def main():
    """What the child does: `run_in_child`'s function, of whose results each is a line of JSON."""
    job = json.loads(sys.argv[1])
    function = getattr(importlib.import_module(job["module"]), job["function"])
    for result in function(*job["arguments"]):
        print(json.dumps(result), flush=True)


class Usage:
    """How much memory and disk this process takes from now on, in bytes; zeros where the system does not say."""

    def __init__(self):
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # lets the peak begin again
        self._before = self._now()

    @staticmethod
    def _now():
        try:
            status = Path("/proc/self/status").read_text()
            counters = Path("/proc/self/io").read_text()
        except OSError:
            return 0, 0, 0
        fields = dict(line.split(":", 1) for line in f"{status}\n{counters}".splitlines() if ":" in line)
        resident, peak = (int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
        return resident, peak, int(fields["wchar"])

    def so_far(self):
        """(peak of the memory above what it was at the start, bytes written)."""
        resident, _, written = self._before
        _, peak, written_now = self._now()
        return peak - resident, written_now - written
