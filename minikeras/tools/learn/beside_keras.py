"""The same checks with tf.keras as the oracle, in a separate process: this one never imports TensorFlow."""

import json
import os
import runpy
import subprocess
import sys
from importlib.util import find_spec

from minikeras.base.child_processes import IMPORT_MINIKERAS, python_command
from minikeras.tools.learn import load
from minikeras.tools.learn.checking import check
from minikeras.tools.learn.exercise import Hint, Task

TIMEOUT = 300  # seconds, of which importing TensorFlow takes 5 to 20
PROGRAM = f"""{IMPORT_MINIKERAS}
import tensorflow, keras
from minikeras.tools.learn import beside_keras
beside_keras.report(keras, sys.argv[1], sys.argv[2])
"""


def on_tf_keras(chosen):
    """The exercise with those tasks whose oracle runs on tf.keras."""
    return chosen._replace(tasks=tuple(task for task in chosen.tasks if isinstance(task, Task) and task.in_keras))


def report(keras, name, file):
    """In the other process: print the results as JSON, one line."""
    results = check(on_tf_keras(load(name)), runpy.run_path(file), keras)
    print(json.dumps([[function, hint and [hint.aspect, hint.message]] for function, hint in results]))


def check_beside(name, file):
    """[(function, `Hint` or None)] with tf.keras as the oracle.

    Raises:
        RuntimeError: the other process failed, or took too long; the message is the end of its output.
    """
    command, environment = python_command(PROGRAM, name, os.path.abspath(file))
    environment |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": TIMEOUT}
    try:
        done = subprocess.run(command, env=environment, check=False, **options)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"it was not done after {TIMEOUT} seconds") from None
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no message"])[-1])
    results = json.loads(done.stdout.splitlines()[-1])
    return [(function, hint and Hint(*hint)) for function, hint in results]


def tensorflow_is_installed():
    """Whether there is a tf.keras to compare with."""
    return all(sys.modules.get(name, 0) is not None and find_spec(name) for name in ("tensorflow", "keras"))
