"""The thread pool where things go wrong: Ctrl-C, forks, exits, changed settings, threads that cannot be had."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from minikeras.base.system import processors
from minikeras.config import set_threads
from minikeras.kernels.autotuning import (
    RUNS_BETWEEN_TRIALS,
)
from minikeras.kernels.job_lists import JobList, run
from minikeras.kernels.machine import pool
from minikeras.kernels.machine.words import atomic_add
from minikeras.kernels.memory import address_of
from minikeras.kernels.tasks import integers, task_kernel
from tests.waiting import DEADLINE, interrupted_when, join, run_together, wait_until


@task_kernel
def work(task, counts: integers(1), turns: int):
    """Counts its calls, after about `turns` nanoseconds of work."""
    seed = task
    for _ in range(turns):
        seed = (seed * 1103515245 + 12345) % 2147483648
    counts[task] += 1 + (seed == -1)


@task_kernel
def count_calls(task, counts: int):
    """Adds 1 to word number `task` from an address on. Other threads may do the same meanwhile."""
    atomic_add(counts + 8 * task, 1)


MILLISECOND = 1_000_000  # in turns; on quick processors a quarter of one


@pytest.fixture(autouse=True)
def _default_threads_afterwards():
    yield
    set_threads(None)


def python(source):
    """What a script prints in a process of its own, which must succeed."""
    path = os.pathsep.join([os.getcwd(), *sys.path])
    environment = {name: value for name, value in os.environ.items() if name != "MINIKERAS_THREADS"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(source)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**environment, "PYTHONPATH": path},
        timeout=DEADLINE,
    ).stdout


def wait_until_asleep():
    """Until the pool's one other thread has found nothing to do for a while."""
    wait_until(lambda: list(pool._pool._parked) == [1], "the other thread sleeps")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_run_that_handles_a_signal_goes_on_where_it_was(count):
    set_threads(count)
    counts, few = np.zeros((3, 200), np.int64), np.zeros(8, np.int64)
    done = []

    def handle(number, frame):
        done.append(counts.sum())
        run([work.job(8, few, 1)])

    run([work.job(8, few, 1)])  # compiled and started
    before = signal.signal(signal.SIGINT, handle)
    try:
        with (
            interrupted_when(lambda: counts[0].any(), "the first job has begun"),
            interrupted_when(lambda: done and counts[2].any(), "the last job has begun"),  # else the two may be one
        ):
            long = 4 * MILLISECOND
            run([work.job(200, counts[0], long), work.job(1, counts[1], 1), work.job(200, counts[2], long)])
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(done) == 2
    assert done[0] > 0
    assert few.tolist() == [1 + len(done)] * 8
    assert counts.tolist() == [[1] * 200, [1] + [0] * 199, [1] * 200]


def test_runs_take_and_leave_no_references():
    counts = np.zeros(2, np.int64)
    jobs = JobList([work.job(2, counts, 1)])
    jobs.run()
    call, table = jobs._call, jobs._table
    before = sys.getrefcount(None), sys.getrefcount(call), sys.getrefcount(table)
    for _ in range(10_000):
        assert call() is None
    after = sys.getrefcount(None), sys.getrefcount(call), sys.getrefcount(table)
    assert all(abs(x - y) < 1000 for x, y in zip(before, after, strict=True))
    with pytest.raises(TypeError, match="takes no arguments"):
        call(1)
    del jobs, table
    call()  # it keeps the table alive, though not the jobs
    assert counts.sum() == 2 * 10_002


def test_python_threads_may_run_one_list_at_once():
    set_threads(2)
    counts = np.zeros((2, 30), np.int64)
    jobs = JobList([count_calls.job(30, address_of(counts[0])), count_calls.job(1, address_of(counts[1]))])

    def repeat():
        for _ in range(2000):
            jobs.run()

    run_together(repeat, repeat, repeat)
    assert counts.tolist() == [[6000] * 30, [6000] + [0] * 29]


