"""The examples in the docstrings of the installed Keras, as statements that run on either package."""

import ast
import doctest
import inspect
import re
import textwrap
import types
import warnings

import numpy as np

from tests.differential.outcomes import Outcome, described

# Not in one process with both packages: what needs TensorFlow, imports Keras by name, downloads, or takes long.
LEFT_OUT = re.compile(
    r"\btf\.|\bimport |\bjax|\btorch|load_data\(|applications\.|\.fit\(|\.predict\(|get_file\(|set_backend"
    r"|EfficientNet|\bplt\.|export\(|ModelParallel|DataParallel|DeviceMesh|range\(100|480, 480|160000|224|KerasHub"
    r"|enable_interactive"
)


def docstrings(package):
    """{full name: docstring} of the public functions, classes and their methods that have examples."""
    found, seen = {}, set()

    def visit(name, module):
        if id(module) in seen or module.__name__.split(".")[1:2] == ["src"]:
            return
        seen.add(id(module))
        for attribute in sorted(vars(module)):
            value = getattr(module, attribute)
            if attribute.startswith("_") or not callable(value):
                is_module = isinstance(value, types.ModuleType) and not attribute.startswith("_")
                if is_module and value.__name__.startswith("keras."):
                    visit(f"{name}.{attribute}", value)
                continue
            add(f"{name}.{attribute}", value)
            if inspect.isclass(value):
                for method in (m for m in vars(value) if not m.startswith("_")):
                    add(f"{name}.{attribute}.{method}", getattr(value, method))

    def add(name, value):
        text = getattr(value, "__doc__", None)
        if isinstance(text, str) and (">>>" in text or "```" in text) and text not in found:
            found[text] = name

    visit("keras", package)
    named = {name: inspect.cleandoc(text) for text, name in found.items()}
    return {name: text for name, text in named.items() if statements(text) and not LEFT_OUT.search(text)}


def statements(text):
    """The statements of all examples and code blocks of a docstring, in order, as syntax trees."""
    found = []
    for block in re.split(r"^\s*```\s*(?:python)?\s*$", text, flags=re.MULTILINE):
        if ">>>" in block:
            sources = _examples(block)
        else:
            sources = [textwrap.dedent(block)] if block in _fenced(text) else []
        for source in sources:
            try:
                found += ast.parse(source).body
            except SyntaxError:  # a sketch
                continue
    return found


def _examples(block):
    try:
        return [example.source for example in doctest.DocTestParser().get_examples(block)]
    except ValueError:
        return []


def _fenced(text):
    return re.split(r"^\s*```\s*(?:python)?\s*$", text, flags=re.MULTILINE)[1::2]


def outcomes(package, nodes, skipped=()):
    """What each statement comes to: the value of an expression, that of the names that it sets, or the error.

    Args:
        skipped: the numbers of statements that do not run.
    """
    package.utils.clear_session(free_memory=False)
    package.utils.set_random_seed(1)
    names = {"keras": package, "np": np, "layers": package.layers, "ops": package.ops, "__name__": "__main__"}
    found = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for number, node in enumerate(nodes):
            found.append(Outcome() if number in skipped else _outcome(node, names))
    return found


def _outcome(node, names):
    try:
        if isinstance(node, ast.Expr):
            value = eval(compile(ast.Expression(node.value), "<example>", "eval"), names)
            return Outcome(described(tuple(value) if type(value).__name__ == "TensorShape" else value))
        exec(compile(ast.Module([node], []), "<example>", "exec"), names)
        targets = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        return Outcome(described([names[target] for target in targets if target in names]))
    except Exception as error:  # any type: it is what is compared
        return Outcome(error=error)
