"""The private parts of Numba that `overload_cache.py` needs are there, and do what it says."""

import numpy as np
import pytest

from minikeras.kernels.machine import code_cache
from minikeras.kernels.registry import jit_disabled

pytestmark = pytest.mark.skipif(jit_disabled(), reason="about compiled code")

SIGNATURE = "void(float32[::1])"


def doubled(x):
    for i in range(x.size):
        x[i] = x[i] * np.float32(2)


@pytest.fixture
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    code_cache.folder.cache_clear()
    yield tmp_path
    code_cache.folder.cache_clear()


def _dispatcher(made_from):
    from minikeras.kernels.machine import compiler, overload_cache  # here, because they import Numba

    dispatcher = compiler.dispatcher_for_compiled_code(doubled)
    missing = overload_cache.missing_names(dispatcher)
    assert not missing, (
        f"This Numba lacks {missing}, by which minikeras/kernels/machine/overload_cache.py caches what Numba compiles. "
        "Until they are replaced there, each process compiles again with MINIKERAS_COMPILER=numba: 0.3 to 1.8 s each"
    )
    overload_cache.keep(dispatcher, "test.doubled", made_from)
    return dispatcher


def _is_loaded(made_from):
    """Whether a dispatcher that is to compile finds the code in the cache."""
    dispatcher = _dispatcher(made_from)
    dispatcher.compile(SIGNATURE)
    hits, misses = dispatcher.stats.cache_hits.total(), dispatcher.stats.cache_misses.total()
    assert hits + misses == 1, "Numba no longer asks a dispatcher's `_cache` before it compiles: see overload_cache.py"
    return hits == 1


def test_compiled_code_is_kept_in_the_user_s_folder_only_and_loaded_from_there(own_folder):
    import numba

    assert not _is_loaded("first edition"), "an empty folder had code"
    assert _is_loaded("first edition"), "Numba no longer gives `_cache` what it has compiled: see overload_cache.py"
    dispatcher = _dispatcher("first edition")
    x = np.arange(3, dtype=np.float32)
    numba.njit(lambda x: dispatcher(x))(x)
    np.testing.assert_array_equal(x, [0, 2, 4])
    assert {file.suffix for file in own_folder.rglob("*") if file.is_file()} == {"", code_cache.SUFFIX}


def test_code_of_another_source_or_damaged_is_compiled_anew(own_folder):
    _is_loaded("first edition")
    assert not _is_loaded("second edition")
    (file,) = own_folder.rglob(f"*{code_cache.SUFFIX}")
    file.write_bytes(file.read_bytes()[:-100])
    assert not _is_loaded("second edition")
