"""Watching Python while it is traced: the lists of what is known."""

import bdb
import importlib
import inspect
from functools import reduce
from pathlib import Path

import minikeras
from minikeras.plans.watch import BELOW, COMPUTING, HARMLESS, NEVER, PACKAGE, verdict_on


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


def stops():
    breakpoint()  # noqa: T100


def stops_by_pdb(pdb):
    pdb.set_trace()


def has_an_attribute_of_that_name(schedule):
    return schedule.breakpoint


def test_a_breakpoint_is_seen_in_the_code():
    assert verdict_on(stops.__code__).is_breakpoint
    assert verdict_on(stops_by_pdb.__code__).is_breakpoint
    assert verdict_on(bdb.Bdb.set_step.__code__, "bdb").is_breakpoint
    assert not verdict_on(has_an_attribute_of_that_name.__code__).is_breakpoint
    assert not verdict_on(compile("def stops():\n    breakpoint()", "module.py", "exec")).is_breakpoint
