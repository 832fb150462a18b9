"""minikeras without Numba, llvmlite, h5py, ml_dtypes, threads and processes, simulated in a process of this machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from minikeras.data import executors
from tests.unit.browser.digits_network import losses

PLATFORMS = 1e-6  # relative; NumPy's references and compiled kernels add in different orders


@pytest.fixture(scope="module")
def report():
    program = Path(__file__).with_name("as_in_a_browser.py")
    done = subprocess.run([sys.executable, program], capture_output=True, text=True)
    assert not done.returncode, done.stderr
    assert not done.stderr
    return json.loads(done.stdout)


def test_losses_are_those_of_compiled_kernels(report):
    assert report["losses"] == pytest.approx(losses(), rel=PLATFORMS)


def test_workers_make_their_batches_in_the_only_thread(report):
    targets = [(3 * index - 1) ** 2 for index in range(3)]
    assert report["workers"] == pytest.approx(sum(targets) / 3)
    assert report["windows"] == 49


def test_models_are_saved_without_h5py(report):
    assert report["save"] is True


def test_one_sentence_names_a_missing_package(report):
    assert report["bfloat16"].endswith("needs ml_dtypes, which could not be imported: python -m pip install ml_dtypes")
    assert report["json"] == 8


def test_an_error_of_a_call_is_raised_where_its_result_is_asked_for():
    with executors.InThisThread() as executor:
        failed = executor.submit(lambda: 1 / 0)
        assert executor.submit(max, 1, 2).result() == 2
    with pytest.raises(ZeroDivisionError):
        failed.result()
