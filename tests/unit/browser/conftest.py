"""What tests in Node and in a browser share: Pyodide's files, a built site, a browser; or why there are none."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import DEADLINE

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PATIENCE = "TIMEOUT = 3000;"  # milliseconds to answer an interrupt, which a busy machine may take from Python


@pytest.fixture(scope="session")
def pyodide_folder(tmp_path_factory):
    """A folder with Pyodide, NumPy and a wheel of this minikeras."""
    pytest.importorskip("pip", reason="pip builds the wheel")
    pytest.importorskip("setuptools", minversion="77")
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"Pyodide comes by npm and runs in Node: {program} is not installed.")
    from docs._ext import pyodide_files  # here: only these tests need it

    try:
        return pyodide_files.write_files(tmp_path_factory.mktemp("pyodide"))
    except pyodide_files.Unavailable as reason:
        pytest.skip(f"Pyodide's files cannot be had here. {reason}")


@pytest.fixture(scope="session")
def site(pyodide_folder, tmp_path_factory):
    """The built site."""
    for package in ("sphinx", "myst_nb", "furo"):
        pytest.importorskip(package, reason=f"{package} builds the pages")
    folder = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source")
    for page in (*(HERE / "site").iterdir(), ROOT / "docs" / "playground.md"):
        if page.is_file():
            shutil.copy(page, source)
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-D",
        f"html_static_path={ROOT / 'docs' / '_static'}",
        source,
        folder,
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert not done.returncode, done.stderr[-3000:]
    script = folder / "_static" / "page_python.js"
    text = script.read_text(encoding="utf-8")
    assert PATIENCE in text
    script.write_text(text.replace(PATIENCE, f"TIMEOUT = {1000 * DEADLINE:g};"), encoding="utf-8")
    modules = folder / "_static" / "pyodide"
    shutil.copy(HERE / "digits_network.py", modules / "modules")
    names = json.loads((modules / "modules.json").read_text())
    (modules / "modules.json").write_text(json.dumps([*names, "digits_network.py"]))
    return folder


@pytest.fixture(scope="module")
def chromium():
    """A headless browser. (Of a module: Playwright runs once in a process, and other modules open it too.)"""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("No Chromium is installed.")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"], timeout=1000 * DEADLINE)
        yield browser
        browser.close()
