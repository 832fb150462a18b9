"""Two processes, one per backend: checked to give the same result, then timed in alternation, repeat by repeat."""

import json
import statistics
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from minikeras.base.child_processes import IMPORT_MINIKERAS, python_command
from minikeras.tools.cli.bench.workload import Workload

WORKER = f"{IMPORT_MINIKERAS}from minikeras.tools.cli.bench.worker import main; main()"
MAXIMUM_ROUNDS = 200
SECONDS_PER_ROUND = 0.005  # quick work is called several times per round; the clock's own cost is 1e-7
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "MINIKERAS_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


class WorkerError(Exception):
    """A worker could not execute an order; the message is its own."""


@dataclass
class Measurement:
    """One row of the table.

    Attributes:
        workload: what was measured.
        seconds: {backend: [seconds per call, one per round]}; bytes where that is the workload's unit.
        operations: floating-point operations of one call.
        deviation: of the two results, relative to their norm; None with one backend.
        trouble: why there are no times, or "".
    """

    workload: Workload
    seconds: dict = field(default_factory=dict)
    operations: float = 0.0
    deviation: float | None = None
    trouble: str = ""

    def best(self, backend):
        """The shortest time of a call (or fewest bytes), or None."""
        return min(self.seconds[backend]) if self.seconds.get(backend) else None

    def median(self, backend):
        """The median time of a call, or None."""
        return statistics.median(self.seconds[backend]) if self.seconds.get(backend) else None

    def ratio(self, kind="best"):
        """TensorFlow's time (or bytes) divided by ours, above 1 where we need less; None with one backend."""
        theirs, ours = (getattr(self, kind)(backend) for backend in ("tensorflow", "minikeras"))
        return theirs / ours if theirs and ours else None


class Worker:
    """The process of one backend; see `worker.py`."""

    def __init__(self, backend, threads):
        self.backend = backend
        command, environment = python_command(WORKER, backend)  # it measures what is installed, no script of a user's
        environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **environment, "KERAS_BACKEND": "tensorflow"}
        environment.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )

    def ask(self, **order):
        """The answer to one order.

        Raises:
            WorkerError: it has none.
        """
        try:
            print(json.dumps(order), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise WorkerError(f"the process of {self.backend} has ended with status {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self.backend}: {answer['error']}")
        return answer

    def close(self):
        """End the process and wait for it."""
        with suppress(BrokenPipeError):  # it has ended, and not read its last order
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def measure(workload, workers, seconds, folder):
    """A `Measurement` of one workload on all workers, taking about `seconds`.

    Args:
        workload: what to time.
        workers: `Worker`s.
        seconds: for all rounds together.
        folder: where the results are written, to be compared.
    """
    result = Measurement(workload)
    paths = {worker.backend: str(Path(folder, f"{worker.backend}.npz")) for worker in workers}
    try:
        answers = {w.backend: w.ask(prepare=workload.name, to=paths[w.backend]) for w in workers}
        missing = {backend: answer["missing"] for backend, answer in answers.items() if "missing" in answer}
        if missing:
            result.trouble = "; ".join(f"{backend} has no {', '.join(names)}" for backend, names in missing.items())
            return result
        result.operations = max(answer["operations"] for answer in answers.values())
        if len(workers) > 1:
            result.deviation = _deviation(*(_arrays(path) for path in paths.values()))
            if not result.deviation <= workload.tolerance:
                result.trouble = f"the results differ: relative deviation {result.deviation:.2g}"
                return result
        once = {backend: answer["seconds"] for backend, answer in answers.items()}
        result.seconds = _alternate(workers, once, seconds, workload.rounds)
    except WorkerError as error:
        result.trouble = str(error)
    return result


def _alternate(workers, once, seconds, fewest):
    """{backend: [amount per call, …]} of rounds in the order a b, b a, a b, …"""
    calls = {backend: max(1, round(SECONDS_PER_ROUND / time)) for backend, time in once.items()}
    one_round = sum(calls[backend] * time for backend, time in once.items())
    rounds = min(max(round(seconds / one_round), fewest), MAXIMUM_ROUNDS)
    durations = {worker.backend: [] for worker in workers}
    order = list(workers)
    for _ in range(rounds):
        for worker in order:
            durations[worker.backend].append(worker.ask(measure=calls[worker.backend])["amount"])
        order.reverse()
    return durations


def _arrays(path):
    with np.load(path, allow_pickle=False) as file:
        return [file[name] for name in file.files]


def _deviation(first, second):
    """The largest ‖a − b‖ / ‖a‖ of corresponding arrays; infinite if they do not correspond."""
    if [a.shape for a in first] != [b.shape for b in second]:
        return float("inf")
    norms = [(np.linalg.norm(a - b), np.linalg.norm(a)) for a, b in zip(first, second, strict=True)]
    return float(max((difference / norm if norm else difference for difference, norm in norms), default=0.0))
