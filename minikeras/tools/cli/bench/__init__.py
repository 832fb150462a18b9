"""Time kernels and whole networks on minikeras and TensorFlow, side by side.

Each backend runs in its own process, with the same number of threads. For every row the two results are compared
first; only equal work is timed. Then short rounds of the two alternate, so that a slow phase of the machine affects
both. The last columns compare minikeras with the measured peaks of this machine. Without TensorFlow, or with
--only-minikeras, minikeras is timed alone.
"""

import importlib.util
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from minikeras.base.system import count_of_processors
from minikeras.tools.cli.bench import table
from minikeras.tools.cli.bench.measuring import Worker, measure
from minikeras.tools.cli.bench.page import as_html
from minikeras.tools.cli.bench.workloads import chosen
from minikeras.tools.tracing import machine_peaks as machine

SECONDS = 1.0
INTERRUPTED = 130  # the exit status of programs that Ctrl-C has ended


def add_arguments(parser):
    """The arguments of `python -m minikeras bench`."""
    parser.add_argument("--filter", metavar="PATTERN", help="only rows whose name or family contains or matches this")
    parser.add_argument("--list", action="store_true", help="list the rows and measure nothing")
    parser.add_argument("--threads", type=int, default=count_of_processors(), help="for each side (default: all)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"to spend on each row (default: {SECONDS:g})")
    parser.add_argument("--only-minikeras", action="store_true", help="leave TensorFlow out")
    parser.add_argument("--html", metavar="FILE", help="write a page with plots, a single file that works offline")
    parser.add_argument("--json", metavar="FILE", help="append the numbers to a history, one JSON object per line")


def run(arguments):
    """Measure and report. Returns the exit status: 0, or 1 if a row could not be measured or there is none.

    After Ctrl-C the results so far are reported, and the status is 130.
    """
    rows = chosen(arguments.filter)
    if not rows:
        print(f"No row contains or matches {arguments.filter!r}. See --list.", file=sys.stderr)
        return 1
    if arguments.list:
        print(*(f"{workload.family:15} {workload.name}" for workload in rows), sep="\n")
        return 0
    peaks = machine.measured(arguments.threads)
    measurements = measure_all(rows, _backends(arguments.only_minikeras), arguments.threads, arguments.seconds)
    interrupted = len(measurements) < len(rows)
    if not interrupted:
        peaks = peaks.best_of(machine.measured(arguments.threads))
    table.print_table(measurements, peaks)
    if arguments.html:
        Path(arguments.html).write_text(as_html(measurements, peaks), encoding="utf-8")
    if arguments.json:
        with open(arguments.json, "a", encoding="utf-8") as history:
            print(json.dumps(table.record(measurements, peaks), ensure_ascii=False), file=history)
    if interrupted:
        return INTERRUPTED
    return int(any(m.trouble and "has no" not in m.trouble for m in measurements))


def measure_all(rows, backends, threads, seconds):
    """A `Measurement` for each workload, or for those before Ctrl-C; standard error shows the progress."""
    measurements = []
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="minikeras_bench_"))
        workers = [stack.enter_context(Worker(backend, threads)) for backend in backends]
        for number, workload in enumerate(rows, start=1):
            if sys.stderr.isatty():
                print(f"\r\x1b[K{number}/{len(rows)} {workload.name}", end="", file=sys.stderr, flush=True)
            try:
                measurements.append(measure(workload, workers, seconds, folder))
            except KeyboardInterrupt:
                print("\nInterrupted. The measurements so far:", file=sys.stderr)
                break
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return measurements


def _backends(only_minikeras):
    if only_minikeras:
        return ["minikeras"]
    for name in ("tensorflow", "keras"):
        if sys.modules.get(name, 0) is None or importlib.util.find_spec(name) is None:
            print(
                "TensorFlow is not installed, so minikeras is timed alone. For both: "
                "python -m pip install 'tensorflow>=2.21,<2.22' 'keras>=3.15.1,<3.16'",
                file=sys.stderr,
            )
            return ["minikeras"]
    return ["tensorflow", "minikeras"]
