"""The names of `tf` that scripts use (`used_names.txt`): TensorFlow has them all, minikeras all but those marked."""

from pathlib import Path

import pytest

from minikeras.compat.namespaces import namespace_shim

namespace = namespace_shim("tensorflow")
LINES = [
    line
    for line in (Path(__file__).parent / "used_names.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
USED = [line for line in LINES if line[0] != "-"]
ABSENT = [line[1:] for line in LINES if line[0] == "-"]
SHARE = 0.85  # of all these names


def without(names, root):
    """Those that the namespace `root` does not have."""
    missing = []
    for name in names:
        found = root
        try:
            for part in name.split("."):
                found = getattr(found, part)
        except AttributeError:
            missing.append(name)
    return missing


def test_used_names_are_there():
    assert without(USED, namespace) == []
    assert len(USED) > 300
    assert len(USED) > SHARE * len(LINES)


def test_absent_names_are_absent():
    """Else their mark is to be taken away."""
    assert without(ABSENT, namespace) == ABSENT


@pytest.mark.full
def test_tensorflow_has_them_all():
    tf = pytest.importorskip("tensorflow")
    assert without(USED + ABSENT, tf) == []
