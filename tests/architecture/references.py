"""Which modules a module refers to, in any form: what `test_layering.py` checks, by reading the source.

| form | examples |
| --- | --- |
| import | `import minikeras.ops`, `from minikeras import ops`, `from . import x`, also inside functions |
| dynamic import | `importlib.import_module("…")`, `__import__("…")`, `runpy.run_module("…")`, under any alias |
| | such a function passed on; modules of files; `exec` of text that is computed |
| sys.modules | `sys.modules["…"]`, `sys.modules.get("…")`, `"…" in sys.modules`, any other use of the table |
| attribute | `minikeras.saving.load_model`, `getattr(minikeras, name)`, `vars(minikeras)["saving"]` |
| string | `"minikeras.saving:load"`, `"compat/tensorflow/arrays"`, `"compat.tensorflow.arrays.one_hot"` |

Names are followed through aliases (`from sys import modules as loaded`; `load = importlib.import_module`), text through
`+`, f-strings, `format`, `%`, `join`, `__name__` and `__package__`. Code in a string for `exec` or `eval` is read too.
What depends on values of the program is a reference to `UNKNOWN`.
"""

import ast
import importlib.util
import re
from typing import NamedTuple

from tests.architecture.source_names import GETATTR, VARS, Names

UNKNOWN = "?"
ROOT = "minikeras"
MODULE_TABLE = "sys.modules"
IMPORTERS = {  # function: name of its first argument
    "__import__": "name",
    "builtins.__import__": "name",
    "importlib.__import__": "name",
    "importlib.import_module": "name",
    "importlib.util.find_spec": "name",
    "pkgutil.resolve_name": "name",
    "pydoc.locate": "path",
    "runpy.run_module": "mod_name",
}
LOADERS = {  # of modules that no name in the call shows
    *("importlib.machinery.SourceFileLoader", "importlib.reload", "importlib.util.spec_from_file_location"),
    *("inspect.getmodule", "runpy.run_path", "__builtins__", "__loader__"),
}
EXECUTORS = {"eval", "exec", "compile", "builtins.eval", "builtins.exec", "builtins.compile"}
LOOK_UPS = {f"{MODULE_TABLE}.{name}" for name in ("get", "pop", "setdefault", "__getitem__")}
FOLLOWED = {*IMPORTERS, *LOADERS, *EXECUTORS, MODULE_TABLE, "sys", "importlib", ROOT}
NAME = re.compile(r"[A-Za-z_]\w*")


class Reference(NamedTuple):
    """One module that is referred to.

    Attributes:
        target: full name of a module; UNKNOWN if it depends on values.
        form: see the table above.
        line: in the file.
        at_top: whether it takes effect when the module is loaded, rather than inside a function.
    """

    target: str
    form: str
    line: int
    at_top: bool


def references(source, module, modules, is_package=False):
    """The `Reference`s of a module, a set.

    Args:
        source: its text.
        module: its full name.
        modules: names of all modules there are, packages among them.
        is_package: whether it is the `__init__` of a package.
    """
    package = module if is_package else module.rpartition(".")[0]
    tree = ast.parse(source)
    reader = _Reader(Names(tree, module, package, FOLLOWED), modules)
    reader.visit(tree)
    return reader.found


def module_in(name, modules):
    """The longest part of a dotted name that is a module of ours; names of other libraries as they are."""
    if name.partition(".")[0] != ROOT:
        return name
    parts = name.split(".")
    while parts and ".".join(parts) not in modules:
        parts.pop()
    return ".".join(parts) or ROOT


def named_by(text, modules):
    """The module of ours that a string names, with or without "minikeras" before it; None for other strings.

    One word alone ("layers") names none: most of them are just words.
    """
    path = text.partition(":")[0].removesuffix(".py").replace("/", ".").strip(".")
    parts = path.split(".")
    if len(parts) < 2 or not all(map(NAME.fullmatch, parts)):
        return None
    if parts[0] == ROOT:
        return module_in(path, modules)
    name = module_in(f"{ROOT}.{path}", modules)
    return name if name.count(".") >= 2 else None


