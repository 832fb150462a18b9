"""Run one script under observation, and report how it ended."""

import importlib.util
import random
import sys
import traceback
from pathlib import Path

import numpy as np

from .imports import ImportWatch, undisturbed_generators
from .installing import FUNCTION_OF_SHIM, TAPE_OF_SHIM, Installation
from .notebook import NotebookError, run_notebook
from .recorder import Recorder
from .tracebacks import print_without_observer

WATCHED = {
    "tensorflow": ("tensorflow", "keras"),
    "minikeras": (
        "minikeras",
        "minikeras.compat",
        "minikeras.compat.tensorflow",
        FUNCTION_OF_SHIM,
        TAPE_OF_SHIM,
    ),
}


def observed_run(options, script, arguments):
    """Run the script as `python script.py arguments…` would, and write the recording. Returns the exit status."""
    if options["seed"] is not None:
        random.seed(options["seed"])
        np.random.seed(options["seed"])  # noqa: NPY002  scripts draw from it
    recorder = Recorder(options)
    installation = Installation(recorder)
    sys.meta_path.insert(0, ImportWatch(recorder, WATCHED[options["backend"]], installation.module_loaded))
    with undisturbed_generators():
        for name in WATCHED[options["backend"]]:
            if name in sys.modules:  # imported before us, by a sitecustomize for instance
                installation.module_loaded(name)
    sys.excepthook = print_without_observer
    status = 1
    try:
        status = run_script(options, script, arguments)
    except BaseException as error:
        traceback.print_exception(error)
    finally:
        recorder.facts["wall_seconds"] = recorder.clock.now()
        recorder.facts["status"] = status
        with recorder.clock.observing():
            installation.finish()
            recorder.save()
    sys.stdout.flush()
    return status


def run_script(options, script, arguments):
    """The script or notebook as `__main__`; its exit status. With minikeras the import hook is in place."""
    if options["backend"] == "minikeras":
        sys.path.append(options["package_root"] or "")
        from minikeras.compat import install  # here: this is when the backend is imported, and it is timed

        install()
    try:
        if str(script).endswith(".ipynb"):
            return run_notebook(script, Path(options["folder"], "ipython"))
        return main_module().run_file(script, arguments)
    except SystemExit as end:
        return exit_status(end)
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 2


def main_module():
    """`tools/cli/main_module.py`, which runs scripts for `python -m minikeras run`; without importing minikeras."""
    path = Path(__file__).parents[2] / "main_module.py"
    spec = importlib.util.spec_from_file_location(f"{__name__}_main_module", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def exit_status(end):
    """The exit status of a SystemExit: its number, 0 for None, and 1 for a text, which the interpreter prints."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1
