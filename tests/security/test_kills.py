"""A process that is killed while it saves leaves the old file or the new one, whole, and no rubbish for long.

The process kills itself at a random moment of the save: at a call into C, so also between any two steps that change
the disk. Half of the moments are chosen among calls that have to do with files, half of these among the last ones.
"""

import os
import random
import signal
import sys
import warnings
from pathlib import Path

import pytest

from tests.security.children import run_in_child
from tests.security.saves import SAVES, model_with, value_of

KILLS, KILLS_IF_FULL, KILLS_IF_LONG = 25, 80, 3000
TIMEOUT, TIMEOUT_IF_LONG = 300, 3600
TO_REMOVE_A_LEFTOVER = 20  # more calls, if the last process was killed
NEVER = 10**9  # steps: one save is let through
LAST_STEPS = 30  # calls that have to do with files around the moment in which the new file takes its place
FILE_MODULES = ("posix", "fcntl", "_io", "_ctypes")


class Moments:
    """Counts the calls of this process into C, and kills it at one of them."""

    def __init__(self, only_files, last=None):
        self.only_files, self.last, self.count = only_files, last, 0

    def __call__(self, frame, event, function):
        if event not in ("c_call", "c_return") or (self.only_files and not _has_to_do_with_files(function)):
            return
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def _has_to_do_with_files(function):
    owner = getattr(function, "__self__", None)
    return getattr(function, "__module__", None) in FILE_MODULES or type(owner).__module__ in FILE_MODULES


def in_fork(action):
    """Run `action` in a forked process, and return its status: minus the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def count_moments(save, model, path, only_files):
    """How many moments a save has."""
    reader, writer = os.pipe()

    def action():
        moments = Moments(only_files)
        sys.setprofile(moments)
        save(model, path)
        sys.setprofile(None)
        os.write(writer, str(moments.count).encode())

    assert in_fork(action) == 0
    return int(os.read(reader, 100))


def kill_all(folder, kills):
    """For each way of saving, kill it `kills` times. Runs in a child process."""
    warnings.simplefilter("ignore")
    for name, (save, load) in SAVES.items():
        path = Path(folder, name.replace(".", "_"), name)
        path.parent.mkdir()
        models = {value: model_with(value) for value in (1, 2)}
        save(models[1], path)
        totals = {only: count_moments(save, models[1], path, only) for only in (False, True)}
        rng, killed, seen, left = random.Random(name), 0, [], 0
        for number in range(kills):
            new = 1 + number % 2
            near_the_end = number % 5 == 0  # where the new file takes the old one's place
            only_files = near_the_end or rng.random() < 0.5
            total = totals[only_files]
            first = max(1, total - LAST_STEPS) if near_the_end else 1
            last = rng.randint(first, total + TO_REMOVE_A_LEFTOVER * only_files)
            moments = Moments(only_files, last=last if number != 7 else NEVER)

            def action(moments=moments, new=new, save=save, path=path, models=models):
                sys.setprofile(moments)
                save(models[new], path)

            killed += in_fork(action) == -signal.SIGKILL
            seen.append(value_of(load(path)))
            left = max(left, len(list(path.parent.rglob("*.part"))))
        save(models[1], path)
        yield {
            "name": name,
            "killed": killed / kills,
            "seen": sorted(set(seen)),
            "left": left,
            "left_after_a_save": [str(other) for other in path.parent.rglob("*.part")],
            "whole": value_of(load(path)) == 1,
        }


@pytest.fixture(scope="module", params=[KILLS, pytest.param(KILLS_IF_FULL, marks=pytest.mark.full)])
def results(tmp_path_factory, request):
    """{way of saving: what came of the kills}."""
    kills, timeout = request.param, TIMEOUT
    if request.config.getoption("--long"):
        kills, timeout = KILLS_IF_LONG, TIMEOUT_IF_LONG
    folder = tmp_path_factory.mktemp("kills")
    return {result["name"]: result for result in run_in_child(kill_all, str(folder), kills, timeout=timeout)}


@pytest.mark.one_in(3)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("name", SAVES)
def test_a_killed_save_leaves_the_old_file_or_the_new_one(results, name):
    result = results[name]
    assert result["killed"] >= 0.8, "most were killed before the end of the save"
    assert set(result["seen"]) == {1, 2}
    assert result["whole"]
    assert result["left"] == 1, "kills leave a temporary file, and only that of the last one"
    assert not result["left_after_a_save"], "the next save removes them"
