"""The options of the observing process, set by the comparing one."""

import json
from pathlib import Path

DEFAULTS = {
    "backend": None,  # "tensorflow" or "minikeras"
    "folder": None,  # where the recording goes
    "package_root": None,  # the folder that minikeras is in, if it is not installed
    "seed": 0,  # None: the script's own, or none
    "mode": "steps",  # "steps", "detail" (every layer of one step) or "times" (only the clock)
    "target": None,  # of "detail": ["step", number of the optimizer, its iteration] or ["event", kind, its number]
    "copy_weights": None,  # the folder of the recording whose initial weights to start from
    "float64": False,  # weights and computation in double precision
    "state": None,  # of "detail": the folder of the recording of the same step, whose weights and slots it begins with
    "ops": False,  # of "detail": record what each op of the step computes, too
    "ends": False,  # of "detail": end the script after the step
}


def read_options(path):
    """The options in a JSON file, completed by `DEFAULTS`.

    Raises:
        ValueError: an option does not exist.
    """
    given = json.loads(Path(path).read_text(encoding="utf-8"))
    unknown = set(given) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"Options of an observed run are {list(DEFAULTS)}. Received: {sorted(unknown)}")
    return {**DEFAULTS, **given}
