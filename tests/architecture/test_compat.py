"""What exists only for the names of `tf` lives in `compat`, its mathematics included; the rest knows nothing of `tf`.

A module outside `compat` that only `compat` imports belongs beside the function that uses it. What stays where it is
has its reason below, and so have the modules that name functions of `tf` in their texts.
"""

import ast
import re
from functools import cache
from itertools import combinations

import pytest

from tests.architecture.test_layering import MODULES, is_in, references_of

COMPAT = [module for module in MODULES if is_in(module, "minikeras.compat")]
LONGEST_FILE = 370  # lines: the list of names of `tf` itself
SHARED_NAMES = 12  # that two lists of exports may have in common: `tf.math` and `keras.backend` have namesakes

# module outside `compat`, or package: why it stays there although only `compat` imports it
FOR_COMPAT_ALONE = {
    "minikeras.formats.protobuf": "a format, read and written like the other formats",
    "minikeras.kernels.example_jobs": "kernels are in one package, which compiles them; they read serialized examples",
    "minikeras.plans.function_plans": "plans of functions and those of steps share their rules",
}
# module, or package: why its texts may name functions of `tf`
MAY_NAME_TF = {
    "minikeras.tools.cli": "it runs, observes and compares programs of TensorFlow",
    "minikeras.tools.learn": "it compares solutions with TensorFlow",
    "minikeras.formats.saved_model": "the format of TensorFlow, and how a program gets what was loaded",
    "minikeras.exporting": "the format of TensorFlow",
    "minikeras.kernels.random": "which function of TensorFlow draws the same numbers",
    "minikeras.random": "the same",
    "minikeras.data": "stages and formats are those of `tf.data`",
    "minikeras.formats.protobuf": "messages of TensorFlow",
    "minikeras.tensors.ragged": "its classes and operators are those of TensorFlow",
    "minikeras.tensors.sparse": "the same",
    "minikeras.tensors.strings": "the same",
    "minikeras.plans": "plans of functions that `tf.function` makes",
    "minikeras.preprocessing": "it stands on TensorFlow in Keras",
    "minikeras.autodiff": "the hooks by which `compat` observes ops",
    "minikeras.collectives.strategy": "a strategy is asked for by `tf.distribute`",
    "minikeras.distribution.strategies": "the same",
    **dict.fromkeys(
        (
            "minikeras.backend",
            "minikeras.base.child_processes",
            "minikeras.config",
            "minikeras.tools.diagnosis.loop_evidence",
            "minikeras.base.errors",
            "minikeras.layers.preprocessing.random_image_layer",
            "minikeras.layers.regularization.alpha_dropout",
            "minikeras.layers.regularization.dropout",
            "minikeras.layers.regularization.gaussian_dropout",
            "minikeras.layers.regularization.gaussian_noise",
            "minikeras.layers.regularization.spatial_dropout",
            "minikeras.layers.tracking",
            "minikeras.base.missing_names",
            "minikeras.ops.conversion",
            "minikeras.ops.crossentropy",
            "minikeras.ops.image_parts",
            "minikeras.serialization.writing",
            "minikeras.tools.tracing.step_watcher",
            "minikeras.utils.dataset_splitting",
            "minikeras.formats.image_coding",
        ),
        "a comment or a message that is yet to be written without it",
    ),
}


def only_for_compat(importers):
    """The modules outside `compat` that only `compat` imports, or other such modules.

    Args:
        importers: {module: the modules that import it}. A module that no other imports is reached in another way.
    """
    found = set()
    while True:
        more = {
            module
            for module, users in importers.items()
            if module not in found and users and all(is_in(u, "minikeras.compat") or u in found for u in users)
        }
        if not more:
            return found
        found |= more


@cache
def importers_outside_compat():
    """{module outside `compat` that is no package: the modules that import it, or a name in it}."""
    importers = {m: set() for m in MODULES if m not in COMPAT and MODULES[m].name != "__init__.py"}
    for module in MODULES:
        for reference in references_of(module):
            if reference.form == "import" and reference.target in importers and reference.target != module:
                importers[reference.target].add(module)
    return importers


def reasons_of(module, reasons):
    """The keys of `reasons` that the module is, or is in."""
    return {place for place in reasons if is_in(module, place)}


def names_tf(module):
    """Whether the text of a module says `tf.` and a name."""
    return re.search(r"\btf\.", MODULES[module].read_text(encoding="utf-8")) is not None


def exports(tree):
    """The names in a list `__all__` that is written out."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", None) == "__all__" for target in node.targets):
            elements = getattr(node.value, "elts", ())
            return {element.value for element in elements if isinstance(element, ast.Constant)}
    return set()


def test_there_are_modules_to_check():
    assert len(COMPAT) > 100
    assert len(importers_outside_compat()) > 500


def test_no_module_outside_exists_only_for_compat():
    found = only_for_compat(importers_outside_compat())
    wrong = sorted(module for module in found if not reasons_of(module, FOR_COMPAT_ALONE))
    assert not wrong, f"move these modules into `compat`, beside the function that uses them: {wrong}"


def test_the_rest_does_not_name_tf():
    wrong = [m for m in MODULES if m not in COMPAT and names_tf(m) and not reasons_of(m, MAY_NAME_TF)]
    assert not wrong, f"say what it is, not what TensorFlow calls it: {wrong}"


def test_reasons_are_needed():
    alone = set().union(*(reasons_of(m, FOR_COMPAT_ALONE) for m in only_for_compat(importers_outside_compat())))
    assert not set(FOR_COMPAT_ALONE) - alone, "take these off FOR_COMPAT_ALONE"
    naming = set().union(*(reasons_of(m, MAY_NAME_TF) for m in MODULES if m not in COMPAT and names_tf(m)))
    assert not set(MAY_NAME_TF) - naming, "take these off MAY_NAME_TF"


USERS = {
    "by compat": ({"a": {"minikeras.compat.x"}}, {"a"}),
    "by a module that is for compat": ({"a": {"minikeras.compat.x"}, "b": {"a"}}, {"a", "b"}),
    "by others too": ({"a": {"minikeras.compat.x", "minikeras.layers.y"}}, set()),
    "by none": ({"a": set()}, set()),
}


@pytest.mark.parametrize("name", USERS)
def test_what_is_only_for_compat_is_found(name):
    importers, expected = USERS[name]
    assert only_for_compat(importers) == expected


def test_files_are_short():
    lines = {module: len(MODULES[module].read_text(encoding="utf-8").splitlines()) for module in COMPAT}
    assert not {module: count for module, count in lines.items() if count > LONGEST_FILE}


def test_no_list_of_exports_stands_twice():
    lists = {module: exports(ast.parse(MODULES[module].read_text(encoding="utf-8"))) for module in MODULES}
    shared = {
        (module, other): sorted(lists[module] & lists[other])
        for module, other in combinations(COMPAT, 2)
        if len(lists[module] & lists[other]) >= SHARED_NAMES
    }
    below = [module for module in MODULES if module not in COMPAT]
    copies = {
        (module, other): sorted(lists[module])
        for module in COMPAT
        for other in below
        if len(lists[module]) >= SHARED_NAMES and lists[module] <= lists[other]
    }
    assert not shared, f"derive one of them from the other: {shared}"
    assert not copies, f"derive them from the lists below: {copies}"