def test_a_list_without_a_choice_is_never_shared(monkeypatch):
    counts = np.zeros(1, np.int64)
    jobs = JobList([work.job(1, counts, 1)] * 3)
    jobs.run()
    monkeypatch.setattr(pool, "get_ready", lambda: pytest.fail("wants threads"))
    for _ in range(2 * RUNS_BETWEEN_TRIALS):
        jobs.run()
    assert counts.tolist() == [3 + 6 * RUNS_BETWEEN_TRIALS]


@pytest.mark.parametrize("jobs, tasks", [(1, 20_000), (20_000, 1), (2000, 10)])
@pytest.mark.parametrize("count", [1, 2])
def test_ctrl_c_ends_a_long_run_and_leaves_the_pool_usable(count, jobs, tasks):
    set_threads(count)
    counts, few = np.zeros(tasks, np.int64), np.zeros(50, np.int64)
    run([work.job(50, few, 1)])
    with pytest.raises(KeyboardInterrupt), interrupted_when(counts.any, "the run has begun"):
        run([work.job(tasks, counts, MILLISECOND)] * jobs)
    done = counts.sum()
    assert done < jobs * tasks
    run([work.job(50, few, 1)] * 20)
    assert few.tolist() == [21] * 50
    assert counts.sum() == done  # nobody went on with what was given up


def test_the_number_of_threads_may_change_while_others_compute():
    counts = np.zeros((3, 40), np.int64)
    ended = threading.Event()
    runs = [0, 0, 0]

    def repeat(number):
        jobs = JobList([work.job(40, counts[number], 100)] * 3)
        while not ended.is_set():
            jobs.run()
            runs[number] += 3

    def change():
        for turn in range(60):
            set_threads(1 + turn % 4)
            run([work.job(10, np.zeros(10, np.int64), 1)])
        ended.set()

    run_together(change, *[partial(repeat, number) for number in range(3)])
    assert counts.tolist() == [[number] * 40 for number in runs]


