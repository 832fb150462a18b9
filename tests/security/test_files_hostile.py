"""Hostile and odd files: one documented error each, nothing changed, and bounded memory and disk.

All are loaded in one child process, so that a file which ends the process or fills its memory fails the test only.
"""

import os
import shutil
import tempfile
import warnings
from pathlib import Path

import pytest

import minikeras as keras
from minikeras.saving import KerasFileEditor
from minikeras.utils.training_state import load_state, save_state
from tests.security import hostile_archives, hostile_files, hostile_weights  # noqa: F401 - they fill `CASES`
from tests.security.children import Usage, run_in_child
from tests.security.hostile_case import CASES, MEGABYTE
from tests.security.subjects import CUSTOM_OBJECTS, plain, state_of, with_words

MAX_MEMORY = 130 * MEGABYTE  # the allowance of 64 MiB, twice for what is in the course of being read
MAX_ON_DISK = 80 * MEGABYTE
TIMEOUT = 300
HOSTILE = "test_hostile_files["  # the names of the tests begin so
FORBIDDEN = {"RecursionError", "AttributeError", "KeyError", "MemoryError", "ZeroDivisionError", "AssertionError"}


def load_all(folder, names):
    """Load the cases of these names and yield what came of each. Runs in a child process."""
    warnings.simplefilter("ignore")
    tempfile.tempdir = str(Path(folder, "temporary"))
    os.mkdir(tempfile.tempdir)
    good = {path.name.removeprefix("good"): path for path in Path(folder).glob("good*")}
    model = plain()
    before = state_of(model)
    load(model, good[".weights.h5"])
    model = plain()
    for number, case in enumerate(case for case in CASES if case.name in names):
        path = Path(folder, f"case{number}{case.ending}")
        shutil.copy(good[case.ending], path)
        case.build(path)
        usage = Usage()
        error = error_of(load, model, path)
        result = {"name": case.name, "error": kinds_of(error), "message": str(error)[:2000]}
        if case.ending in (".weights.h5", ".keras", ".words.keras"):
            result["error_of_editor"] = kinds_of(error_of(KerasFileEditor, path))
        result["memory"], result["disk"] = usage.so_far()
        result["changed"] = state_of(model) != before
        result["left"] = os.listdir(tempfile.tempdir)
        yield result
        path.unlink()
        if result["changed"]:
            model = plain()


def error_of(function, *arguments):
    """What a call raises; None if nothing."""
    try:
        function(*arguments)
    except Exception as error:
        return error
    return None


def kinds_of(error):
    """The names of the classes of an error."""
    return [] if error is None else [kind.__name__ for kind in type(error).__mro__]


def load(model, path):
    """Load a file by its ending."""
    if path.name.endswith(".state.npz"):
        load_state(model, path)
    elif path.name.endswith((".weights.h5", ".npz")):
        model.load_weights(path)
    else:
        keras.models.load_model(path, custom_objects=CUSTOM_OBJECTS)


def write_good_files(folder):
    """Write the files that are then made bad: "good" with each ending."""
    model = plain()
    model.save_weights(folder / "good.weights.h5")
    model.save_weights(folder / "good.npz")
    save_state(model, folder / "good.state.npz", epoch=1)
    model.save(folder / "good.keras")
    with_words().save(folder / "good.words.keras")
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # the `.h5` format is old
        model.save(folder / "good.h5")


@pytest.fixture(scope="module")
def results(request, tmp_path_factory):
    """{name of the case: what came of it}, for the cases that are run."""
    folder = tmp_path_factory.mktemp("hostile")
    write_good_files(folder)
    names = [item.callspec.params["case"].name for item in request.session.items if item.name.startswith(HOSTILE)]
    return {result["name"]: result for result in run_in_child(load_all, str(folder), names, timeout=TIMEOUT)}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_hostile_files(results, case):
    result = results[case.name]
    assert result["memory"] < MAX_MEMORY
    assert result["disk"] < MAX_ON_DISK
    assert not result["left"]
    for kinds in (result["error"], result.get("error_of_editor", [])):
        assert not kinds or "ValueError" in kinds
        assert not FORBIDDEN.intersection(kinds)
    if case.outcome == "loads":
        assert not result["error"], result["message"]
    else:
        assert result["error"]
        assert not result["changed"]
        assert "case" in result["message"], "the error names the file"


def use_memory_and_disk(folder):
    """Take 200 MB of memory for a moment, and write 100 MB. Runs in a child process."""
    usage = Usage()
    yield dict(zip(("memory", "disk"), usage.so_far(), strict=True))
    b"x" * (200 * MEGABYTE)
    Path(folder, "file").write_bytes(bytes(100 * MEGABYTE))
    yield dict(zip(("memory", "disk"), usage.so_far(), strict=True))


@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="this system does not tell")
def test_the_measurements_see_memory_and_disk(tmp_path):
    before, after = run_in_child(use_memory_and_disk, str(tmp_path), timeout=TIMEOUT)
    assert before["memory"] < 20 * MEGABYTE
    assert before["disk"] < MEGABYTE
    assert after["memory"] > 190 * MEGABYTE
    assert after["disk"] >= 100 * MEGABYTE
