"""What the operating system grants this process: processors, a home."""

import math
import os
from pathlib import Path


def home_folder():
    """The user's home; None where there is none, as in a container that runs as a user without a name."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def processors():
    """The processors that this process may use, by number; none where the system does not tell."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def count_of_processors():
    """How many processors this process may keep busy: those it may use, or fewer where its time is limited."""
    count = len(processors()) or os.cpu_count() or 1
    return max(1, math.ceil(min(count, share_of_time(Path("/")))))


def share_of_time(root):
    """The processor time per second that Linux's control groups allow this process; infinity without a limit.

    A container with `--cpus=2` on a machine with 64 processors may use them all, but only for 2 seconds in each second:
    with 64 threads, it would stand still most of the time. A limit of a group holds for all groups in it.

    Args:
        root: the folder under which `proc` and `sys` lie.
    """
    shares = [math.inf]
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":  # version 2, which has one tree of groups
            tree, names = root / "sys/fs/cgroup", ["cpu.max"]
        elif "cpu" in controllers.split(","):
            tree, names = root / "sys/fs/cgroup/cpu", ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        else:
            continue
        group = tree / path.strip("/")
        for folder in [group, *group.parents]:
            if folder.is_relative_to(tree):
                shares.append(_share(" ".join(_text(folder / name) for name in names)))
    return min(shares)


def _share(limit):
    """Of a limit such as "150000 100000", microseconds in a period of so many: 1.5. No limit is "max", or −1."""
    quota, *period = limit.split() or ["max"]
    return math.inf if quota in ("max", "-1") else int(quota) / int(period[0])


def _text(file):
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""
