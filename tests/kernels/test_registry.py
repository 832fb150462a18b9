"""How a kernel is chosen, compiled late and once, and does without Numba."""

import os
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

from minikeras.kernels import registry
from minikeras.kernels.registry import jit_disabled, kernel, subroutine
from tests.waiting import DEADLINE, run_together

needs_jit = pytest.mark.skipif(jit_disabled(), reason="about compiled code")
FACTOR = 3.0


@pytest.fixture
def table(monkeypatch):
    """An empty `KERNELS`, so that the kernels made here do not stay."""
    monkeypatch.setattr(registry, "KERNELS", {})
    return registry.KERNELS


@subroutine
def tripled(value):
    return FACTOR * value


def total_reference(x):
    """Σ 3x."""
    return ("reference", FACTOR * x.sum())


def make_total():
    @kernel(reference=total_reference, when=lambda x: x.size > 3)
    def total(x):
        result = 0.0
        for i in range(x.size):
            result += tripled(x[i])
        return ("loop", result)

    return total


def run(program, **environment):
    """Runs a program in a new interpreter and returns what it printed; fails with its error text."""
    command = [sys.executable, "-W", "always", "-c", textwrap.dedent(program)]
    finished = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=DEADLINE
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    return finished.stdout, finished.stderr


def test_when_chooses_between_loop_and_reference(table):
    total = make_total()
    assert total(np.ones(5)) == ("loop", 15.0)
    assert total(np.ones(2)) == ("reference", 6.0)


def test_a_kernel_is_in_the_table_with_its_parts(table):
    total = make_total()
    assert table == {"total": total}
    assert total.reference is total_reference
    assert total.__doc__ == total_reference.__doc__
    assert total.function(np.ones(5)) == ("loop", 15.0)


def test_two_kernels_of_one_name_are_refused(table):
    make_total()
    with pytest.raises(ValueError, match="Kernel names must be unique"):
        make_total()


@needs_jit
def test_threads_that_come_together_compile_once(table):
    total = make_total()
    start = threading.Barrier(4, timeout=DEADLINE)
    bodies = []

    def call():
        start.wait()
        total(np.ones(5))
        bodies.append(total.fast)

    run_together(call, call, call, call)
    assert len(bodies) == 4
    assert len({id(body) for body in bodies}) == 1
    assert bodies[0].signatures == [bodies[0].signatures[0]]


def test_importing_all_kernels_imports_no_numba():
    run(
        """
        import importlib, pkgutil, sys, minikeras.kernels
        for module in pkgutil.walk_packages(minikeras.kernels.__path__, "minikeras.kernels."):
            if not module.name.startswith("minikeras.kernels.machine."):
                importlib.import_module(module.name)
        assert "numba" not in sys.modules
        """
    )


GAMMA = """
    import sys
    import numpy as np
    from minikeras.kernels.random import gamma, philox
    arguments = *philox.from_seed_pair((1, 2)), np.array([0.5, 2.0]), 64
    assert np.allclose(gamma.standard_gamma(*arguments), gamma.standard_gamma_reference(*arguments))
    print(gamma.standard_gamma.fast.__name__, "numba" in sys.modules)
"""


def test_with_the_jit_disabled_the_loop_is_plain_python():
    printed, _ = run(GAMMA, NUMBA_DISABLE_JIT="1")
    assert printed.split() == ["standard_gamma", "False"]


def test_without_numba_the_references_run_after_one_warning():
    program = "import sys; sys.modules['numba'] = None\n" + textwrap.dedent(GAMMA)
    printed, errors = run(program, NUMBA_DISABLE_JIT="0")
    assert printed.split() == ["standard_gamma_reference", "True"]
    assert errors.count("RuntimeWarning: Numba could not be imported") == 1


def test_without_numba_formulas_and_large_arrays_go_by_numpy():
    program = """
        import sys
        sys.modules["numba"] = sys.modules["llvmlite"] = None
        import numpy as np
        from minikeras.kernels import activation, elementwise, softmax
        for size in (10, 100_000):
            x = np.ones((size, 1), np.float32)
            print(activation.relu(x)[0, 0], softmax.softmax(x)[0, 0], activation.sigmoid(0 * x)[0, 0])
            print(elementwise.add(x, x)[0, 0], activation.gelu_gradient(x, 0 * x)[0, 0])
    """
    printed, errors = run(program, NUMBA_DISABLE_JIT="0")
    assert printed.split() == ["1.0", "1.0", "0.5", "2.0", "0.5"] * 2
    assert errors.count("RuntimeWarning: Numba could not be imported") == 1


@needs_jit
def test_compiled_code_is_kept_on_disk_until_a_source_or_constant_changes(tmp_path):
    (tmp_path / "factors.py").write_text(
        "from minikeras.kernels.registry import subroutine\nFACTOR = 2.0\n"
        "@subroutine\ndef scaled(value):\n    return FACTOR * value\n"
    )
    (tmp_path / "scaling.py").write_text(
        "from minikeras.kernels.registry import kernel\nfrom factors import scaled\n"
        "@kernel(reference=lambda x: None, when=lambda x: True)\n"
        "def first_scaled(x):\n    return scaled(x[0])\n"
    )
    program = """
        import numpy as np
        from scaling import first_scaled
        print(first_scaled(np.ones(1)), sum(first_scaled.fast.stats.cache_hits.values()))
    """
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()]), "NUMBA_CACHE_DIR": str(tmp_path)}
    assert run(program, **environment)[0].split() == ["2.0", "0"]
    assert run(program, **environment)[0].split() == ["2.0", "1"]
    changed = (tmp_path / "factors.py").read_text().replace("2.0", "55.0")
    (tmp_path / "factors.py").write_text(changed)
    assert run(program, **environment)[0].split() == ["55.0", "0"]


@needs_jit
def test_within_references_small_arrays_are_not_compiled_for(table):
    total = make_total()
    with registry.references():
        assert total(np.ones(5)) == ("reference", 15.0)
        assert total(np.ones(registry.SMALL))[0] == "loop"
        others = []
        run_together(lambda: others.append(registry.compiles()))
        assert others == [True]
        assert not registry.compiles()
    assert registry.compiles()
    assert total(np.ones(5)) == ("loop", 15.0)


@needs_jit
def test_without_source_files_references_compute(monkeypatch):
    monkeypatch.setattr(registry.linecache, "getline", lambda file, number: "")
    monkeypatch.setattr(registry, "_warned", False)
    with pytest.warns(RuntimeWarning, match="Deliver it with its .py files"):
        assert registry.cannot_compile.__wrapped__()
