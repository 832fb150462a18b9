"""Kernels compiled by our translator, by Numba, and as Python: the same kernels run, and give the same results."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

from benchmarks.kernel_table import all_kernels, all_of
from minikeras.config import kernel_compiler
from minikeras.kernels.formula_kernels import FormulaKernel
from minikeras.kernels.job_lists import run
from minikeras.kernels.machine import numba_formulas
from minikeras.kernels.machine.untranslatable import Untranslatable
from minikeras.kernels.registry import Native, Subroutine, jit_disabled
from minikeras.kernels.tasks import TaskKernel, floats, task_kernel
from tests.kernels import small_networks
from tests.kernels.comparing import assert_same_results, results_of
from tests.waiting import DEADLINE

COMPILED = pytest.mark.skipif(jit_disabled() or kernel_compiler() == "numba", reason="about the translator")
BY_NUMBA = ("dense",)  # without --long: Numba takes half a second for each kernel
WAYS = {
    "translator": {"NUMBA_DISABLE_JIT": "0", "MINIKERAS_COMPILER": ""},
    "numba": {"NUMBA_DISABLE_JIT": "0", "MINIKERAS_COMPILER": "numba"},
    "python": {"NUMBA_DISABLE_JIT": "1", "MINIKERAS_COMPILER": ""},
}
ASKED_FOR = {  # program: task kernels of the algorithm that it asks for
    "winograd_convolution": {"transform_kernel", "winograd_tiles"},
    "winograd_tiles1d": {"winograd_tiles1d", "winograd_tile1d_gradients"},
    "direct_convolution": {"direct_lines", "kernel_gradient_lines"},
    "convolution_by_definition": set(),
    "large_arrays": {"product_tasks", "run_micro_batch", "softmax_part"},
}
OF_CONVOLUTIONS = {"winograd", "direct"}


@pytest.mark.full
def test_networks_run_the_same_kernels_by_both_compilers_and_as_python(tmp_path, request):
    """In plans and on the tape, with every algorithm of convolution: the same sets of kernels, and equal results."""
    names = dict.fromkeys(WAYS, tuple(small_networks.PROGRAMS))
    if not request.config.getoption("--long"):
        names["numba"] = BY_NUMBA
    results = results_of(tmp_path, WAYS, names)
    for way in ("numba", "python"):
        for name in names[way]:
            expected, actual = (set(results[which][f"{name}/kernels"].tolist()) for which in ("translator", way))
            assert actual == expected, (name, way)
            assert_same_results(results["translator"], results[way], name)
    ran = {kernel for name in names["python"] for kernel in results["python"][f"{name}/kernels"].tolist()}
    task_kernels = {kernel.name for kernel in all_kernels().values() if isinstance(kernel, TaskKernel)}
    assert len(task_kernels) > 200
    assert sorted(task_kernels - ran) == [], "no program of small_networks.py runs these"
    if hasattr(sys, "monitoring"):  # by which the programs note them
        functions = all_of(Subroutine, Native).keys() - results["python"]["functions"].tolist()
        assert sorted(functions) == [], "no program of small_networks.py runs these"
    for name, kernels in ASKED_FOR.items():
        assert kernels <= set(results["python"][f"{name}/kernels"].tolist())
    by_definition = " ".join(results["python"]["convolution_by_definition/kernels"].tolist())
    assert not any(word in by_definition for word in OF_CONVOLUTIONS)


def test_a_program_that_fails_leaves_no_process_behind(tmp_path, monkeypatch):
    started, start = [], subprocess.Popen

    def recording(*arguments, **options):
        started.append(start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", recording)
    with pytest.raises(AssertionError, match="KeyError: 'no such program'"):
        results_of(tmp_path, {"fails": {}, "runs": {}}, {"fails": ("no such program",), "runs": ("all_optimizers",)})
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


def test_every_formula_is_written_for_numba_too():
    formulas = [kernel for kernel in all_kernels().values() if isinstance(kernel, FormulaKernel)]
    assert len(formulas) > 40
    for kernel in formulas:
        assert callable(numba_formulas.loop(kernel))


# --- what the translator cannot translate ----------------------------------------------------------------------------


@task_kernel
def hyperbolic(task, x: floats(1), y: floats(1)):
    """y = tanh x, which the translator has no name for."""
    for i in range(x.size):
        y[i] = np.tanh(x[i])


@task_kernel
def text_of(task, x: floats(1)):
    """What no compiler takes."""
    x[0] = float(repr(x[0]))


@COMPILED
def test_numba_compiles_what_the_translator_cannot_after_one_warning():
    x, y = np.linspace(-2, 2, 9, dtype=np.float32), np.zeros(9, np.float32)
    with pytest.warns(RuntimeWarning, match=r"Numba compiles `hyperbolic`.*np\.tanh") as caught:
        run([hyperbolic.job(1, x, y)])
    assert len(caught) == 1
    np.testing.assert_allclose(y, np.tanh(x), rtol=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run([hyperbolic.job(1, y, x)])
    np.testing.assert_allclose(x, np.tanh(y), rtol=1e-6)


@COMPILED
def test_what_neither_can_compile_says_why():
    with pytest.raises(Untranslatable, match="a call of `repr"):
        run([text_of.job(1, np.ones(1, np.float32))])


def test_a_user_s_formula_that_numba_cannot_compile_runs_by_numpy_after_one_warning():
    finished = _python(
        """
import numpy as np
from minikeras.kernels.update_rule import update_rule

@update_rule(slots=0)
def users_own(w, g, rate):
    return (np.subtract(w, rate * g, dtype=np.float32),)

w = np.ones(3, np.float32)
users_own(w, w.copy(), 0.25)
users_own(w, w.copy(), 0.0)
print(*w)
""",
        MINIKERAS_COMPILER="numba",
        NUMBA_DISABLE_JIT="0",
    )
    assert finished.stdout.split() == ["0.75"] * 3, finished.stderr
    assert finished.stderr.count("UserWarning: The optimizer's formula `users_own` cannot be compiled") == 1


# --- the setting -----------------------------------------------------------------------------------------------------


def _python(code, **variables):
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": ".", **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DEADLINE)


def test_another_compiler_is_an_error_that_names_those_there_are():
    finished = _python("import minikeras", MINIKERAS_COMPILER="gcc")
    assert finished.returncode != 0
    choices = "must be one of ('translator', 'numba'), or not set. Received: MINIKERAS_COMPILER='gcc'"
    assert f"ValueError: The environment variable MINIKERAS_COMPILER {choices}" in finished.stderr


@pytest.mark.parametrize("value, expected", [("", "translator"), ("translator", "translator"), ("numba", "numba")])
def test_the_setting_is_read_at_the_start(value, expected):
    finished = _python("import minikeras; print(minikeras.config.kernel_compiler())", MINIKERAS_COMPILER=value)
    assert finished.stdout.split() == [expected], finished.stderr
