"""A wheel of minikeras for browsers, below 2 MB: the usual one without what is of no use there.

python -m docs._ext.browser_wheel FOLDER
"""

import base64
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
LARGEST = 2_000_000
"""Bytes that the wheel may have: what a reader downloads beside NumPy's 3 MB and Python's 14 MB."""

LEFT_OUT = {
    "minikeras/cli/": "the command line, for terminals; half of it starts processes",
    "minikeras/__main__.py": "the same",
    "minikeras/compat/": "the names of `import tensorflow` and `import keras`, for scripts that were written for these",
    "minikeras/kernels/machine/": "makes machine code by LLVM or Numba",
}
# What other modules import at once; these import neither of the two.
KEPT = tuple(f"minikeras/kernels/machine/{name}.py" for name in ("__init__", "code_cache", "fingerprints", "words"))


def build(folder):
    """Build the wheel in a folder, which then holds it alone of this package, and return its path."""
    for old in Path(folder).glob("minikeras_numpy-*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as work:
        whole = _usual_wheel(Path(work))
        smaller = Path(folder, whole.name)
        _copy_without(whole, smaller)
    return smaller


def is_left_out(name):
    """Whether a file of the usual wheel is not in that for browsers."""
    return name.startswith(tuple(LEFT_OUT)) and name not in KEPT


def _usual_wheel(work):
    """The wheel that `pip` makes of a copy of the source, so that no trace of it is left there."""
    source = work / "source"
    shutil.copytree(ROOT / "minikeras", source / "minikeras", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    options = ["-q", "--no-deps", "--no-build-isolation", "--no-index", "-w", work, source]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *map(str, options)], check=True)
    return next(work.glob("*.whl"))


def _copy_without(whole, smaller):
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(smaller, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as copy:
        record, lines = next(name for name in source.namelist() if name.endswith(".dist-info/RECORD")), []
        for name in source.namelist():
            if name != record and not is_left_out(name):
                contents = source.read(name)
                _write(copy, name, contents)
                lines.append(f"{name},{_hash(contents)},{len(contents)}")
        _write(copy, record, "\n".join([*lines, f"{record},,", ""]).encode())


def _write(archive, name, contents):
    """Always with the same date: the same source gives the same bytes."""
    archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), contents, zipfile.ZIP_DEFLATED)


def _hash(contents):
    """As wheels record it (PEP 427)."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).decode().rstrip("=")


if __name__ == "__main__":
    wheel = build(sys.argv[1])
    print(wheel, wheel.stat().st_size)
