"""Starts the observed runs, each in a separate process."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

from minikeras.tools.cli.compare.recording import read_run

LAUNCHER = Path(__file__).with_name("launcher.py")
PACKAGE_ROOT = str(Path(__file__).parents[3])
PLAIN_OUTPUT = {
    "TF_CPP_MIN_LOG_LEVEL": "2",  # TensorFlow's notices about the machine are not the script's output
    "MPLBACKEND": "Agg",  # a window would wait until someone closes it
    "PYTHONIOENCODING": "utf-8",
}
NO_TENSORFLOW = (
    "`compare` runs the script on TensorFlow too, and TensorFlow is not installed for {python}. "
    "Install it with: python -m pip install 'tensorflow>=2.21,<2.22' 'keras>=3.15.1,<3.16'"
)


def tensorflow_is_missing():
    """Whether TensorFlow or Keras cannot be found; neither is imported to find out."""
    return any(sys.modules.get(n, 0) is None or importlib.util.find_spec(n) is None for n in ("tensorflow", "keras"))


def run_observed(backend, script, arguments, folder, timeout=None, **options):
    """Run the script on one backend and read the recording.

    Args:
        backend: "tensorflow" or "minikeras".
        script: path of the script, which runs in the current folder.
        arguments: its command line.
        folder: where the recording is written.
        timeout: seconds after which the run is ended; it counts as failed then.
        **options: see `observer/options.py`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True)
    options_file = folder / "options.json"
    options = {"backend": backend, "folder": str(folder), "package_root": PACKAGE_ROOT, **options}
    options_file.write_text(json.dumps(options), encoding="utf-8")
    # As `python script.py` does, the launcher puts the script's folder first in the path, not the working folder. The
    # script may import everything else there, and in PYTHONPATH.
    command = [sys.executable, str(LAUNCHER), str(options_file), str(script), *map(str, arguments)]
    environment = {**PLAIN_OUTPUT, **os.environ}
    if backend == "tensorflow":
        environment["KERAS_BACKEND"] = "tensorflow"
    try:
        done = run_process(backend, command, environment, timeout)
    except subprocess.TimeoutExpired as expired:
        message = f"{_text(expired.stderr)}\nThe run was ended after {timeout:g} seconds (its time limit)."
        return read_run(folder, backend, 124, _text(expired.stdout), message)
    return read_run(folder, backend, done.returncode, _text(done.stdout), _text(done.stderr))


def run_process(backend, command, environment, timeout):
    """Run a command that needs the backend, without input, and collect its output."""
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False
    )


def _text(output):
    return (output or b"").decode("utf-8", errors="replace")
