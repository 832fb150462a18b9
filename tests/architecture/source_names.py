"""The values of names and strings in a program, as far as its text determines them."""

import ast
import importlib.util

ALIASES_OF_ALIASES = 3  # how many names in a row are followed: `load = importlib.import_module; get = load`
GETATTR, VARS = ("getattr", "builtins.getattr"), ("vars", "builtins.vars")


class Names:
    """Names and strings of one module.

    Args:
        tree: its syntax tree.
        module: its full name.
        package: the package that relative imports start at.
        followed: dotted names that are followed through assignments, such as "sys.modules".

    Attributes:
        aliases: name in the module → the dotted name it was imported (or assigned) from.
    """

    def __init__(self, tree, module, package, followed):
        self.module, self.package, self.followed = module, package, followed
        self.aliases = {}
        binding = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom, ast.Assign))]
        for _ in range(ALIASES_OF_ALIASES):
            for node in binding:
                self._note(node)

    def _note(self, node):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                self.aliases[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                self.aliases[alias.asname or alias.name] = f"{self.source(node)}.{alias.name}"
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = self.dotted(node.value)
            if name in self.followed:
                self.aliases[node.targets[0].id] = name

    def source(self, node):
        """The module that a `from … import` imports from."""
        source = node.module or ""
        return importlib.util.resolve_name("." * node.level + source, self.package) if node.level else source

    # --- dotted names ---------------------------------------------------------------------------------------------

    def dotted(self, node):
        """The dotted name that an expression is: `a.b`, `getattr(a, "b")`, `vars(a)["b"]`. None if it is no name."""
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            return self._below(node.value, node.attr)
        if isinstance(node, ast.Call) and node.args:
            function = self.dotted(node.func)
            if function in VARS:
                return self._below(node.args[0], "__dict__")
            if function in GETATTR and len(node.args) > 1:
                return self._below(node.args[0], self.whole_text(node.args[1]))
        if isinstance(node, ast.Subscript):
            table = self.dotted(node.value) or ""
            key = self.whole_text(node.slice)
            return f"{table.removesuffix('__dict__')}{key}" if table.endswith(".__dict__") and key else None
        return None

    def _below(self, owner, key):
        name = self.dotted(owner)
        return None if name is None or key is None else f"{name}.{key}"

    # --- strings --------------------------------------------------------------------------------------------------

    def whole_text(self, node):
        """The string that an expression is; None if it depends on values."""
        text, is_whole = self.text(node)
        return text if is_whole else None

    def text(self, node):
        """(what the string begins with, whether that is all of it)."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value, True
        if isinstance(node, ast.Name) and node.id in ("__name__", "__package__"):
            return (self.module if node.id == "__name__" else self.package), True
        if isinstance(node, ast.FormattedValue):
            return self.text(node.value) if node.format_spec is None else ("", False)
        if isinstance(node, ast.JoinedStr):
            return self._joined(node.values)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._joined([node.left, node.right])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            return self._percent(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            return self._method(node, self.whole_text(node.func.value))
        return "", False

    def _joined(self, parts, separator=""):
        text = ""
        for i, part in enumerate(parts):
            found, is_whole = self.text(part)
            text += (separator if i else "") + found
            if not is_whole:
                return text, False
        return text, True

    def _percent(self, node):
        template = self.whole_text(node.left)
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        texts = [self.whole_text(value) for value in values]
        if template is None or None in texts:
            return (template or "").partition("%")[0], False
        return template % tuple(texts), True

    def _method(self, node, text):
        """`"…".format(…)` and `"…".join([…])`."""
        if text is not None and node.func.attr == "format":
            texts = [self.whole_text(argument) for argument in node.args]
            if None in texts or node.keywords:
                return text.partition("{")[0], False
            return text.format(*texts), True
        items = node.args[0] if node.args else None
        if text is not None and node.func.attr == "join" and isinstance(items, (ast.List, ast.Tuple)):
            return self._joined(items.elts, text)
        return "", False
