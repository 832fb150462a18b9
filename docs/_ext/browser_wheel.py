"""A wheel of minikeras for browsers, below 2 MB: the usual one without what browsers cannot use.

python -m docs._ext.browser_wheel FOLDER
"""

import ast
import base64
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
LARGEST = 2_000_000
"""The largest size of the wheel in bytes: a reader downloads it in addition to NumPy's 3 MB and Python's 14 MB."""

LEFT_OUT = {
    "minikeras/tools/cli/": "the command line, for terminals; half of it starts processes",
    "minikeras/__main__.py": "the same",
    "minikeras/compat/": "the names of `import tensorflow` and `import keras`, for scripts that were written for these",
    "minikeras/kernels/machine/": "makes machine code by LLVM or Numba",
    "minikeras/export/": "writes files for servers, as ONNX's are by the package onnx, which is not there",
    "minikeras/exporting/": "the same",
    "minikeras/formats/saved_model/": "reads such files, for the names of `import tensorflow` and TFSMLayer",
}
# What other modules import at once; these import neither LLVM nor Numba.
KEPT = tuple(f"minikeras/kernels/machine/{name}.py" for name in ("__init__", "fingerprints", "untranslatable", "words"))


MODULE = re.compile(r"minikeras(?:\.\w+)*")


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
    """Whether a file of the usual wheel belongs to what `LEFT_OUT` lists."""
    return name.startswith(tuple(LEFT_OUT)) and name not in KEPT


def needed(sources):
    """The files that imports lead to from `import minikeras` and from the site's pages, without what is left out.

    So modules that only the command line or the names of TensorFlow use are not part of the wheel either.

    Args:
        sources: {path of a Python file: its text}.
    """
    files = {_module(name): name for name in sources if not is_left_out(name)}
    found, waiting = set(), ["minikeras", *named_by_pages()]
    while waiting:
        module = waiting.pop()
        if module in files and module not in found:
            found.add(module)
            waiting += [module.rpartition(".")[0], *_imports(sources[files[module]])]
    return {files[module] for module in found}


def named_by_pages():
    """Names of modules in pages of the site, whose cells a reader runs, and in the examples that these import."""
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "_static").glob("*.py")]
    for folder in ("docs/course", "docs/museum", "examples/internals"):
        pages += [page for page in (ROOT / folder).glob("*") if page.suffix in (".md", ".py")]
    return {name for page in pages for name in MODULE.findall(page.read_text(encoding="utf-8"))}


def _module(name):
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imports(source):
    """All names that a module imports, also within functions; `a.b` and `a.b.c` for `from a.b import c`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


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
        kept = needed({name: source.read(name).decode() for name in source.namelist() if name.endswith(".py")})
        for name in source.namelist():
            if name != record and (name in kept if name.endswith(".py") else not is_left_out(name)):
                contents = source.read(name)
                _write(copy, name, contents)
                lines.append(f"{name},{_hash(contents)},{len(contents)}")
        _write(copy, record, "\n".join([*lines, f"{record},,", ""]).encode())


def _write(archive, name, contents):
    """Always with the same date: the same source gives the same bytes."""
    archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), contents, zipfile.ZIP_DEFLATED, compresslevel=9)


def _hash(contents):
    """As wheels record it (PEP 427)."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).decode().rstrip("=")


if __name__ == "__main__":
    wheel = build(sys.argv[1])
    print(wheel, wheel.stat().st_size)
