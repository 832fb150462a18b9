"""Trainings with a cache of compiled code that is damaged, refused, full, or for reading only."""

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from minikeras.kernels.machine import code_cache
from tests.security.code_damages import DAMAGES, IS_ROOT, compiles, posix

TRAINING = """
import sys
import numpy as np
import minikeras as keras
{before}
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.MaxPooling2D(3, 2),
    keras.layers.Flatten(), keras.layers.Dropout(0.1), keras.layers.Dense(3, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", jit_compile="auto")
x = np.random.default_rng(0).normal(size=(64, 8, 8, 3)).astype("float32")
history = model.fit(x, np.arange(64) % 3, batch_size=16, epochs=2, verbose=0)
p = model.predict(x[:20], verbose=0)
made = "minikeras.kernels.machine.translation" in sys.modules
print(history.history["loss"][-1], float(p.sum()), made)
"""


def train(cache, before="", status=0, **variables):
    """((loss, sum of predictions), whether code was made, what was printed as errors)."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache.parent), "MINIKERAS_THREADS": "2", **variables}
    command = [sys.executable, "-W", "always", "-c", TRAINING.format(before=before)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == status, done.stderr[-3000:]
    *numbers, made = done.stdout.split()
    return [float(number) for number in numbers], made == "True", done.stderr


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A cache with all that a training needs, and its results."""
    cache = tmp_path_factory.mktemp("trained") / "minikeras"
    results, made, errors = train(cache)
    assert made
    assert errors == ""
    return cache, results


@compiles
def test_a_training_loads_what_an_earlier_one_made(trained):
    cache, results = trained
    assert train(cache) == (results, False, "")
    names = [file.name for file in cache.iterdir()]
    assert len(names) > 15


FILE_DAMAGES = [name for name in DAMAGES if name not in ("another function's", "that of other source")]


@pytest.fixture
def copy(trained, tmp_path):
    """A copy of that cache, to be damaged."""
    shutil.copytree(trained[0], tmp_path / "minikeras")
    return tmp_path / "minikeras"


@pytest.mark.full
@compiles
def test_a_training_with_a_damaged_cache_makes_it_again(trained, copy):
    """All files are damaged, each in its own way; a third time they are there again."""
    cache, results = trained
    for number, file in enumerate(sorted(copy.glob(f"*{code_cache.SUFFIX}"))):
        DAMAGES[FILE_DAMAGES[number % len(FILE_DAMAGES)]](file)
    assert number > len(FILE_DAMAGES)
    assert train(copy) == (results, True, "")
    assert train(copy) == (results, False, "")
    assert {file.name for file in copy.iterdir() if file.suffix != ".txt"} == {file.name for file in cache.iterdir()}


@pytest.mark.full
@compiles
def test_a_training_with_exchanged_files_makes_them_again(trained, copy):
    _, results = trained
    files = sorted(copy.glob(f"*{code_cache.SUFFIX}"))
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, contents[1:] + contents[:1], strict=True):
        file.write_bytes(content)
    assert train(copy) == (results, True, "")
    assert train(copy) == (results, False, "")


class Planted:
    """What runs where it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


@pytest.mark.full
@compiles
@pytest.mark.parametrize("checksum", ["none", "of a known key"])
def test_a_planted_pickle_is_not_unpickled(checksum, trained, copy, tmp_path):
    _, results = trained
    pickled = pickle.dumps(Planted(tmp_path / "ran"))
    digest = {
        "none": b"",
        "of a known key": code_cache.hmac.digest(bytes(code_cache.KEY_BYTES), pickled, "sha256"),
    }[checksum]
    for file in copy.glob(f"*{code_cache.SUFFIX}"):
        file.write_bytes(digest + pickled)
    assert train(copy) == (results, True, "")
    assert not (tmp_path / "ran").exists()


@pytest.mark.full
@compiles
@posix
def test_a_training_with_a_refused_folder_says_so_once_and_compiles_in_memory(trained, copy):
    _, results = trained
    copy.chmod(0o777)
    before = {file: file.read_bytes() for file in copy.iterdir()}
    again, made, errors = train(copy)
    assert (again, made) == (results, True)
    assert errors.count("RuntimeWarning") == 1
    assert f"neither read from {copy.resolve()} nor kept there, for others may write in it" in errors
    assert {file: file.read_bytes() for file in copy.iterdir()} == before


SMALL_FILES = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
"""


@pytest.mark.full
@compiles
@posix
@pytest.mark.parametrize("limit", [0, 3000])
def test_a_training_with_a_limit_of_file_sizes(limit, trained, tmp_path):
    """The error EFBIG for every file, and for some."""
    _, results = trained
    cache = tmp_path / "minikeras"
    again, made, errors = train(cache, SMALL_FILES.format(limit=limit))
    assert (again, made, errors) == (results, True, "")
    assert not list(cache.glob(f"*{code_cache.UNFINISHED}"))
    assert all(file.stat().st_size <= limit for file in cache.iterdir())


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own with 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "none", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no permission to mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.full
@compiles
def test_a_training_on_a_disk_that_gets_full(trained, small_disk):
    _, results = trained
    cache = small_disk / "minikeras"
    again, made, errors = train(cache)
    assert (again, made, errors) == (results, True, "")
    assert not list(cache.glob(f"*{code_cache.UNFINISHED}"))


@compiles
@posix
@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere")
def test_a_training_with_a_folder_for_reading_only_loads_from_it(trained, copy):
    _, results = trained
    copy.chmod(0o500)
    assert train(copy) == (results, False, "")


@compiles
def test_nothing_is_kept_in_the_package(trained):
    package = Path(code_cache.__file__).parents[2]
    kept = {".o", ".nbi", ".nbc", code_cache.SUFFIX, code_cache.UNFINISHED}
    assert [file for file in package.rglob("*") if file.suffix in kept] == []
