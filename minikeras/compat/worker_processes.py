"""Worker processes get the import hook too, whichever way `multiprocessing` starts them.

A forked worker inherits everything. One that is spawned, or comes from the fork server, is a new Python: it first
receives "preparation data" from its parent, then imports the parent's main script again (as `__mp_main__`), then
unpickles its task. The hook must be there before the script is imported, so it travels in the preparation data, as an
object whose unpickling installs it.
"""

import multiprocessing.spawn

from minikeras.base.child_processes import IMPORT_MINIKERAS

# The worker has been started by `python -c` and does not have its parent's `sys.path` yet: it would look for minikeras,
# and for what that imports, in its working folder first.
_PROGRAM = f"""
import os, sys
path = sys.path[:]
for folder in ("", os.getcwd()):
    while folder in sys.path:
        sys.path.remove(folder)
{IMPORT_MINIKERAS}
import minikeras.compat
minikeras.compat.install()
sys.path[:] = path
"""
_original = []


class InstallOnArrival:
    """Where this is unpickled, `minikeras.compat.install()` runs. It holds nothing."""

    def __reduce__(self):
        return exec, (_PROGRAM, {"__name__": __name__})


def activate():
    """From now on, `multiprocessing` sends the import hook along."""
    _original.append(multiprocessing.spawn.get_preparation_data)
    multiprocessing.spawn.get_preparation_data = _preparation_data


def deactivate():
    """Stop changing worker processes."""
    multiprocessing.spawn.get_preparation_data = _original.pop()


def _preparation_data(name):
    return {"minikeras": InstallOnArrival(), **_original[-1](name)}
