"""The wheel for browsers: its size, and a training in Node's Pyodide, where micropip installs it."""

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from docs._ext import browser_wheel
from tests.unit.browser.digits_network import losses

pytestmark = pytest.mark.full

PLATFORMS = 1e-6  # relative; compiled kernels and NumPy built for WebAssembly add in different orders
HERE = Path(__file__).parent
# "lzma" opens .xz archives: Pyodide has that part of the standard library as a package that the site does without.
FOR_OTHER_PACKAGES = (
    "lzma",
    "h5py",
    "ml_dtypes",
    "sklearn",
    "tensorboardX",
    "PIL",
    "cv2",
    "llvmlite",
    "numba",
    "mpi4py",
    "onnx",
)


@pytest.fixture(scope="module")
def wheel(pyodide_folder):
    return next(pyodide_folder.glob("minikeras_numpy-*.whl"))


def test_the_wheel_is_pure_python_below_two_megabytes(wheel):
    assert wheel.name.endswith("-py3-none-any.whl")
    assert wheel.stat().st_size < browser_wheel.LARGEST
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"minikeras/__init__.py", "minikeras/datasets/digits.npz", *browser_wheel.KEPT} < set(names)
    assert not [name for name in names if browser_wheel.is_left_out(name)]


@pytest.fixture(scope="module")
def report(pyodide_folder, tmp_path_factory):
    """What `program_in_node.py` found."""
    program = (HERE / "program_in_node.py").read_text(encoding="utf-8")
    digits = (HERE / "digits_network.py").read_text(encoding="utf-8").split('"""', 2)[2]
    file = tmp_path_factory.mktemp("program") / "program.py"
    file.write_text(program.replace('"""PROGRAM"""', repr(digits)), encoding="utf-8")
    done = subprocess.run(["node", HERE / "in_node.mjs", pyodide_folder, file], capture_output=True, text=True)
    assert not done.returncode, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_micropip_installs_it_and_the_digits_network_has_the_native_losses(report):
    assert report["platform"] == "emscripten"
    assert {"minikeras-numpy", "numpy", "rich"} < set(report["installed"])
    assert not {"numba", "llvmlite", "h5py"} & set(report["installed"])
    assert report["losses"] == pytest.approx(losses(), rel=PLATFORMS)


def test_indices_of_32_bits_count_as_those_of_64(report):
    assert report["counted"] == {
        "bincount": [1, 0, 2],
        "area": 1.0,
        "page": True,
        "rows": [1, 0, 2],
        "splits": [0, 1, 1, 3],
        "brightest": 255.0,
    }


def test_a_model_is_saved_and_loaded_without_h5py(report):
    assert report["saved"] is True


def test_all_modules_of_the_wheel_can_be_imported_but_those_for_other_packages(report):
    failed = {
        module: error for module, error in report["failed"].items() if not any(p in error for p in FOR_OTHER_PACKAGES)
    }
    assert failed == {}
