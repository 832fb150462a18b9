"""The report of `minikeras --version`: the facts about the machine for a bug report."""

import importlib.metadata
import platform
import sys

from minikeras.base.child_processes import PACKAGE
from minikeras.base.release import __version__
from minikeras.config import kernel_compiler, threads
from minikeras.kernels import processor
from minikeras.kernels.machine import code_cache
from minikeras.kernels.registry import jit_disabled

LIBRARIES = ("numpy", "numba", "llvmlite", "ml_dtypes", "h5py", "rich", "threadpoolctl")  # required
OPTIONAL_LIBRARIES = (  # named if they are installed
    *("matplotlib", "pydot", "pillow", "simplejpeg", "nbclient", "nbformat", "ipykernel", "jupyter-client", "ipython"),
    *("orbax-checkpoint", "tensorboardX", "scikit-learn", "opencv-python-headless", "jax", "flax", "torch"),
    *("mpi4py", "mpich", "onnx", "sphinx", "myst-nb", "furo", "jupytext", "tensorflow", "keras"),
)
INSTRUCTION_SETS = ("sse4.2", "avx", "avx2", "fma", "avx512f", "neon", "sve")  # those that make a difference to kernels


def report():
    """The report, one fact per line."""
    rows = {
        "minikeras": f"{__version__} in {PACKAGE}",
        "Python": f"{platform.python_version()} ({platform.python_implementation()}) in {sys.executable}",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        **{name: library_version(name) or "not installed" for name in LIBRARIES},
        **{name: library_version(name) for name in OPTIONAL_LIBRARIES if library_version(name)},
        "processor": processor_name(),
        "compiler": "none: NUMBA_DISABLE_JIT is set" if jit_disabled() else kernel_compiler(),
        "threads": str(threads()),
        "cache": _cache(),
    }
    width = max(map(len, rows))
    return "\n".join(f"{name:{width}}  {value}" for name, value in rows.items())


def library_version(library):
    """The version of an installed library; None if it is not."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cache():
    """The folder for compiled kernels, and why it is not used, if so."""
    place, reason = code_cache.chosen_folder(), code_cache.refusal()
    if place is None:
        return "none: the user has no home"
    return f"{place} (not used: {reason})" if reason else str(place)


def processor_name():
    """The processor that kernels are compiled for, and its own name if the system reports it."""
    model = _model_name()
    return f"{model}, {_target()}" if model else _target()


def _model_name():
    """The processor's name on Linux, such as "AMD EPYC 9654 96-Core Processor"."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), None)
    except OSError:
        return None


def _target():
    try:
        name, _ = processor.target()
    except ImportError:  # no llvmlite: NumPy's references compute
        return platform.processor() or platform.machine()
    sets = [name for name in INSTRUCTION_SETS if name in processor.features()]
    return f"{name} with {', '.join(sets)}" if sets else name
