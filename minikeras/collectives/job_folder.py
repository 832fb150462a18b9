"""The folder by which `minikeras run -n` tracks its ranks: each leaves its process ID, and a note when it ends.

A variable of the environment names it. In it are "0", "1", … with the process and host of each rank, "0.ended", … of
those that ended by themselves, and `REPORTED` once a rank has reported why all will end.

A rank enters before it imports anything that could fail, even `sitecustomize` on systems that can replace the program
of a process (`entering`), and notes its end only after it has connected to the others: while they connect, ranks wait
inside MPI, which never checks whether a missing one is still alive.
"""

import atexit
import os
import socket
import sys
from pathlib import Path

from minikeras.collectives.launched import VARIABLES
from minikeras.collectives.waiting import has_died

JOB_FOLDER = "MINIKERAS_JOB"
REPORTED = "reported"
ENDED = ".ended"

# The program text with which a rank enters. (The file appears under its name when it is complete. On another host the
# folder may not be there.)
ENTER_JOB_FOLDER = f"""
import os, socket
rank = next(os.environ[name] for name in {[rank for rank, _ in VARIABLES]} if name in os.environ)
path = os.path.join(os.environ["{JOB_FOLDER}"], rank)
if os.path.isdir(os.environ["{JOB_FOLDER}"]):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(str(os.getpid()) + " " + socket.gethostname())
    os.replace(path + ".new", path)
"""

_THEN_BECOME = "import sys\nos.execv(sys.argv[1], sys.argv[1:])"


def entering(command, first=""):
    """The command of a Python program, in a process that first enters the folder and runs some code."""
    if os.name == "nt":  # where `execv` starts another process; `command` is `python … -c text …`
        place = command.index("-c") + 1
        return [*command[:place], first + ENTER_JOB_FOLDER + command[place], *command[place + 1 :]]
    return [sys.executable, "-I", "-S", "-c", first + ENTER_JOB_FOLDER + _THEN_BECOME, *command]


def folder_of_job():
    """The folder as a Path; None for a process that was started otherwise."""
    folder = os.environ.get(JOB_FOLDER)
    return Path(folder) if folder and os.path.isdir(folder) else None


def note_end_at_exit(rank):
    """From now on, this rank leaves a note if it ends by itself."""
    folder = folder_of_job()
    if folder is None or not (folder / str(rank)).exists():
        return
    if _process_of(folder / str(rank))[0] == os.getpid():  # and no process that a rank has started
        atexit.register(_note, folder, f"{rank}{ENDED}")


def enter_remote_ranks(processes):
    """Leave the number and host of each rank's process that could not enter, so that it can be named.

    Args:
        processes: (process, host) of each rank.
    """
    folder = folder_of_job()
    for rank, (process, host) in enumerate(processes) if folder else ():
        if not (folder / str(rank)).exists():
            (folder / f"{rank}.new").write_text(f"{process} {host}", encoding="utf-8")
            (folder / f"{rank}.new").replace(folder / str(rank))


def claim_report():
    """Claim to be the first to report why all ranks will end; whether no other has claimed it before.

    Call it before printing, since MPI may end this rank just after.
    """
    folder = folder_of_job()
    return folder is None or is_first_report(folder)


def is_first_report(folder):
    """`claim_report`, for the job of this folder."""
    try:
        (Path(folder) / REPORTED).touch(exist_ok=False)
    except FileExistsError:
        return False
    except FileNotFoundError:  # the folder is gone with the process that made it
        return True
    return True


def is_reported(folder):
    """Whether a rank, or the process that started them, has reported why all end."""
    return (Path(folder) / REPORTED).exists()


def _note(folder, name):
    if folder.is_dir():  # it may be gone with the process that made it
        (folder / name).touch()


def ranks_in(folder, host=None):
    """[(rank, process)] of the ranks on a host, this one if it is None, that have entered."""
    files = [file for file in sorted(Path(folder).iterdir()) if file.name.isdecimal()]
    found = [(int(file.name), *_process_of(file)) for file in files]
    return [(rank, process) for rank, process, where in found if where == (host or socket.gethostname())]


def dead_ranks(folder):
    """[(rank, process)] of the ranks on this host that have died without a note of their end."""
    return [(rank, process) for rank, process in ranks_in(folder) if _is_dead(Path(folder), rank, process)]


def _is_dead(folder, rank, process):
    note = folder / f"{rank}{ENDED}"
    return not note.exists() and has_died(process) and not note.exists()  # it may have come just before the end


def _process_of(file):
    """(process, host) of the rank that has left this file."""
    process, _, host = file.read_text(encoding="utf-8").partition(" ")
    return int(process), host
