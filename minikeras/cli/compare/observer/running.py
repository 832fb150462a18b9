"""Run one script under observation, and say how it ended."""

import os
import random
import runpy
import sys
import traceback

import numpy as np

from .imports import ImportWatch
from .installing import Installation
from .recorder import Recorder

WATCHED = {
    "tensorflow": ("tensorflow", "keras"),
    "minikeras": (
        "minikeras",
        "minikeras.compat",
        "minikeras.compat.tensorflow",
        "minikeras.compat.tensorflow.function",
    ),
}


def observed_run(options, script, arguments):
    """Run the script as `python script.py arguments…` would, and write the recording. Returns the exit status."""
    seed = options["seed"]
    if seed is not None:
        random.seed(seed)
        np.random.seed(seed)
    recorder = Recorder(options)
    installation = Installation(recorder)
    sys.meta_path.insert(0, ImportWatch(recorder, WATCHED[options["backend"]], installation.module_loaded))
    if "minikeras" in sys.modules and options["backend"] == "minikeras":
        installation.module_loaded("minikeras")  # somebody's sitecustomize was earlier
    status = 1
    try:
        status = run_script(options, script, arguments)
    except BaseException as error:
        recorder.facts["error"] = "".join(traceback.format_exception_only(error)).strip()
        traceback.print_exception(*_without_our_frames(error, script))
    finally:
        recorder.facts["wall_seconds"] = recorder.clock.now()
        recorder.facts["status"] = status
        with recorder.clock.observing():
            installation.finish()
            recorder.save()
    sys.stdout.flush()
    return status


def run_script(options, script, arguments):
    """The script as `__main__`; its exit status. With minikeras the import hook is in place."""
    if options["backend"] == "minikeras":
        sys.path.append(options["package_root"] or "")
        from minikeras.compat import install

        install()
    script = os.path.abspath(script)
    sys.argv[:] = [script, *arguments]
    sys.path[0] = os.path.dirname(script)
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        return exit_status(end)
    return 0


def exit_status(end):
    """What the interpreter makes of a SystemExit: its number, 0 of None, and 1 of a text, which it prints."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _without_our_frames(error, script):
    """The exception with its traceback from the script's first line on, where it got that far."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != os.path.abspath(script):
        frames = frames.tb_next
    return type(error), error, frames or error.__traceback__
