"""Compiles what a plan will need in several processes at once: most of a compilation is Python, one thread's work.

    python -m minikeras.kernels.machine.ahead module:kernel …

compiles these kernels into files. `compile_ahead` has that done by other processes from the last kernel on, while it
begins with the first itself; where they meet, everything is on disk. A small CNN's kernels, 8 s on one core, are there
after 5 on two.
"""

import subprocess
import sys
from importlib import import_module
from operator import attrgetter

from minikeras.config import threads
from minikeras.kernels.machine import object_code
from minikeras.kernels.machine.functions import task_code

FEWEST = 3  # kernels for which a process is worth its start, 0.5 s


def compile_ahead(kernels):
    """Have the code of task kernels on disk.

    Where there is one core, or nothing can be written, or little is missing, it does nothing: each is then compiled
    when it is first run.
    """
    missing = [kernel for kernel in kernels if not task_code(kernel).is_on_disk()]
    if len(missing) < FEWEST or threads() < 2 or not sys.executable or object_code.folder() is None:
        return
    others = _start([f"{kernel.__module__}:{kernel.name}" for kernel in missing[::-1]])
    try:
        for kernel in missing:
            task_code(kernel).prepare()
    finally:
        for process in others:
            process.terminate()
            process.wait()


def _start(places):
    """Processes that compile these kernels, each beginning with another; none where none can be started."""
    processes = []
    for number in range(min(threads() - 1, len(places) // FEWEST)):
        order = places[number:] + places[:number]
        try:
            command = [sys.executable, "-m", __name__, *order]
            quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            processes.append(subprocess.Popen(command, **quiet))
        except OSError:
            break
    return processes


if __name__ == "__main__":
    for place in sys.argv[1:]:
        module, name = place.split(":")
        task_code(attrgetter(name)(import_module(module))).prepare()
