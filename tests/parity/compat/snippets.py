"""Small programs `snippet(tf)` run on the tf shim and on the live TensorFlow, and the comparison of their results."""

import enum

import numpy as np
import tensorflow as live

from minikeras.compat import tensorflow as shim
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed
from tests.parity.comparing import assert_close


def check_snippet(snippet, group, tolerance):
    """Run the snippet on both sides: the same values, dtypes, shapes, nesting, or the same kind of error."""
    with tensor_attributes_installed():
        compare(outcome(snippet, shim), outcome(snippet, live), group, tolerance, getattr(snippet, "__name__", ""))


class Raised:
    """An exception, known by the name of its class."""

    def __init__(self, error):
        self.error = error
        self.name = type(error).__name__


def outcome(snippet, tf):
    """What the snippet returns, or `Raised`."""
    try:
        return snippet(tf)
    except Exception as error:
        return Raised(error)


def compare(ours, theirs, group, tolerance, what):
    """Check that two results are the same."""
    if isinstance(ours, Raised) or isinstance(theirs, Raised):
        if not isinstance(theirs, Raised):
            raise AssertionError(f"{what}: raises where TensorFlow does not") from ours.error
        assert isinstance(ours, Raised), f"{what}: no error, TensorFlow raises {theirs.error!r}"
        assert ours.name == theirs.name, f"{what}: {ours.error!r}, TensorFlow raises {theirs.error!r}"
    elif live.is_tensor(theirs) or hasattr(theirs, "assign"):
        assert hasattr(ours, "array"), f"{what}: {ours!r}, TensorFlow has a tensor"
        assert ours.dtype.name == theirs.dtype.name, f"{what}: dtype {ours.dtype}, TensorFlow has {theirs.dtype}"
        compare(ours.numpy(), theirs.numpy(), group, tolerance, what)
    elif isinstance(theirs, (np.ndarray, np.generic)):
        assert_close(group, ours, theirs, tolerance, what)
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs), f"{what}: keys {list(ours)}, TensorFlow has {list(theirs)}"
        for key in theirs:
            compare(ours[key], theirs[key], group, tolerance, f"{what}[{key!r}]")
    elif isinstance(theirs, (list, tuple)):
        assert isinstance(ours, tuple) == isinstance(theirs, tuple), f"{what}: {type(ours)} for {type(theirs)}"
        assert len(ours) == len(theirs), f"{what}: {len(ours)} items, TensorFlow has {len(theirs)}"
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            compare(a, b, group, tolerance, f"{what}[{i}]")
    elif isinstance(theirs, float):
        assert_close(group, np.float64(ours), np.float64(theirs), tolerance, what)
    elif isinstance(theirs, enum.Enum):
        assert str(ours) == str(theirs), f"{what}: {ours}, TensorFlow has {theirs}"
    elif theirs is None or isinstance(theirs, (bool, int, str, bytes)):
        assert type(ours) is type(theirs), f"{what}: {ours!r}, TensorFlow has {theirs!r}"
        assert ours == theirs, f"{what}: {ours!r}, TensorFlow has {theirs!r}"
    else:
        assert repr(ours) == repr(theirs), f"{what}: {ours!r}, TensorFlow has {theirs!r}"
