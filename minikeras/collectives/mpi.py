"""The only module that imports mpi4py, when the first group starts: `import minikeras` does not."""

import importlib.util
import os
from pathlib import Path

LIBRARIES = ("libmpi.so.12", "libmpi.so.40", "libmpi.12.dylib", "libmpi.40.dylib")


def load_mpi():
    """`mpi4py.MPI`; the first call initializes MPI.

    Raises:
        ImportError: mpi4py, or a library of MPI, is not installed.
    """
    found = importlib.util.find_spec("mpi4py")
    if found is None:
        raise ImportError("Several processes need mpi4py and MPI: python -m pip install mpi4py mpich")
    _point_to_library(Path(found.origin))
    try:
        from mpi4py import MPI  # here: it loads MPI and connects to the launcher
    except RuntimeError as error:
        raise ImportError(
            f"mpi4py found no library of MPI. Install one: python -m pip install mpich. ({error})"
        ) from error
    return MPI


def _point_to_library(package):
    """Point mpi4py to a library that pip installed in its environment: a virtual one on top does not find it."""
    if os.environ.get("MPI4PY_LIBMPI"):
        return
    folder = package.parents[3]  # lib/python3.x/site-packages/mpi4py/__init__.py
    library = next((folder / name for name in LIBRARIES if (folder / name).is_file()), None)
    if library is not None:
        os.environ["MPI4PY_LIBMPI"] = str(library)
