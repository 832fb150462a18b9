"""`quiet` is `np.errstate(all="ignore")`."""

import numpy as np
import pytest

from minikeras.autodiff.quiet import quiet


def test_nothing_is_said_inside_and_everything_again_outside():
    with np.errstate(all="raise"):
        before = np.geterr()
        with quiet():
            assert np.geterr() == dict.fromkeys(before, "ignore")
            with quiet():
                assert np.isnan(np.float32(0) / np.float32(0))
            assert np.isinf(np.float32(1) / np.float32(0))
        assert np.geterr() == before
        with pytest.raises(FloatingPointError):
            np.float32(0) / np.float32(0)


def test_an_error_inside_ends_it():
    before = np.geterr()
    with pytest.raises(KeyError), quiet():
        raise KeyError
    assert np.geterr() == before
