"""The frame of all benchmarks: minikeras and TensorFlow side by side, on the same work.

    python -m pytest benchmarks                                  # everything; a table of ratios at the end
    python -m pytest benchmarks/bench_kernels_pooling.py -k max  # a part
    python -m pytest benchmarks --write-results                  # also renews these rows in benchmarks/RESULTS.md
    BENCHMARK_THREADS=1 python -m pytest benchmarks              # both sides on one thread

A benchmark is a test that builds the same work for both sides and hands it to the `side_by_side` fixture:

    def test_dense(side_by_side, tf):
        x, kernel = normal((32, 784), (784, 100))
        side_by_side("dense 32×784×100", minikeras=lambda: x @ kernel, tensorflow=dense_of(tf, x, kernel))

where a side that is None (TensorFlow is not installed) is left out. First both results are compared; only equal work is
timed. Then rounds of the two sides alternate, so that a slow phase of the machine hits both.
"""

import os
import statistics
import sys

THREADS = int(os.environ.get("BENCHMARK_THREADS", os.cpu_count()))
if "numpy" in sys.modules:
    raise RuntimeError("NumPy was imported before benchmarks/conftest.py could set its number of threads.")
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = str(THREADS)  # read once, when the library is loaded
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest  # noqa: E402  after the number of threads

from benchmarks import report  # noqa: E402
from benchmarks.measuring import alternate, assert_same  # noqa: E402

SECONDS_PER_GROUP = 1.0


RECORDS = pytest.StashKey[list]()


def pytest_addoption(parser):
    parser.addoption("--write-results", action="store_true", help="renew the measured rows of benchmarks/RESULTS.md")


def pytest_configure(config):
    config.stash[RECORDS] = []


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


@pytest.fixture
def side_by_side(request, benchmark):
    """A function that checks, times and records the same work on several sides. See `compare`."""

    def compare(group, *, check=None, seconds=SECONDS_PER_GROUP, **sides):
        """Times each side, in alternation, once all give the same result.

        Args:
            group: what is done, with its shapes: the name of the row. Unique within its file.
            check: called with the results of all sides (in order); raises if they are not the same work. By default the
                results, arrays or nested lists of them, must agree to 1e-4 of their largest value. A side that changes
                arrays in place is called once for this, as the other is, before any timing.
            seconds: about how long to measure.
            **sides: name=callable without arguments. The first is ours; None leaves a side out.
        """
        sides = {name: call for name, call in sides.items() if call is not None}
        results = [call() for call in sides.values()]
        (check or assert_same)(*results)
        if benchmark.disabled:
            benchmark.pedantic(next(iter(sides.values())))
            return
        calls, durations = alternate(sides, seconds)
        for name in sides:
            _record_in_pytest_benchmark(benchmark, group, name, calls[name], durations[name])
        best = {name: min(values) for name, values in durations.items()}
        medians = {name: statistics.median(values) for name, values in durations.items()}
        family = request.path.stem.removeprefix("bench_").replace("_", " ")
        request.config.stash[RECORDS].append(report.record(family, group, best, medians, THREADS))

    return compare


def _record_in_pytest_benchmark(benchmark, group, name, calls, durations):
    """One row of pytest-benchmark's own table, so that its options (--benchmark-json, -compare …) work too.

    Its fixture times one function at a time and cannot alternate, so the durations are handed to its statistics.
    """
    benchmark.group, benchmark.name = group, name
    benchmark.fullname = f"{benchmark.fullname.partition('#')[0]}#{group} {name}"
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
        terminalreporter.write_line(f"renewed {report.renew(records)}")
