"""Every kernel of the `KERNELS` table against its reference, compiled and as plain Python."""

import importlib
import os
import pkgutil
import subprocess
import sys

import numpy as np
import pytest

import minikeras.kernels
from minikeras.kernels.registry import KERNELS, jit_disabled
from tests.kernels.cases import CASES
from tests.waiting import DEADLINE

for module in pkgutil.walk_packages(minikeras.kernels.__path__, "minikeras.kernels."):
    if not module.name.startswith("minikeras.kernels.machine."):  # those need Numba; kernels import them when they must
        importlib.import_module(module.name)

ALL_CASES = [
    pytest.param(name, case, dtype, id=f"{name}-{index}-{dtype}{'-small' if case.small else ''}")
    for name, cases in CASES.items()
    for index, case in enumerate(cases)
    for dtype in ("float32", "float64")
]


def _cast(arguments, dtype):
    """Copies of the arguments, float64 arrays and numbers as `dtype`."""
    is_real = [isinstance(value, (np.ndarray, np.floating)) and value.dtype == np.float64 for value in arguments]
    return [
        value.astype(dtype) if real else value.copy() if isinstance(value, np.ndarray) else value
        for value, real in zip(arguments, is_real, strict=True)
    ]


def _outcome(function, arguments):
    """What a kernel gives back and what it leaves in its array arguments, which it may change in place."""
    result = function(*arguments)
    results = result if isinstance(result, tuple) else () if result is None else (result,)
    return [*results, *(value for value in arguments if isinstance(value, np.ndarray))]


def test_every_kernel_has_cases():
    names = {name for name, kernel in KERNELS.items() if not kernel.__module__.startswith("minikeras.kernels.random")}
    assert names == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_kernel_says_what_it_computes(name):
    assert KERNELS[name].__doc__.strip()


@pytest.mark.parametrize("name", CASES)
def test_some_case_runs_the_fast_body(name):
    cases = [_cast(case.make(np.random.default_rng(0)), dtype) for case in CASES[name] for dtype in ("f4", "f8")]
    assert any(KERNELS[name].when(*arguments) for arguments in cases)


@pytest.mark.parametrize("name, case, dtype", ALL_CASES)
def test_a_kernel_equals_its_reference(name, case, dtype):
    kernel = KERNELS[name]
    if jit_disabled() and not case.small:
        pytest.skip("too slow as plain Python")
    arguments = case.make(np.random.default_rng(len(name)))
    actual = _outcome(kernel, _cast(arguments, dtype))
    same_dtype = _outcome(kernel.reference, _cast(arguments, dtype))
    exact = _outcome(kernel.reference, _cast(arguments, "float64"))
    for got, alike, expected in zip(actual, same_dtype, exact, strict=True):
        assert got.dtype == alike.dtype
        assert got.shape == alike.shape
        if case.tolerance == 0:
            np.testing.assert_array_equal(got, alike)
        else:
            scale = np.abs(expected).max(initial=1.0)
            limit = case.tolerance * np.finfo(dtype).eps * scale
            np.testing.assert_allclose(got, expected, rtol=0, atol=limit)


@pytest.mark.skipif(jit_disabled(), reason="this is the run with the JIT disabled")
def test_all_kernels_equal_their_references_as_plain_python():
    command = [sys.executable, "-m", "pytest", "-n0", "-q", "-k", "equals_its_reference and small", __file__]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DEADLINE)
    assert finished.returncode == 0, finished.stdout[-3000:]