def waits(thread):
    """How often a thread has given up its processor to wait for something, as Linux counts."""
    status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
    return int(re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", status)[1])


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no such files on this system")
def test_threads_that_are_expected_to_run_wake_up_and_sleep_again():
    set_threads(2)
    jobs = JobList([work.job(8, np.zeros(8, np.int64), 100)])
    jobs.expect()  # before there are any threads
    jobs.run()
    wait_until_asleep()
    (thread,) = pool._pool._threads
    before = waits(thread)
    jobs.expect()
    wait_until(lambda: waits(thread) > before, "the thread has been awake and waits again")
    wait_until_asleep()
    jobs.run()


def test_without_more_threads_the_calling_one_does_all(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    set_threads(7)
    counts = np.zeros(30, np.int64)
    for _ in range(3):
        run([work.job(30, counts, 1)])
    assert counts.tolist() == [3] * 30


def test_a_thread_too_many_leaves_at_once():
    crew = pool.Pool(2)
    both = [threading.Thread(target=pool._serve, args=(crew.state, 0), daemon=True) for _ in range(2)]
    for thread in both:
        thread.start()
    wait_until(lambda: not all(thread.is_alive() for thread in both), "one of the threads has ended")
    crew.close()
    for thread in both:
        join(thread)


@pytest.mark.skipif(len(processors()) < 2, reason="needs two processors, and a system that lists them")
def test_a_thread_wakes_up_on_another_processor_and_may_then_use_all():
    """The crew's thread serves under the ID of another: on that one the restriction stays to be seen."""
    crew = pool.Pool(2)
    ended = threading.Event()
    other = threading.Thread(target=ended.wait, args=(DEADLINE,), daemon=True)
    other.start()
    server = threading.Thread(target=pool._serve, args=(crew.state, other.native_id), daemon=True)
    server.start()
    wait_until(lambda: crew._parked[0], "the thread is parked")
    before = processors()
    own = min(before)
    os.sched_setaffinity(0, {own})
    os.sched_setaffinity(server.native_id, {own})
    try:
        pool._call.of(np.array([crew.state, id(None)], np.int64))()
        assert os.sched_getaffinity(other.native_id) == before - {own}
        wait_until(lambda: os.sched_getaffinity(server.native_id) == before, "the thread may use all processors")
    finally:
        os.sched_setaffinity(0, before)
        ended.set()
        crew.close()
        join(server)
        join(other)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_a_thread_stays_on_the_processor_that_it_was_pinned_to():
    crew = pool.Pool(2)
    server = threading.Thread(target=lambda: pool._serve(crew.state, threading.get_native_id()), daemon=True)
    server.start()
    wait_until(lambda: crew._parked[0], "the thread is parked")
    for own in ({min(processors())}, {max(processors())}):
        os.sched_setaffinity(server.native_id, own)
        pool._call.of(np.array([crew.state, id(None)], np.int64))()
        wait_until(lambda: crew._parked[0], "the thread that the call has woken is parked again")
        assert os.sched_getaffinity(server.native_id) == own
    crew.close()
    join(server)


def counted(rounds):
    """How many tasks were done in so many jobs of 100."""
    counts = np.zeros(100, np.int64)
    run([work.job(100, counts, 1000)] * rounds)
    return int(counts.sum())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_forked_and_spawned_processes_get_pools_of_their_own():
    python("""
        import multiprocessing, threading
        from minikeras.config import set_threads
        from tests.kernels.test_pool import counted

        set_threads(2)
        assert counted(2) == 200
        ended = threading.Event()
        def compute():
            while not ended.is_set():
                counted(1)
        other = threading.Thread(target=compute)
        other.start()  # so that the process forks in the midst of a run
        for method, count in (("fork", 3), ("spawn", 1)):
            with multiprocessing.get_context(method).Pool(count) as processes:
                assert processes.map(counted, [1, 2, 3, 4]) == [100, 200, 300, 400]
        ended.set()
        other.join(200)
        assert not other.is_alive()
        assert counted(3) == 300
    """)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no fork or affinity on this system")
def test_the_child_of_a_fork_during_a_compilation_compiles_and_counts_its_own_cpus():
    python("""
        import os, signal, threading
        from minikeras.config import threads
        from minikeras.kernels.locks import compile_lock
        from tests.kernels.test_pool import counted

        locked, forking = threading.Event(), threading.Event()
        def compile_until_a_fork_begins():
            with compile_lock:
                locked.set()
                forking.wait(200)
        os.register_at_fork(before=forking.set)  # the last that is registered runs first
        cpus = threads()
        threading.Thread(target=compile_until_a_fork_begins).start()
        locked.wait(200)
        child = os.fork()
        if child == 0:
            signal.alarm(200)
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
            os._exit(counted(1) != 100 or threads() != 1)
        assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
        assert threads() == cpus
    """)


def test_the_interpreter_exits_while_daemon_threads_compute():
    printed = python("""
        import atexit, threading
        from minikeras.config import set_threads
        from tests.kernels.test_pool import counted

        def check():
            assert counted(2) == 200
            print("computed at exit", flush=True)
        atexit.register(check)  # registered before the pool's own, so it runs after it
        set_threads(2)
        assert counted(1) == 100
        computing = threading.Barrier(3, timeout=200)
        def compute():
            counted(1)
            computing.wait()
            while True:
                counted(1000)
        for _ in range(2):
            threading.Thread(target=compute, daemon=True).start()
        computing.wait()
    """)
    assert printed == "computed at exit\n"


def test_lists_of_jobs_may_be_the_last_that_the_interpreter_lets_go_of():
    printed = python("""
        import builtins, sys
        import numpy as np
        from minikeras.kernels.job_lists import JobList
        from tests.kernels.test_pool import work

        jobs = JobList([work.job(2, np.zeros(2, np.int64), 1)])
        jobs.run()
        builtins.jobs = sys.jobs = [jobs, jobs._call]
        print("done")
    """)
    assert printed == "done\n"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_more_threads_than_cores_compute_by_turns():
    python("""
        import os
        import numpy as np
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        from minikeras.config import set_threads, threads
        from minikeras.kernels.job_lists import JobList
        from tests.kernels.test_pool import work

        assert threads() == 1
        for count in (1, 2, 4):
            set_threads(count)
            counts = np.zeros(8, np.int64)
            jobs = JobList([work.job(8, counts, 3000)] * 20)
            jobs.run()
            jobs._autotuner.learn = lambda seconds, runs: None  # always share
            for _ in range(300):
                jobs.run()
            assert counts.tolist() == [20 * 301] * 8
    """)