class _Reader(ast.NodeVisitor):
    def __init__(self, names, modules):
        self.names, self.modules = names, modules
        self.found = set()
        self.depth = 0  # how many functions the node at hand is in
        self.seen = set()  # nodes that have been reported as parts of another

    def report(self, node, target, form):
        self.found.add(Reference(target, form, node.lineno, self.depth == 0))

    def report_text(self, node, form):
        """Report the module that the string of a node names."""
        text, _ = self.names.text(node)
        self.seen.update(ast.walk(node))
        name = text.partition(":")[0].rstrip(".")
        self.report(node, module_in(name, self.modules) if name else UNKNOWN, form)

    # --- import statements ----------------------------------------------------------------------------------------

    def visit_Import(self, node):
        for alias in node.names:
            self.report(node, alias.name, "import")

    def visit_ImportFrom(self, node):
        source = self.names.source(node)
        for alias in node.names:
            full = f"{source}.{alias.name}"
            self.report(node, full if full in self.modules else source, "import")

    # --- functions, docstrings ------------------------------------------------------------------------------------

    def visit_FunctionDef(self, node):
        for outside in (*node.decorator_list, node.args):
            self.visit(outside)
        self.depth += 1
        for inside in node.body:
            self.visit(inside)
        self.depth -= 1

    def visit_AsyncFunctionDef(self, node):
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node):
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):  # docstrings refer to nothing
            self.generic_visit(node)

    # --- calls ----------------------------------------------------------------------------------------------------

    def visit_Call(self, node):
        name = self.names.dotted(node.func)
        if name in IMPORTERS:
            self.seen.add(node.func)
            self._importer(node, IMPORTERS[name])
        elif name in LOOK_UPS and node.args:
            self.seen.update(ast.walk(node.func))
            self.report_text(node.args[0], MODULE_TABLE)
        elif name in EXECUTORS and node.args:
            self._code(node)
        elif name == "operator.attrgetter" and "modules" in map(self.names.whole_text, node.args):
            self.report(node, UNKNOWN, MODULE_TABLE)
        elif self._reads_attribute(node, name) and self.names.dotted(node) is None:  # which one depends on values
            self.report(node, ROOT, "attribute")
        self._name(node)
        self._string(node, self.names.whole_text(node))
        self.generic_visit(node)

    def _reads_attribute(self, node, name):
        """Whether it is `getattr` or `vars` of our package."""
        return name in (*GETATTR, *VARS) and bool(node.args) and self.names.dotted(node.args[0]) == ROOT

    def _importer(self, node, first):
        arguments = {keyword.arg: keyword.value for keyword in node.keywords}
        arguments |= dict(zip((first, "globals", "locals", "fromlist"), node.args, strict=False))
        name = arguments.get(first)
        if name is None:
            self.report(node, UNKNOWN, "dynamic import")
            return
        text, _ = self.names.text(name)
        if text.startswith("."):
            anchor = node.args[1] if len(node.args) > 1 else arguments.get("package")
            self._relative(node, name, text, anchor)
            return
        self.report_text(name, "dynamic import")
        for item in getattr(arguments.get("fromlist"), "elts", ()):
            self.report(node, module_in(f"{text}.{self.names.whole_text(item)}", self.modules), "dynamic import")

    def _relative(self, node, name, text, anchor):
        """`import_module(".name", package)`."""
        self.seen.update(ast.walk(name))
        package = self.names.package if anchor is None else self.names.whole_text(anchor)
        if package is None:
            self.report(node, UNKNOWN, "dynamic import")
        else:
            target = importlib.util.resolve_name(text, package).rstrip(".")
            self.report(node, module_in(target, self.modules), "dynamic import")

    def _code(self, node):
        """Code in a string, for `exec` and its like."""
        code = self.names.whole_text(node.args[0])
        if code is None:
            if self.names.dotted(getattr(node.args[0], "func", node.args[0])) not in EXECUTORS:
                self.report(node, UNKNOWN, "dynamic import")
            return
        try:
            tree = ast.parse(code)
        except SyntaxError:
            return
        inner = _Reader(Names(tree, self.names.module, self.names.package, FOLLOWED), self.modules)
        inner.visit(tree)
        self.found.update(r._replace(line=node.lineno, at_top=self.depth == 0) for r in inner.found)

    # --- the table of modules, chains of attributes ---------------------------------------------------------------

    def visit_Subscript(self, node):
        owner = self.names.dotted(node.value)
        if owner == MODULE_TABLE:
            self.seen.update(ast.walk(node.value))
            self.report_text(node.slice, MODULE_TABLE)
        elif owner == f"{ROOT}.__dict__" and self.names.dotted(node) is None:
            self.report(node, ROOT, "attribute")
        self._name(node)
        self.generic_visit(node)

    def visit_Compare(self, node):
        table = node.comparators[0]
        if isinstance(node.ops[0], (ast.In, ast.NotIn)) and self.names.dotted(table) == MODULE_TABLE:
            self.seen.update(ast.walk(table))
            self.report_text(node.left, MODULE_TABLE)
        self.generic_visit(node)

    def visit_Attribute(self, node):
        self._name(node)
        self.generic_visit(node)

    def visit_Name(self, node):
        self._name(node)

    def _name(self, node):
        """Report a use of the table of modules as a whole, and a chain of attributes that begins at our package."""
        if node in self.seen:
            return
        name = self.names.dotted(node)
        if name == MODULE_TABLE:
            self.seen.update(ast.walk(node))
            self.report(node, UNKNOWN, MODULE_TABLE)
        elif name in IMPORTERS or name in LOADERS:  # passed on, kept, or called with what is no name of a module
            self.seen.update(ast.walk(node))
            self.report(node, UNKNOWN, "dynamic import")
        elif name is not None and name.startswith(f"{ROOT}.") and self._begins_at_root(node):
            self.seen.update(ast.walk(node))
            self.report(node, module_in(name, self.modules), "attribute")

    def _begins_at_root(self, node):
        names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
        return any(self.names.aliases.get(name) == ROOT for name in names)

    # --- strings --------------------------------------------------------------------------------------------------

    def visit_Constant(self, node):
        if node.value == "__import__":
            self.report(node, UNKNOWN, "dynamic import")
        elif isinstance(node.value, str) and node not in self.seen:
            self._string(node, node.value)

    def visit_BinOp(self, node):
        self._string(node, self.names.whole_text(node))
        self.generic_visit(node)

    def visit_JoinedStr(self, node):
        self._string(node, self.names.text(node)[0])
        self.generic_visit(node)

    def _string(self, node, text):
        target = None if text is None or node in self.seen else named_by(text, self.modules)
        if target is not None:
            self.seen.update(ast.walk(node))
            self.report(node, target, "string")
