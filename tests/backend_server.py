"""A process that has imported a backend, and copies of it that run scripts: a start takes 0.1 seconds in place of 5
with TensorFlow, and of 0.9 with minikeras.

Importing them starts no thread and makes no device, so a copy made by `fork` right after is what a new process would be
after its `import tensorflow`. This file is both sides: started as a script it is the process, that of TensorFlow
imports nothing of minikeras. Where there is no safe `fork` (on other systems than Linux), each script gets a new
process.
"""

import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path

# Of the side of minikeras. As many tests run at once as there are processors, and threads that wait for each other
# spin: with two, a script takes 3.0 s of processor time, with one 1.7 (the median of three scripts on two processors).
ONE_THREAD = {"MINIKERAS_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
ENVIRONMENTS = {"tensorflow": {"KERAS_BACKEND": "tensorflow"}, "minikeras": ONE_THREAD}


class BackendServer:
    """Runs Python scripts that use a backend, "tensorflow" or "minikeras", one after the other."""

    def __init__(self, backend):
        self.backend = backend
        self._process = None

    def start(self):
        """Begin to import the backend, without waiting for it."""
        if self._process is None and sys.platform == "linux":
            command = [sys.executable, "-W", "ignore", __file__, self.backend]
            environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **ENVIRONMENTS[self.backend]}
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self._process = subprocess.Popen(command, env=environment, bufsize=0, **pipes)

    def close(self):
        """End the process."""
        if self._process is not None:
            self._process.kill()
            with self._process:
                self._process = None

    def run(self, arguments, timeout, env=None):
        """The result of `subprocess.run([sys.executable, *arguments], capture_output=True)`, with output as bytes.

        The script runs in the current folder. As there, it has ended or been killed when this returns or raises.
        """
        arguments, env = [str(argument) for argument in arguments], dict(os.environ if env is None else env)
        self.start()
        if self._process is None:
            return subprocess.run(
                [sys.executable, *arguments], env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout
            )
        with tempfile.TemporaryDirectory() as folder:
            files = {name: os.path.join(folder, name) for name in ("stdout", "stderr")}
            request = {"arguments": arguments, "env": env, "cwd": os.getcwd(), **files}
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            child, ended = self._answer(None), False
            try:
                status = self._answer(timeout)
                ended = True
            finally:
                if not ended:  # also on Ctrl-C
                    with suppress(ProcessLookupError):  # it may just have ended
                        os.kill(child, signal.SIGKILL)
                    self._answer(None)
            output, errors = (Path(files[name]).read_bytes() for name in ("stdout", "stderr"))
            return subprocess.CompletedProcess(arguments, status, output, errors)

    def _answer(self, timeout):
        """The next number from the process.

        Raises:
            subprocess.TimeoutExpired: there is none after this many seconds.
            RuntimeError: the process has ended.
        """
        if not select.select([self._process.stdout], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(f"a script on {self.backend}", timeout)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The process that has imported {self.backend} has ended. Does the import work?")
        return int(line)


def run_by_servers(servers, run_process):
    """A replacement for `processes.run_process` that runs scripts of some backends on their servers.

    A `sitecustomize` that a test has put into the path of minikeras's side runs in new processes only.
    """
    python_path = os.environ.get("PYTHONPATH")

    def run_here(backend, command, environment, timeout):
        environment = {**environment, **ENVIRONMENTS[backend]}
        if backend not in servers or (backend == "minikeras" and environment.get("PYTHONPATH") != python_path):
            return run_process(backend, command, environment, timeout)
        return servers[backend].run(command[1:], timeout, environment)

    return run_here


def serve(backend):
    """Wait for requests and copy this process for each. Returns in the copies, with the request; None at the end."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    for descriptor, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY)):
        os.dup2(os.open(os.devnull, flags), descriptor)
    {"tensorflow": import_tensorflow, "minikeras": import_minikeras}[backend]()
    gc.freeze()  # the copies' garbage collections need not look at it
    for line in requests:
        child = os.fork()
        if child == 0:
            requests.close()
            answers.close()
            return json.loads(line)
        print(child, file=answers, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)
    return None


def import_tensorflow():
    """TensorFlow and Keras, as scripts need them."""
    import keras  # noqa: F401  imports TensorFlow
    import tensorflow as tf

    # Grappler, which rewrites graphs before they run, takes a tenth of the processor time of most scripts here (14.8 s
    # against 16.9 for five optimizers), since each graph runs a few times only. It changes no more than rounding.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def import_minikeras():
    """minikeras with its `tf` namespace, and what compiles kernels."""
    import minikeras.compat.keras.backend
    import minikeras.compat.tensorflow.random.training
    import minikeras.compat.tensorflow.tensor_attributes
    import minikeras.kernels.machine.functions  # noqa: F401


def run(arguments, env, cwd, stdout, stderr):
    """Run as `python arguments…` would in this folder and environment, with output to files."""
    for descriptor, path in ((1, stdout), (2, stderr)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    tempfile.tempdir = None  # of the environment before
    sys.argv[:] = arguments
    sys.path[:1] = [part for part in env.get("PYTHONPATH", "").split(os.pathsep) if part]
    sys.path.insert(0, str(Path(arguments[0]).absolute().parent))
    runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    request = serve(sys.argv[1])
    if request is not None:
        try:
            run(**request)
        except Exception:
            traceback.print_exc()
            with suppress(OSError):
                sys.stdout.flush()
            sys.exit(1)
