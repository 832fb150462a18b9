"""The resources that the operating system grants this process: processors, memory, home and cache folders."""

__replay__ = "engine"  # kernels call it when they are compiled

import contextlib
import math
import os
import stat
import sys
from pathlib import Path

try:
    import grp
    import pwd
except ImportError:  # Windows has neither
    grp = pwd = None

UNMAPPED = 65534  # the number that Linux shows for owners from outside of a user namespace, such as a sandbox's root
ALL_USERS_MAPPED = ["0", "0", "4294967295"]  # /proc/self/uid_map outside of any user namespace
WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH  # an access control list that lets others write sets the group's bit


def home_folder():
    """The user's home; None where there is none, as in a container that runs as a user without a name."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def in_browser():
    """Whether Python runs in a browser, or in Node, as WebAssembly (Pyodide): no compiler, no processes, no threads."""
    return sys.platform == "emscripten"


def has_threads():
    """Whether Python can start threads."""
    return not in_browser()


def user_cache_folder(name):
    """The user's folder for the caches of a program; None without a home. By the convention of platformdirs:

    - Linux and other Unix systems: $XDG_CACHE_HOME/name, by default ~/.cache/name,
    - macOS: the same where that variable is set, else ~/Library/Caches/name,
    - Windows: %LOCALAPPDATA%\\name\\Cache.
    """
    return _user_folder(name, "XDG_CACHE_HOME", ".cache", "Library/Caches", "Cache")


def user_data_folder(name):
    """The user's folder for a program's data; None without a home. By the convention of platformdirs:

    - Linux and other Unix systems: $XDG_DATA_HOME/name, by default ~/.local/share/name,
    - macOS: the same where that variable is set, else ~/Library/Application Support/name,
    - Windows: %LOCALAPPDATA%\\name.
    """
    return _user_folder(name, "XDG_DATA_HOME", ".local/share", "Library/Application Support", "")


def _user_folder(name, variable, on_unix, on_mac, on_windows):
    home = home_folder()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or (home and home / "AppData" / "Local")
        return Path(local, name, on_windows) if local else None
    named = os.environ.get(variable, "")
    if os.path.isabs(named):  # a relative one is to be ignored, by the XDG specification
        return Path(named, name)
    return home and home / (on_mac if sys.platform == "darwin" else on_unix) / name


def who_else_writes(folder):
    """Who besides this user and root could put files into a folder, in words; None if there is none.

    The folder itself must be this user's and not writable by others. Those above it must be this user's or root's, and
    if others may write in one, its sticky bit must keep them from renaming files of other users, as in `/tmp`. A group
    whose only member is this user counts as the user: Ubuntu makes folders writable by it.

    On Windows, a profile's folders are closed to other users by default, and files show neither owner nor mode: None.

    Args:
        folder: an existing folder, without symbolic links in its path (see `Path.resolve`).

    Raises:
        OSError: the folder is gone.
    """
    if not hasattr(os, "geteuid"):
        return None
    user, status = os.geteuid(), folder.stat()
    if status.st_uid != user:
        return f"it belongs to user {status.st_uid}, and this process runs as user {user}"
    if status.st_mode & WRITABLE_BY_OTHERS:
        return f"others may write in it (its mode is {stat.S_IMODE(status.st_mode):o}, expected 700)"
    for parent in folder.parents:
        status = parent.stat()
        if status.st_uid not in (user, 0) and not _is_unmapped(status.st_uid):
            return f"{parent}, which it lies in, belongs to user {status.st_uid}"
        if _may_be_renamed_by_others(status):
            return f"others may rename what is in {parent} (its mode is {stat.S_IMODE(status.st_mode):o})"
    return None


def _is_unmapped(user):
    """Whether the number stands for all users who do not exist in this process's user namespace, as in a sandbox."""
    return user == UNMAPPED and _text(Path("/proc/self/uid_map")).split() not in ([], ALL_USERS_MAPPED)


def _may_be_renamed_by_others(status):
    """Whether others than the owner may rename what is in the folder with this status."""
    writers = status.st_mode & WRITABLE_BY_OTHERS
    if not writers or status.st_mode & stat.S_ISVTX:
        return False
    return writers != stat.S_IWGRP or not _is_private_group(status.st_gid)


def _is_private_group(number):
    """Whether a group is named like this process's user, and has no other members."""
    try:
        group, user = grp.getgrgid(number), pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a number without a name
        return False
    return group.gr_name == user and set(group.gr_mem) <= {user}


def is_running(process):
    """Whether a process of this number runs on this machine. True where the system does not report it (Windows)."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)  # no signal: only the checks before one
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's
        pass
    return True


def processors():
    """The processors that this process may use, by number; none where the system does not report it."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def count_of_processors():
    """How many processors this process may keep busy: those it may use, or fewer where its time is limited."""
    count = len(processors()) or os.cpu_count() or 1
    return max(1, math.ceil(min(count, share_of_time(Path("/")))))


def share_of_time(root):
    """The processor time per second that Linux's control groups allow this process; infinity without a limit.

    A container with `--cpus=2` on a machine with 64 processors may use them all, but only for 2 seconds in each second:
    with 64 threads, it would be halted most of the time. A limit of a group holds for all groups in it.

    Args:
        root: the folder under which `proc` and `sys` lie.
    """
    limits = _limits_of_groups(root, "cpu", ["cpu.max"], ["cpu.cfs_quota_us", "cpu.cfs_period_us"])
    return min(map(_share, limits), default=math.inf)


def memory(root=Path("/")):
    """The bytes of memory that this process may take: the machine's, or fewer where Linux's control groups say so.

    Infinity where the system does not report it.

    Args:
        root: as in `share_of_time`.
    """
    limits = _limits_of_groups(root, "memory", ["memory.max"], ["memory.limit_in_bytes"])
    sizes = [int(limit) for limit in limits if limit.isdigit()]  # no limit is "max", or none at all
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sizes.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return min((size for size in sizes if size > 0), default=math.inf)


def _limits_of_groups(root, controller, names, older_names):
    """The contents of these files in the control groups of this process (in version 1: of `older_names`)."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":  # version 2, which has one tree of groups
            tree, files = root / "sys/fs/cgroup", names
        elif controller in controllers.split(","):
            tree, files = root / "sys/fs/cgroup" / controller, older_names
        else:
            continue
        group = tree / path.strip("/")
        for folder in [group, *group.parents]:
            if folder.is_relative_to(tree):
                yield " ".join(_text(folder / name).strip() for name in files)


def _share(limit):
    """Of a limit such as "150000 100000", microseconds in a period of so many: 1.5. No limit is "max", or −1."""
    quota, *period = limit.split() or ["max"]
    return math.inf if quota in ("max", "-1") else int(quota) / int(period[0])


def _text(file):
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""
