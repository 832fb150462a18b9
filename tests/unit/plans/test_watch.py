"""Watching Python while it is traced: what functions and packages declare, and breakpoints."""

import ast
import bdb
import sys
from pathlib import Path
from types import ModuleType

import pytest

import minikeras
from minikeras import ops
from minikeras.autodiff.tensor import Tensor
from minikeras.base import replay
from minikeras.metrics.mean import Mean
from minikeras.ops.core import convert_to_tensor
from minikeras.plans.watch import FINE, verdict_on
from minikeras.random.operation_seeds import Sequence
from minikeras.utils.progbar import Progbar

PACKAGE = Path(minikeras.__file__).parent


def test_packages_declare_what_is_known():
    """A module or package that declares something else, or something below its first line of code, is a mistake."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        source, name = path.read_text(encoding="utf-8"), path.relative_to(PACKAGE).as_posix()
        if "__replay__" not in source:
            continue
        for node in ast.parse(source).body[:3]:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__replay__":
                found[name] = ast.literal_eval(node.value)
        assert source.count("\n__replay__ =") == (name in found), path
    assert {"layers/__init__.py", "ops/__init__.py", "config.py"} <= found.keys()
    assert set(found.values()) == {replay.COMPUTES, replay.ENGINE}


def verdict(function):
    return verdict_on(function.__code__, function.__module__)


def test_the_innermost_declaration_counts(monkeypatch):
    assert replay.declared_by("minikeras.layers.core.dense") == replay.COMPUTES
    assert replay.declared_by("minikeras.autodiff.tape") == replay.ENGINE
    assert replay.declared_by("minikeras.data.adapter") is None
    for name, declared in (("box", None), ("box.inner", replay.COMPUTES), ("box.inner.part", None)):
        module = ModuleType(name)
        vars(module).update({} if declared is None else {"__replay__": declared})
        monkeypatch.setitem(sys.modules, name, module)
    assert [replay.declared_by(name) for name in ("box.inner.part", "box.inner", "box")] == [replay.COMPUTES] * 2 + [
        None
    ]


def test_what_functions_do():
    assert verdict(ops.mean) is FINE
    assert verdict(convert_to_tensor) is FINE  # it declares why
    assert verdict(Tensor.__bool__).on_values
    assert verdict(Mean.result.__wrapped__).on_values  # it reaches for the array of a Variable
    assert "continues where the last call stopped" in verdict(Sequence.use_blocks).reason
    assert "does more than compute" in verdict(Progbar.update).reason


def test_a_function_may_move():
    """What it declares goes with it, whatever its name and its module are."""

    @replay.safe_to_replay("it looks at the shape only")
    def rows(x):
        return x.array.shape[0]

    def rows_undeclared(x):
        return x.array.shape[0]

    filename = str(PACKAGE / "somewhere.py")
    for function, is_fine in ((rows, True), (rows_undeclared, False)):
        code = function.__code__.replace(co_filename=filename)
        assert (verdict_on(code, "minikeras.ops.somewhere") is FINE) == is_fine


def test_a_declaration_stands_directly_above_the_function():
    with pytest.raises(TypeError, match="directly above `def`"):
        replay.safe_to_replay("it is wrapped")(Mean.result)


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
