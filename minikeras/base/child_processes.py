"""How minikeras starts Python processes, and where these search for modules.

`python -m name` and `python -c text` search the working folder first: a `minikeras.py` or `json.py` that is there
would run, though the user has not imported it. So all code that starts a Python uses a command of this module, or has
a comment that explains why it searches more:

| process | what it may import |
| --- | --- |
| compiles kernels ahead (`kernels/machine/ahead.py`) | `library_command`: the standard library, named libraries |
| measures (`cli/bench/`) | `python_command`: all that is installed |
| runs a notebook (`cli/notebook.py`) | the same while it starts, then also what is next to the notebook |
| makes batches (`data/workers.py`) | the same as its parent: the data set is the user's |
| becomes MPI's launcher (`ending_with_this_process`) | the standard library |
| becomes a rank of `run -n` (`collectives/job_folder.py`) | the standard library |
| is a rank (`cli/ranks.py`) | `python_command` until it runs the script, then what `python script.py` may |
| checks a reader's file on tf.keras (`learn/beside_keras.py`) | `python_command`, and what the file imports |
| runs a script or notebook (`cli/compare/processes.py`) | what `python script.py` may: it is the user's |

minikeras itself is found by its path: a copy that runs in place needs no entry in `sys.path`, through which everything
next to it could be imported too.
"""

import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

# Makes `import minikeras` mean this copy, even if there are others, and imports it.
IMPORT_MINIKERAS = f"""
import sys
from importlib.util import module_from_spec, spec_from_file_location
if "minikeras" not in sys.modules:
    spec = spec_from_file_location("minikeras", {str(PACKAGE / "__init__.py")!r})
    sys.modules["minikeras"] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules["minikeras"])
"""

# The same for modules that do not need `minikeras/__init__.py`, which imports all others: 0.2 s less.
_PARTS_OF_MINIKERAS = f"""
import sys
from types import ModuleType
package = sys.modules["minikeras"] = ModuleType("minikeras")
package.__path__ = [{str(PACKAGE)!r}]
"""


def python_command(program, *arguments):
    """The command that runs a Python text with all that is installed, and the environment for it.

    The program does not look for modules in the working folder, nor in relative folders of PYTHONPATH.
    """
    return [sys.executable, "-P", "-c", program, *arguments], environment()


def environment():
    """This process's environment without the folders in PYTHONPATH that are relative, or the working folder."""
    variables = dict(os.environ)
    path = variables.pop("PYTHONPATH", "").split(os.pathsep)
    kept = [folder for folder in path if os.path.isabs(folder) and not _is_working_folder(folder)]
    return {**variables, "PYTHONPATH": os.pathsep.join(kept)} if kept else variables


def library_command(program, *libraries):
    """The command that runs a Python text with modules of the standard library, of minikeras and of some libraries.

    It is cut off from everything else: environment variables of Python's, `.pth` files, `sitecustomize`.

    Args:
        program: it finds `minikeras` as a package whose `__init__.py` has not run.
        *libraries: modules, imported in this process.
    """
    folders = dict.fromkeys(str(Path(library.__file__).parents[1]) for library in libraries)
    path = f"import sys\nsys.path += {list(folders)!r}\n"
    flags = ["-I", "-S"]
    if sys.dont_write_bytecode:
        flags.append("-B")
    if sys.pycache_prefix:
        flags += ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    return [sys.executable, *flags, "-c", f"{path}{_PARTS_OF_MINIKERAS}{program}"]


# Linux kills a process that has requested it when its parent ends. The request survives `execv`.
ASK_TO_END_WITH_PARENT = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
"""
_END_WITH_PARENT = f"""
{ASK_TO_END_WITH_PARENT}
parent, *command = sys.argv[1:]
if os.getppid() == int(parent):  # otherwise it has already ended
    os.execv(command[0], command)
"""


def ending_with_this_process(command):
    """The command, whose process Linux kills when this process ends in any way; unchanged on other systems.

    Args:
        command: it begins with a path. It must be started by a thread that lives as long as this process.
    """
    if sys.platform != "linux":
        return command
    return [sys.executable, "-I", "-S", "-c", _END_WITH_PARENT, str(os.getpid()), *command]


def can_start():
    """Whether `sys.executable` is a Python, unlike in a program packed by a tool such as PyInstaller."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


def _is_working_folder(folder):
    try:
        return os.path.samefile(folder, os.curdir)
    except OSError:  # one of them is not there
        return False
