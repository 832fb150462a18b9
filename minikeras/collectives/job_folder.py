"""The folder by which `minikeras run -n` knows its ranks: each leaves its process's number, and a note of its end.

A variable of the environment names it. In it are "0", "1", … with the process and host of each rank, "0.ended", … of
those that ended by themselves, and `REPORTED` once a rank has reported why all will end.
"""

import atexit
import os
import socket
from pathlib import Path

from minikeras.collectives.waiting import has_died

JOB_FOLDER = "MINIKERAS_JOB"
REPORTED = "reported"
ENDED = ".ended"


def folder_of_job():
    """The folder as a Path; None for a process that was started otherwise."""
    folder = os.environ.get(JOB_FOLDER)
    return Path(folder) if folder and os.path.isdir(folder) else None


def enter_job_folder(rank):
    """Leave this process's number and its host's name."""
    folder = folder_of_job()
    if folder is not None:
        (folder / str(rank)).write_text(f"{os.getpid()} {socket.gethostname()}", encoding="utf-8")
        atexit.register(_note, folder, f"{rank}{ENDED}")


def note_report():
    """Leave a note that the reason was reported for which all ranks will end."""
    folder = folder_of_job()
    if folder is not None:
        _note(folder, REPORTED)


def _note(folder, name):
    if folder.is_dir():  # it may be gone with the process that made it
        (folder / name).touch()


def dead_rank(folder):
    """(rank, process) of one on this host that has died without a note of its end; None if there is none."""
    for file in sorted(Path(folder).iterdir()):
        if file.name.isdecimal() and not file.with_name(file.name + ENDED).exists():
            process, _, host = file.read_text(encoding="utf-8").partition(" ")
            is_here = host == socket.gethostname()
            if is_here and has_died(int(process)) and not file.with_name(file.name + ENDED).exists():
                return int(file.name), int(process)
    return None
