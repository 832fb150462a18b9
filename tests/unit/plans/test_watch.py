"""Watching Python while it is traced: the lists of what is known."""

import importlib
import inspect
from functools import reduce
from pathlib import Path

import minikeras
from minikeras.plans.watch import BELOW, COMPUTING, HARMLESS, NEVER, PACKAGE


def test_what_is_known_by_name_is_there():
    """A function or room that is renamed must be renamed in the lists, too, or it is not known any more."""
    assert Path(PACKAGE) == Path(minikeras.__file__).parent
    for room in (*COMPUTING, *BELOW):
        assert (Path(PACKAGE) / room).is_dir() or (Path(PACKAGE) / f"{room}.py").is_file(), room
    for name in HARMLESS | NEVER:
        parts = name.split(".")
        places = [Path(PACKAGE, *parts[:n]) for n in range(len(parts))]
        depth = max(n for n, place in enumerate(places) if place.is_dir() or place.with_suffix(".py").is_file())
        module = importlib.import_module(".".join(["minikeras", *parts[:depth]]))
        assert inspect.isfunction(reduce(getattr, parts[depth:], module)), name
