"""Compiles the kernels that a plan will need in several processes, since LLVM serves only one thread per process.

`compile_ahead` starts processes that run `serve`, gives each the next item when it has finished one, and compiles
items itself meanwhile.

`fit` waits for this. Continuing on the tape meanwhile was measured on two processors that share a core, with an empty
cache, to the end of an epoch of 64 steps: a CNN took 9.0 s instead of 4.0, since the tape's NumPy takes six times as
long as the plan and slows compilation down; an LSTM and an MLP gained in the first epoch (3.7 instead of 6.8 s, 2.0
instead of 3.1) and lost as much in the second.
"""

import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from importlib import import_module
from operator import attrgetter

import numpy as np

from minikeras.base.child_processes import can_start, library_command
from minikeras.base.messages import shown_meanwhile
from minikeras.config import threads
from minikeras.kernels.machine import code_cache, pool
from minikeras.kernels.machine.fingerprints import symbols_used
from minikeras.kernels.machine.functions import task_code
from minikeras.kernels.machine.llvm import llvmlite
from minikeras.kernels.machine.untranslatable import Untranslatable
from minikeras.kernels.tasks import TaskKernel

MIN_ITEMS_PER_PROCESS = 4  # items from which starting a process, 0.3 s, pays
SERVE = f"from {__name__} import serve; serve()"
WAIT_SECONDS = 10  # seconds to wait for another process when all else is done; no item takes that long


def compile_ahead(kernels):
    """Compile task kernels, and the functions that they call, to files in the cache.

    With one core, without a writable cache, or if little is missing, it does nothing: then each is compiled at its
    first run.
    """
    if threads() < 2 or not can_start() or not code_cache.is_writable():
        return
    ours = [item for item in codes_of(kernels).items() if item[0].startswith("minikeras.")]  # not a user's kernels
    left = deque([(place, code) for place, code in ours if not code.is_on_disk()])
    if len(left) < MIN_ITEMS_PER_PROCESS:
        return
    others = _start(min(threads() - 1, len(left) // MIN_ITEMS_PER_PROCESS), left)
    try:
        with shown_meanwhile(" - compiling kernels …"):
            for _, code in _each(left):
                with suppress(Untranslatable):  # Numba compiles it at its first run
                    code.prepare()
            for _, thread in others:
                thread.join(WAIT_SECONDS)
    finally:
        left.clear()
        for process, _ in others:
            process.terminate()
            process.wait()


def _start(count, left):
    """`count` or fewer processes that compile the items `left`, each with the thread that talks to it."""
    others = []
    for _ in range(count):
        try:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            # Isolated from the user's environment: neither folders nor variables of Python's.
            process = subprocess.Popen(library_command(SERVE, np, llvmlite), text=True, **pipes)
        except OSError:
            break
        others.append((process, threading.Thread(target=_supply, args=(process, left), daemon=True)))
        others[-1][1].start()
    return others


def _supply(process, left):
    """Give a process items to compile in turn, until it has ended or nothing is left."""
    with suppress(OSError), process.stdin, process.stdout:  # closing fails, too, if it has ended in the meantime
        if process.stdout.readline():
            for place, _ in _each(left):
                process.stdin.write(place + "\n")
                process.stdin.flush()
                if not process.stdout.readline():
                    return


def _each(left):
    """Compile the remaining items in turn, while other processes do so too."""
    while left:
        try:
            yield left.popleft()
        except IndexError:  # another thread was quicker
            return


def codes_of(kernels):
    """{module:name: `Code`} of kernels, of the functions they call and of the pool, the slowest to compile first."""
    symbols = {}
    for kernel in kernels:
        symbols |= symbols_used(kernel.function)
    return {
        **{place: symbol.code() for place, symbol in symbols.items()},
        **{f"{kernel.__module__}:{kernel.name}": task_code(kernel) for kernel in kernels},
        **{f"{pool.__name__}:{name}": getattr(pool, name).code() for name in ("_run", "_call", "_serve")},
    }


def code_at(place):
    """The `Code` of the object `module:name`."""
    module, name = place.split(":")
    thing = attrgetter(name)(import_module(module))
    return task_code(thing) if isinstance(thing, TaskKernel) else thing.code()


def serve():
    """Print a line when this process is ready, and compile the object of each line `module:name` of standard input.

    Each kernel, symbol or function of the pool goes into its file; a line reports that one is done.
    """
    print(flush=True)
    for line in sys.stdin:
        with suppress(Untranslatable):
            code_at(line.strip()).prepare()
        print(flush=True)
