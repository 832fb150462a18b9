"""Machine code on disk: made once, then loaded, made again when it is out of date (when damaged: tests/security)."""

import os
import subprocess
import sys
import textwrap

import pytest

from minikeras.kernels import loss_jobs
from minikeras.kernels.machine import ahead, code_cache, object_code
from minikeras.kernels.registry import jit_disabled
from minikeras.optimizers.sgd import sgd
from tests.waiting import DEADLINE

pytestmark = pytest.mark.skipif(jit_disabled(), reason="nothing is compiled")

KERNEL = """
import sys
import numpy as np
from minikeras.kernels.job_lists import run
from minikeras.kernels.tasks import floats, task_kernel
from factors import scaled


@task_kernel
def scale_rows(task, x: floats(2), y: floats(2), factor: float, first: int):
    for j in range(x.shape[1]):
        y[first + task, j] = scaled(factor * x[first + task, j])


x = np.arange(12, dtype="float32").reshape(4, 3)
y = np.zeros_like(x)
run([scale_rows.job(2, x, y, 2.0, 1)])
assert (y[[0, 3]] == 0).all()
compiled = "minikeras.kernels.machine.translation" in sys.modules
print(y[1, 1] / x[1, 1], compiled, "numba" in sys.modules)
"""

FACTORS = """
from minikeras.kernels.registry import subroutine

FACTOR = {factor}


@subroutine
def scaled(value):
    return np.float32(FACTOR) * value


import numpy as np
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    """A function that runs the kernel in a process of its own and gives (what y is of x, whether it was compiled)."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "scale.py").write_text(KERNEL)

    def run_script(factor=1):
        source = FACTORS.format(factor=factor)
        if not (tmp_path / "factors.py").exists() or (tmp_path / "factors.py").read_text() != source:
            (tmp_path / "factors.py").write_text(source)
        done = subprocess.run(
            [sys.executable, str(tmp_path / "scale.py")], capture_output=True, text=True, check=True, timeout=DEADLINE
        )
        factor, compiled, numba = done.stdout.split()
        assert numba == "False"
        return float(factor), compiled == "True"

    return run_script


def object_files(folder):
    return {file.name.split("-")[0]: file for file in folder.rglob(f"*{code_cache.SUFFIX}")}


@pytest.mark.full
def test_code_is_compiled_once_until_it_is_out_of_date(script, tmp_path):
    assert script() == (2.0, True)
    assert script() == (2.0, False)

    before = object_files(tmp_path / "cache")["__main__.scale_rows"]
    assert script(factor=10) == (20.0, True)  # a subroutine's constant and file
    assert script(factor=10) == (20.0, False)
    assert object_files(tmp_path / "cache")["__main__.scale_rows"] != before
    assert not before.exists()


@pytest.mark.full
def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path):
    (tmp_path / "file").write_text("")
    code = """
    import numpy as np
    from minikeras.kernels.blas import matmul
    x = np.ones((200, 200), "float32")
    print(matmul(x, x)[0, 0])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE,
        env={"PATH": "", "NUMBA_CACHE_DIR": str(tmp_path / "file" / "cache")},
    )
    assert done.stdout.split() == ["200.0"]


COMPILE_AHEAD = """
import sys
import numpy as np
from minikeras.kernels import loss_jobs, transposition
from minikeras.kernels.machine import ahead
from minikeras.optimizers.sgd import sgd
kernels = [sgd.chunks, loss_jobs.sums_of_rows, transposition.transpose_column_blocks, loss_jobs.add_weighted]
ahead.WAIT_SECONDS = {deadline}
codes = ahead.codes_of(kernels)
print(sum(code.is_on_disk() for code in codes.values()))
{meanwhile}
ahead.compile_ahead(kernels)
print(len(codes) - sum(code.is_on_disk() for code in codes.values()), *codes)
"""


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "meanwhile",
    ["", "ahead.sys.executable = '/no/such/file'", "ahead.sys.executable = '/bin/false'"],
    ids=["others help", "none can be started", "others end at once"],
)
def test_what_a_plan_needs_is_compiled_by_several_processes(tmp_path, meanwhile):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "MINIKERAS_THREADS": "2"}
    program = COMPILE_AHEAD.format(meanwhile=meanwhile, deadline=DEADLINE)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=DEADLINE, env=environment
    )
    assert done.stdout.split() == [
        "0",
        "0",
        "minikeras.kernels.machine.copying:transpose_tile",
        "minikeras.optimizers.sgd:sgd.chunks",
        "minikeras.kernels.loss_jobs:sums_of_rows",
        "minikeras.kernels.transposition:transpose_column_blocks",
        "minikeras.kernels.loss_jobs:add_weighted",
        *[f"minikeras.kernels.machine.pool:{name}" for name in ("_run", "_call", "_serve")],
    ]
    assert list(tmp_path.rglob(f"*{code_cache.UNFINISHED}")) == []


def test_nothing_is_compiled_ahead_of_need_where_it_could_not_be_kept(monkeypatch):
    def fail(*arguments):
        pytest.fail("compiled for nothing")

    monkeypatch.setattr(code_cache, "folder", lambda: None)
    monkeypatch.setattr(ahead, "threads", lambda: 2)
    monkeypatch.setattr(ahead, "_start", fail)
    ahead.compile_ahead([sgd.chunks, loss_jobs.sums_of_rows, loss_jobs.mean_of_all])
    object_code.Code("function", (), fail).prepare()


@pytest.fixture
def file_of(tmp_path, monkeypatch):
    """A function that gives the file of a `Code`."""
    monkeypatch.setattr(code_cache, "folder", lambda: tmp_path)
    return lambda: object_code.Code("function", (), bytes)._entry.file


def test_code_for_another_system_lies_in_another_file(file_of, monkeypatch):
    before = file_of()
    monkeypatch.setattr(object_code.binding, "get_process_triple", lambda: "arm64-apple-darwin24.0.0")
    assert file_of() != before


def test_an_edit_of_the_compiler_makes_all_files_outdated(file_of, monkeypatch):
    before = file_of()
    monkeypatch.setattr(object_code, "_made_by", lambda: "another compiler")
    after = file_of()
    assert before.name.rsplit("-", 1)[0] == after.name.rsplit("-", 1)[0]  # so that the new one replaces the old one
    assert before != after
