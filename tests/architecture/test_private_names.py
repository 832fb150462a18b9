"""Plans ask the rest of the library by public protocols: a new op, layer or metric needs no edit in `plans/`.

The other packages read no private attributes of each other either, but for Keras's own, which its users' code knows,
and a few that are listed.
"""

import ast
import re
from functools import cache

import pytest

from tests.architecture.test_layering import MODULES, is_in, package_of

PLANS = [module for module in MODULES if package_of(module) == "plans"]
OWN = {"self", "cls"}
OF_PYTHON = {"_fields", "_replace", "_asdict", "_make", "_fields_"}  # in public, of a `NamedTuple` and of `ctypes`
OF_KERAS = {  # attributes that Keras's objects have under these names
    "_compile_loss", "_compile_metrics", "_direction", "_dtype", "_flatten_layers", "_fn_kwargs", "_functional",
    "_inbound_nodes", "_initial_epoch", "_input_shape_arg", "_inputs", "_inputs_struct", "_iterations",
    "_keras_history", "_keras_logits", "_keras_mask", "_layout", "_model_variables_moving_average", "_name", "_nodes",
    "_operations", "_outputs_struct", "_overwrite_with_gradient", "_regularizer", "_trainable_variables",
    "_trainable_variables_indices", "_type_spec", "_user_metrics", "_user_weighted_metrics",
}  # fmt: skip
# (module, or package that it is in; attribute): what it is. Such a name in public could be one of a subclass's own.
KNOWN = {
    (
        "minikeras.callbacks.backup_and_restore",
        "_initial_batch",
    ): "where `fit` goes on, like `_initial_epoch`",
    ("minikeras.compat.tensorflow.random.training", "_next_step"): "a step, which it counts for `tf.random`",
    ("minikeras.data.pipeline.structure", "_stacked"): "of a program's own tensors, beside TensorFlow's `_type_spec`",
    ("minikeras.data.pipeline.structure", "_tensors_of_rows"): "the same",
    ("minikeras.tools.diagnosis.evidence", "_resolved"): "the losses that `compile` made of names",
    ("minikeras.distribution.splitting", "_known_variables"): "a layer's own variables",
    ("minikeras.distribution.splitting", "_split_rule"): "how a layer is split",
    ("minikeras.exporting.signature", "_build_shapes"): "what `build` was called with",
    ("minikeras.exporting.onnx.onnx_model", "_mode"): "the arguments of `call` for inference",
    ("minikeras.models.calibration", "_quantization"): "a layer's weights of few bits",
    ("minikeras.models.cloning", "_run"): "the graph of a model, node by node",
    ("minikeras.saving", "_known_variables"): "a layer's own variables",
    ("minikeras.compat.tensorflow.train.checkpoints", "_known_variables"): "the same",
    ("minikeras.saving.legacy_config", "_compile_arguments"): "what `compile` was called with",
    ("minikeras.saving.stored_state", "_stored_variables"): "a layer's variables in the order of files",
    ("minikeras.tools.tracing.plan_jobs", "_next_step"): "a step, by a plan if there is one",
    ("minikeras.tools.tracing.plan_jobs", "_planner"): "the model's plans",
    ("minikeras.tools.tracing.dry_run", "_reports_each_step"): "whether `fit` may leave metrics of steps out",
    ("minikeras.utils.summary", "_build_shapes"): "what `build` was called with",
}
# Cheap looks at a file's text: to parse all of them would take 15 s.
MAY_REACH = re.compile(
    r"(?<!\bself)(?<!\bcls)\._[a-z]|attr(?:getter)?\([^)]*[\"'.]_[a-z]|import .*\b_[a-z]|^    _[a-z]\w*,$", re.MULTILINE
)
DEFINITION = re.compile(r"(?:(?:\bself|\bcls)\.|(?<![\w.]))(_[a-z]\w*)\s*(?:=(?!=)|:|,)|(?:def|class) (_[a-z]\w*)")
OF_OTHER_LIBRARIES = {"kernels"}  # reads those of llvmlite and Numba (`test_layering.py` says where)


@cache
def names_of(module):
    """(what `reaches` finds in a module, the private names that it defines)."""
    source = MODULES[module].read_text(encoding="utf-8")
    found = [*reaches(ast.parse(source))] if MAY_REACH.search(source) else []
    return found, defined(source)


def reaches(tree):
    """The private attributes in a module that are not read from `self`, and those named by strings: (name, text)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            if not (isinstance(node.value, ast.Name) and node.value.id in OWN):
                yield node.attr, ast.unparse(node)
        elif isinstance(node, ast.Call) and name_of(node.func) in ("attrgetter", "getattr"):
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            yield from ((name, text) for text in texts for name in text.split(".") if is_private(name))
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.name, alias.name) for alias in node.names if is_private(alias.name))


def name_of(function):
    """The last part of a dotted name."""
    return getattr(function, "attr", getattr(function, "id", None))


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name not in OF_PYTHON


def defined(source):
    """The private names that functions, classes and assignments to names and attributes of `self` or `cls` define."""
    return {name for names in DEFINITION.findall(source) for name in names if name}


@cache
def packages_that_define():
    """{private name: packages in which it is defined}."""
    found = {}
    for module in MODULES:
        for name in names_of(module)[1]:
            found.setdefault(name, set()).add(package_of(module))
    return found


@cache
def into_other_packages():
    """The set of (module, private name that only other packages define)."""
    definers = packages_that_define()
    return {
        (module, name)
        for module in MODULES
        if package_of(module) not in OF_OTHER_LIBRARIES
        for name, _ in names_of(module)[0]
        if name not in OF_KERAS and name in definers and package_of(module) not in definers[name]
    }


@pytest.mark.parametrize("module", PLANS)
def test_plans_read_no_private_attribute_of_others(module):
    assert not [text for _, text in names_of(module)[0]]


def test_packages_read_no_private_attributes_of_each_other():
    unknown = {
        (module, name)
        for module, name in into_other_packages()
        if not any(is_in(module, place) and name == known for place, known in KNOWN)
    }
    assert not unknown, "use or make a public name"


@pytest.mark.parametrize("place, name", KNOWN)
def test_known_ones_exist(place, name):
    assert any(is_in(module, place) and name == found for module, found in into_other_packages()), "take it off KNOWN"


def test_each_form_is_seen():
    source = "from a import _b\nx._c\nx.y._d()\ngetattr(x, '_e', 1)\noperator.attrgetter('y._f')\n"
    harmless = "self._g\ncls._h\nx.__class__\ngetattr(x, '__self__')\nT._fields\n"
    assert sorted(reaches(ast.parse(source + harmless))) == [
        *[("_b", "_b"), ("_c", "x._c"), ("_d", "x.y._d"), ("_e", "_e"), ("_f", "y._f")]
    ]
    assert defined("class A:\n    _a = 1\n    def _b(self):\n        self._c = 1\n") == {"_a", "_b", "_c"}
