"""When kernels are compiled, and what happens where they cannot be."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from minikeras.kernels import registry
from minikeras.kernels.registry import jit_disabled
from tests.waiting import DEADLINE, run_together

needs_jit = pytest.mark.skipif(jit_disabled(), reason="about compiled code")


def run(program, **environment):
    """Runs a program in a new interpreter and returns what it printed; fails with its error text."""
    command = [sys.executable, "-W", "always", "-c", textwrap.dedent(program)]
    finished = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=DEADLINE
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    return finished.stdout, finished.stderr


@needs_jit
def test_a_debugger_sees_references(monkeypatch):
    x = np.ones((2, 3), np.float32)
    assert registry.compiles(x)
    monkeypatch.setattr(registry, "attached_debugger", lambda: "pdb")
    assert not registry.compiles(x)


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


TRAINING = """
    import sys
    {before}
    import numpy as np, minikeras as keras
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.5)])
    model.compile("adam", "mse")
    x = np.ones((64, 4), np.float32)
    model.fit(x, np.ones((64, 8), np.float32), epochs=2, verbose=0)
    print("numba" in sys.modules and sys.modules["numba"] is not None)
"""


@pytest.mark.parametrize("before", ["", "sys.modules['numba'] = None"], ids=["with Numba", "without"])
def test_a_training_is_compiled_without_numba(before):
    printed, errors = run(TRAINING.format(before=before))
    assert printed.split() == ["False"]
    assert "RuntimeWarning" not in errors


@pytest.mark.parametrize("library, compiler", [("llvmlite", "translator"), ("numba", "numba")])
def test_without_the_compiler_s_library_everything_goes_by_numpy_after_one_warning(library, compiler):
    program = f"""
        import sys
        sys.modules["{library}"] = None
        import numpy as np
        from minikeras.kernels import activation, elementwise, softmax
        from minikeras.kernels.update_rule import update_rule
        for size in (10, 100_000):
            x = np.ones((size, 1), np.float32)
            print(activation.relu(x)[0, 0], softmax.softmax(x)[0, 0], activation.sigmoid(0 * x)[0, 0])
            print(elementwise.add(x, x)[0, 0], activation.gelu_gradient(x, 0 * x)[0, 0])
        @update_rule(slots=0)
        def users_own(w, g, rate):
            return (w - rate * g,)
        users_own(x, x.copy(), 0.25)
        print(x[0, 0])
    """
    printed, errors = run(program, NUMBA_DISABLE_JIT="0", MINIKERAS_COMPILER=compiler)
    assert printed.split() == ["1.0", "1.0", "0.5", "2.0", "0.5"] * 2 + ["0.75"]
    assert errors.count("RuntimeWarning: ") == errors.count(f"RuntimeWarning: {library} could not be imported") == 1


@needs_jit
def test_compiled_code_is_kept_on_disk_until_a_source_or_constant_changes(tmp_path):
    (tmp_path / "factors.py").write_text(
        "from minikeras.kernels.registry import subroutine\nFACTOR = 2.0\n"
        "@subroutine\ndef scaled(value):\n    return FACTOR * value\n"
    )
    (tmp_path / "scaling.py").write_text(
        "from minikeras.kernels.tasks import floats, task_kernel\nfrom factors import scaled\n"
        "@task_kernel\ndef first_scaled(task, x: floats(1)):\n    x[0] = scaled(x[0])\n"
    )
    program = """
        import sys
        import numpy as np
        from minikeras.kernels.job_lists import run
        from scaling import first_scaled
        x = np.ones(1, np.float32)
        run([first_scaled.job(1, x)])
        print(x[0], "minikeras.kernels.machine.translation" in sys.modules)
    """
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()]), "NUMBA_CACHE_DIR": str(tmp_path)}
    assert run(program, **environment)[0].split() == ["2.0", "True"]
    assert run(program, **environment)[0].split() == ["2.0", "False"]
    changed = (tmp_path / "factors.py").read_text().replace("2.0", "55.0")
    (tmp_path / "factors.py").write_text(changed)
    assert run(program, **environment)[0].split() == ["55.0", "True"]


def test_within_references_small_arrays_are_not_compiled_for():
    with registry.references():
        others = []
        run_together(lambda: others.append(registry.compiles()))
        assert others == [True]
        assert not registry.compiles(np.ones(5))
        assert registry.compiles(np.ones(registry.SMALL))
        assert not registry.compiles()
    assert registry.compiles()


@needs_jit
def test_without_source_files_references_compute(monkeypatch):
    monkeypatch.setattr(registry.linecache, "getline", lambda file, number: "")
    monkeypatch.setattr(registry, "_warned", False)
    with pytest.warns(RuntimeWarning, match="Deliver it with its .py files"):
        assert registry.cannot_compile.__wrapped__()
