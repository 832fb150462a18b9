"""`plans/` knows ops, layers and metrics by what they declare, so that a new one needs no edit there.

What knows single ops by their classes is registered: the functions in `plans/lowerings/` and `plans/patterns/`.
(Private attributes: `test_private_names.py`.)
"""

import ast
import importlib
import inspect
import re
from functools import cache

import pytest

from minikeras.autodiff.operation import Op
from minikeras.constraints import Constraint
from minikeras.layers import Layer
from minikeras.losses import Loss
from minikeras.metrics import Metric
from minikeras.optimizers import Optimizer
from tests.architecture.test_layering import MODULES, is_in, package_of, references_of

PLANS = [module for module in MODULES if package_of(module) == "plans"]
REGISTERED = ("minikeras.plans.lowerings", "minikeras.plans.patterns")
GENERAL = [module for module in PLANS if not any(is_in(module, place) for place in REGISTERED)]
BASES = (Op, Layer, Metric, Loss, Optimizer, Constraint)
ARGUMENTS = {"sample_weight"}  # of functions that are replayed: their names are no names of functions


def tree_of(module):
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def text_of(tree):
    """The strings of a program that are no docstrings."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


@cache
def names_of_others():
    """Names of several words of functions and classes that other packages define."""
    texts = [path.read_text(encoding="utf-8") for module, path in MODULES.items() if package_of(module) != "plans"]
    names = {name for text in texts for name in re.findall(r"^ *(?:def|class) (\w+)", text, re.MULTILINE)}
    return {name for name in names if "_" in name.strip("_")}


def classes_known(module):
    """The classes of ops, layers, metrics, … other than their bases that a module has a name for."""
    return {
        value
        for value in vars(importlib.import_module(module)).values()
        if inspect.isclass(value) and issubclass(value, BASES) and value not in BASES
    }


def test_there_is_something_to_check():
    assert len(PLANS) > 30
    assert len(GENERAL) > 20
    assert {"apply_gradients", "update_state", "draw_mask"} <= names_of_others()


@pytest.mark.parametrize("module", PLANS)
def test_no_string_names_a_module_or_function_of_another_package(module):
    modules = {r.target for r in references_of(module) if r.form == "string" and package_of(r.target) != "plans"}
    functions = set(text_of(tree_of(module))) & names_of_others() - ARGUMENTS
    assert not modules | functions, (
        f"{module}: let what is named declare what a plan must know (minikeras/base/replay.py)"
    )


@pytest.mark.parametrize("module", PLANS)
def test_nothing_is_decided_by_the_module_of_a_class_or_function(module):
    attributes = {node.attr for node in ast.walk(tree_of(module)) if isinstance(node, ast.Attribute)}
    assert "__module__" not in attributes, f"{module}: ask `replay.is_own` or a declaration"


@pytest.mark.parametrize("module", GENERAL)
def test_no_single_class_of_ops_layers_or_metrics_is_known(module):
    known = classes_known(module)
    assert not known, f"{module} knows {known}. Declare the fact on the class (see `autodiff/op_facts.py`)."


def test_what_is_forbidden_is_seen():
    lines = [
        "class C:",
        "    'apply_gradients'",
        "    def f(self, v):",
        "        pass",
        "        f('draw_mask')",
    ]
    tree = ast.parse("\n".join(lines))
    assert set(text_of(tree)) & names_of_others() == {"draw_mask"}
    assert classes_known("minikeras.plans.patterns.sums")
