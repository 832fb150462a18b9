"""Records the exercises a reader has solved, in a small file in the user's data folder, not in the installation."""

import json
import os
from datetime import date
from pathlib import Path

from minikeras.base.messages import print_message
from minikeras.base.system import user_data_folder
from minikeras.formats.replacing import replacing


def progress_file():
    """The path of the file; None for a user without a home."""
    folder = user_data_folder("minikeras")
    return folder and Path(folder) / "learn.json"


def read():
    """{name of an exercise: {"attempts": count, "solved": date or None}}; empty where there is no such file."""
    file = progress_file()
    try:
        found = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        print_message(f"The progress in {file} cannot be read ({error}): it is begun again.")
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: entry for name, entry in found.items() if _is_entry(entry)}


def _is_entry(entry):
    return isinstance(entry, dict) and isinstance(entry.get("attempts"), int) and "solved" in entry


def note_attempt(name, is_solved):
    """Count an attempt; remember the day of the first that was right. Returns the exercise's entry."""
    entries = read()
    entry = entries.setdefault(name, {"attempts": 0, "solved": None})
    entry["attempts"] += 1
    if is_solved and entry["solved"] is None:
        entry["solved"] = date.today().isoformat()
    file = progress_file()
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file) as unfinished:
                Path(unfinished).write_text(json.dumps(entries, indent=1), encoding="utf-8")
        except OSError as error:
            print_message(f"The progress cannot be kept in {file}: {os.strerror(error.errno or 0)}.")
    return entry
