"""The frame of all benchmarks: minikeras next to TensorFlow and PyTorch, on the same work.

    python -m pytest benchmarks                                  # everything; a table of ratios at the end
    python -m pytest benchmarks/bench_kernels_pooling.py -k max  # a part
    python -m pytest benchmarks --write-results                  # also renews benchmarks/RESULTS.md and its plots
    python -m pytest benchmarks -k kernels --compilers           # next to NumPy's references and Numba too
    python -m pytest benchmarks --quick                          # few rounds: does everything run?
    BENCHMARK_THREADS=1 python -m pytest benchmarks --cpu-time   # for a machine that is busy with other things

A benchmark is a test that builds the same work for all sides and passes it to the `side_by_side` fixture:

    def test_matrix_product(side_by_side, tf):
        a, b = normal((32, 784), (784, 100))
        side_by_side("product 32×784×100", minikeras=lambda: a @ b, tensorflow=tf and product_of(tf, a, b))

where a side that is None (TensorFlow or PyTorch is not installed) is left out. First the results are compared; only
equal work is timed. Then rounds of the sides alternate, so that a slow phase of the machine hits all of them.
"""

import os
import statistics
import sys
import time
import warnings
from pathlib import Path

AVAILABLE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
THREADS = int(os.environ.get("BENCHMARK_THREADS", AVAILABLE))
if "numpy" in sys.modules:
    raise RuntimeError("NumPy was imported before benchmarks/conftest.py could set its number of threads.")
for variable in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "MINIKERAS_THREADS",
):
    os.environ[variable] = str(THREADS)  # read once, when the library is loaded
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest  # noqa: E402  after the number of threads

from benchmarks import report  # noqa: E402
from benchmarks.measuring import alternate, assert_same  # noqa: E402
from benchmarks.planned import with_compilers  # noqa: E402

SECONDS = 0.5  # for all rounds of a benchmark, by default
ROUNDS = 9  # at least
QUICK_ROUNDS = 2

RECORDS = pytest.StashKey[list]()


def pytest_addoption(parser):
    folder = Path(__file__).parent
    parser.addoption("--write-results", action="store_true", help="renew RESULTS.md, its numbers and its plots")
    parser.addoption("--results-folder", default=folder, type=Path, help="where to write them (default: benchmarks)")
    parser.addoption("--compilers", action="store_true", help="next to kernels also NumPy's references and Numba")
    parser.addoption("--quick", action="store_true", help="only a few rounds of everything")
    parser.addoption("--cpu-time", action="store_true", help="count CPU seconds of all threads, not time that passes")


def pytest_configure(config):
    config.stash[RECORDS] = []


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """All in one process, one after the other."""
    return 0


@pytest.fixture(scope="session")
def tf():
    """TensorFlow with the same number of threads, or None where it is not installed."""
    try:
        import tensorflow
    except ImportError:
        return None
    tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)
    tensorflow.config.threading.set_inter_op_parallelism_threads(THREADS)
    return tensorflow


@pytest.fixture(scope="session")
def torch():
    """PyTorch with the same number of threads, or None where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own imports
            import torch
    except ImportError:
        return None
    torch.set_num_threads(THREADS)
    return torch


@pytest.fixture
def side_by_side(request, benchmark, record_row):
    """A function that checks, times and records the same work on several sides. See `compare`."""
    config = request.config

    def compare(
        name, *, goals=(), check=assert_same, calls=1, unit="", work=(0, 0), seconds=SECONDS, rounds=ROUNDS, **sides
    ):
        """Times the sides in alternation, once all give the same result.

        Args:
            name: what is done, with its shapes: the name of the row. Unique within its file.
            goals: `Goal`s that the row shall reach.
            check: called with the results of all sides (in order); raises if they are not the same work. By default the
                results, arrays or nested lists of them, must agree to 1e-4 of their largest value. A side that changes
                arrays in place is called once for this, as the others are, before any timing.
            calls: how many steps (or other `unit`s) are in one call; times are given for one of them.
            unit: "step", …; "" for the call.
            work: floating-point operations, and bytes that must be read and written at least, of one unit; 0 where not
                counted.
            seconds: about how long to measure.
            rounds: the fewest.
            **sides: name=callable without arguments. The first is ours; None leaves a side out.
        """
        sides = {side: call for side, call in sides.items() if call is not None}
        results = [call() for call in sides.values()]
        check(*results)
        if config.getoption("--compilers") and next(iter(sides)) == "minikeras":
            sides = with_compilers(sides)
            if check is assert_same and not getattr(sides["minikeras"], "in_place", False):
                for side in sides.keys() & {"numpy", "numba"}:
                    check(sides[side](), *results[1:])
        if benchmark.disabled:
            benchmark.pedantic(next(iter(sides.values())))
            return
        clock = time.process_time if config.getoption("--cpu-time") else time.perf_counter
        if config.getoption("--quick"):
            seconds, rounds = 0, QUICK_ROUNDS
        per_round, durations = alternate(sides, seconds, rounds, clock)
        for side in sides:
            _record_in_pytest_benchmark(benchmark, name, side, per_round[side], durations[side])
        seconds_of = {side: [duration / calls for duration in values] for side, values in durations.items()}
        record_row(name, seconds_of, goals, unit, work)

    return compare


@pytest.fixture
def record_row(request):
    """A function that records a row: its name and {side: [measured value, …]}, and as `side_by_side` goals and work."""

    def record(name, values, goals=(), unit="", work=(0, 0)):
        family = request.path.stem.removeprefix("bench_")
        best = {side: min(numbers) for side, numbers in values.items()}
        medians = {side: statistics.median(numbers) for side, numbers in values.items()}
        request.config.stash[RECORDS].append(report.record(family, name, best, medians, goals, unit, work))

    return record


@pytest.fixture
def quick(request):
    """Whether only a few rounds are wanted."""
    return request.config.getoption("--quick")


@pytest.fixture
def all_threads():
    """The number of threads of all sides."""
    return THREADS


def _record_in_pytest_benchmark(benchmark, name, side, calls, durations):
    """One row of pytest-benchmark's own table, so that its options (--benchmark-json, -compare …) work too.

    Its fixture times one function at a time and cannot alternate, so the durations are passed to its statistics.
    """
    benchmark.group, benchmark.name = name, side
    benchmark.fullname = f"{benchmark.fullname.partition('#')[0]}#{name} {side}"
    benchmark._mode = "side_by_side"
    statistics_of_side = benchmark._make_stats(calls)
    for duration in durations:
        statistics_of_side.update(duration * calls)


@pytest.hookimpl(trylast=True)  # after pytest-benchmark's long tables
def pytest_terminal_summary(terminalreporter, config):
    records = config.stash[RECORDS]
    if not records:
        return
    terminalreporter.section(f"side by side, {THREADS} threads (ratio: TensorFlow's time / ours)")
    for line in report.text_table(records):
        terminalreporter.write_line(line)
    if config.getoption("--write-results"):
        from benchmarks import application_table, page, peaks  # here, because it imports Matplotlib

        complete = not config.option.keyword and not any("::" in argument for argument in config.args)
        folder = config.getoption("--results-folder")
        results = report.renewed(folder, records, THREADS, peaks.measured(THREADS), complete)
        terminalreporter.write_line(f"renewed {page.write(folder, results)}")
        application_table.write(folder, results)
