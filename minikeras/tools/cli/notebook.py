"""Run a notebook's cells in a kernel where `import tensorflow` and `import keras` mean minikeras, and print what they
print.

Needs nbclient, nbformat and ipykernel.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import tempfile
from pathlib import Path

from minikeras.base.child_processes import IMPORT_MINIKERAS, PACKAGE, environment
from minikeras.base.optional_packages import optional_module
from minikeras.tools.cli.main_module import CannotRunError, end_by_interrupt

KERNEL = "minikeras"
PACKAGES = "nbclient nbformat ipykernel"  # the last is the kernel itself
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
# The kernel starts in the notebook's folder. IPython lets cells import modules from there, after this program has
# imported minikeras and IPython; with Python's own `-P` instead, IPython would leave the folder out.
_PROGRAM = f"""
import sys
sys.path[:] = [folder for folder in sys.path if folder]
{IMPORT_MINIKERAS}
import minikeras.compat
minikeras.compat.install()
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""


def run(path, save_as=None, full_traceback=False):
    """Run the notebook at `path`, in its folder. Returns the exit status: 0, or 1 after a cell that failed.

    Args:
        save_as: a file for the notebook with its outputs.
        full_traceback: print the frames inside minikeras as well when a cell fails.
    """
    try:
        nbclient, nbformat, _ = (optional_module(name, "a notebook", PACKAGES) for name in PACKAGES.split())
    except ImportError as error:
        raise CannotRunError(str(error), 2) from None
    if not Path(path).is_file():
        raise CannotRunError(f"can't open file {str(Path(path).absolute())!r}: no such file", 2)
    notebook = _read(nbformat, path)
    with tempfile.TemporaryDirectory() as folder:
        client = _client_class(nbclient)(
            notebook,
            km=_kernel_manager(folder),
            timeout=None,
            resources={"metadata": {"path": str(Path(path).absolute().parent)}},
        )
        client.full_traceback = full_traceback
        client.on_notebook_start = client.pass_on_interrupts
        try:
            client.execute(cleanup_kc=True)  # ends the kernel, which by default it would not do for a given kernel
        except nbclient.exceptions.CellExecutionError:
            if client.interrupted:
                end_by_interrupt()
            return 1  # the traceback has been printed, as the output of its cell
        except nbclient.exceptions.DeadKernelError as error:
            raise CannotRunError(f"the notebook's kernel ended before its last cell: {error}", 1) from error
        finally:
            if save_as:
                nbformat.write(notebook, save_as)
    return 0


def _read(nbformat, path):
    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, KeyError) as error:  # no JSON, or JSON that is not a notebook
        raise CannotRunError(f"{path} is not a notebook: {error}", 1) from error


def _kernel_manager(folder):
    """A kernel on this Python, which installs the import hook before the first cell."""
    jupyter_client = optional_module("jupyter_client", "a notebook")  # comes with nbclient
    command = [sys.executable, "-c", _PROGRAM, "-f", "{connection_file}"]
    kernel = Path(folder, KERNEL)
    kernel.mkdir()
    description = {"argv": command, "display_name": KERNEL, "language": "python"}
    if "PYTHONPATH" in os.environ:
        description["env"] = {"PYTHONPATH": environment().get("PYTHONPATH", "")}
    Path(kernel, "kernel.json").write_text(json.dumps(description), encoding="utf-8")
    specs = jupyter_client.kernelspec.KernelSpecManager(kernel_dirs=[folder], ensure_native_kernel=False)
    # Sockets that are files of this user, if the system has them: with TCP, others on the machine could listen.
    channel = {"transport": "ipc", "ip": os.path.join(folder, "socket")} if os.name == "posix" else {}
    return jupyter_client.AsyncKernelManager(kernel_name=KERNEL, kernel_spec_manager=specs, **channel)


def _client_class(nbclient):
    class PrintingClient(nbclient.NotebookClient):
        """Runs the cells and prints their outputs as they arrive."""

        full_traceback = interrupted = False

        def output(self, outs, msg, display_id, cell_index):
            """Handle an output that has arrived from the kernel."""
            _print_output(msg["msg_type"], msg["content"], self.full_traceback)
            return super().output(outs, msg, display_id, cell_index)

        async def pass_on_interrupts(self, notebook):
            """Turn Ctrl-C into a KeyboardInterrupt in the running cell; nbclient would end the kernel instead."""
            with contextlib.suppress(RuntimeError, NotImplementedError):  # no main thread, or Windows
                asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._interrupt)

        def _interrupt(self):
            self.interrupted = True
            self._interrupting = asyncio.ensure_future(self.km.interrupt_kernel())

    return PrintingClient


def _print_output(kind, content, full_traceback):
    """Write output to the stream it used in the kernel; results and pictures as text."""
    if kind == "stream":
        stream = sys.stderr if content["name"] == "stderr" else sys.stdout
        print(content["text"], end="", file=stream, flush=True)
    elif kind == "error":
        frames = [part for part in content["traceback"] if full_traceback or not _is_inside_minikeras(part)]
        print("\n".join(frames), file=sys.stderr, flush=True)
    elif "text/plain" in content.get("data", {}):
        print(content["data"]["text/plain"], flush=True)


def _is_inside_minikeras(frame):
    """Whether a frame, as IPython prints it, is in one of minikeras's files."""
    first_line = _COLORS.sub("", frame).partition("\n")[0]
    return str(PACKAGE) in first_line.replace("~", os.path.expanduser("~"))
