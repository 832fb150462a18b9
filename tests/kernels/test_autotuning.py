"""The autotuner: whether the pool's threads share a list of jobs, found by trials."""

from minikeras.kernels.autotuning import (
    ALWAYS_SHARED_SECONDS,
    MIN_TRIALS,
    RUNS_BETWEEN_TRIALS,
    SERIAL_SECONDS,
    TRIALS,
    Autotuner,
)


def test_trials_find_the_quicker_way():
    for quicker in (True, False):
        autotuner = Autotuner()
        ways = []
        while not autotuner.kept:
            ways.append(autotuner.shares)
            autotuner.learn(1e-5 if autotuner.shares is quicker else 2e-5)
        assert autotuner.shares is quicker
        assert autotuner.kept == (RUNS_BETWEEN_TRIALS if quicker else round(SERIAL_SECONDS[0] / 1e-5))
        assert ways[:4] == [True, True, False, True]
        assert ways.count(False) == TRIALS


def test_one_thread_is_not_for_ever():
    autotuner = Autotuner()
    kept = []
    for seconds_alone in (1e-5, 1e-5, 3e-5):
        autotuner.kept = 0
        while not autotuner.kept:
            autotuner.learn(2e-5 if autotuner.shares else seconds_alone)
        kept.append(autotuner.kept)
    assert autotuner.shares
    assert kept == [round(SERIAL_SECONDS[0] / 1e-5), round(2 * SERIAL_SECONDS[0] / 1e-5), RUNS_BETWEEN_TRIALS]


def test_runs_that_something_interrupted_do_not_count():
    autotuner = Autotuner()
    times = {True: [9e-5, 9e-5, 9e-5, 1e-5], False: [2e-5]}
    while not autotuner.kept:
        ours = times[autotuner.shares]
        autotuner.learn(ours.pop(0) if len(ours) > 1 else ours[0])
    assert autotuner.shares


def test_many_runs_in_one_call_need_fewer_trials():
    autotuner = Autotuner()
    calls = 0
    while not autotuner.kept:
        autotuner.learn(1e-5 if autotuner.shares else 2e-5, runs=100)
        calls += 1
    assert autotuner.shares
    assert calls == 2 * MIN_TRIALS + 1


def test_long_runs_are_shared_without_more_trials():
    autotuner = Autotuner()
    autotuner.learn(2 * ALWAYS_SHARED_SECONDS)
    autotuner.learn(2 * ALWAYS_SHARED_SECONDS)
    assert autotuner.shares
    assert autotuner.kept == RUNS_BETWEEN_TRIALS


def test_a_single_slow_run_does_not_make_a_list_long():
    autotuner = Autotuner()
    autotuner.learn(2 * ALWAYS_SHARED_SECONDS)
    autotuner.learn(ALWAYS_SHARED_SECONDS / 100)
    assert not autotuner.kept
