"""The source of a kernel, parsed by Python, and which of its names are assigned only once."""

import ast
import linecache
from functools import cache
from types import ModuleType

from minikeras.kernels.machine.untranslatable import Untranslatable


def definition(function):
    """The `ast.FunctionDef` of a function."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    found = _definitions("".join(lines)).get(code.co_firstlineno)
    if found is None or found.name != code.co_name or code.co_freevars:
        raise Untranslatable(
            f"the source of `{function.__name__}` cannot be found, or has changed since it was loaded, or uses names "
            "of a function around it"
        )
    return found


@cache
def _definitions(source):
    """{first line: `ast.FunctionDef`} of a file."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return {min([node.lineno, *[place.lineno for place in node.decorator_list]]): node for node in functions}


@cache
def names_assigned_once(node):
    """The names of a function that are assigned once, and used only below that in the same block.

    Such a name is a register. All others need memory, which LLVM must promote to registers, and take twice
    the time to compile.
    """
    binds, loads = {}, {}

    def look(block, path):
        path = (*path, id(block))
        for statement in block:
            blocks = [getattr(statement, name, ()) for name in ("body", "orelse")]
            inside = isinstance(statement, ast.For)  # a loop's variable is assigned in its body
            within = {id(child) for lines in blocks for line in lines for child in ast.walk(line)}
            for child in ast.walk(statement):
                if isinstance(child, ast.Name) and id(child) not in within:
                    if isinstance(child.ctx, ast.Load):
                        loads.setdefault(child.id, []).append(path)
                    else:
                        binds.setdefault(child.id, []).append(id(blocks[0]) if inside else path[-1])
            for lines in blocks:
                look(lines, path)

    look(node.body, ())
    parameters = [argument.arg for argument in (*node.args.args, node.args.vararg) if argument is not None]
    for name in parameters:
        binds.setdefault(name, []).append(id(node.body))
    return {
        name
        for name, positions in binds.items()
        if len(positions) == 1 and all(positions[0] in path for path in loads.get(name, ()))
    }


def meaning(node, function):
    """The Python object of a global name, or of `module.name`."""
    if isinstance(node, ast.Attribute):
        owner = meaning(node.value, function)
        if isinstance(owner, ModuleType):
            return getattr(owner, node.attr)
    elif isinstance(node, ast.Name):
        builtins = function.__globals__.get("__builtins__", {})
        builtins = vars(builtins) if isinstance(builtins, ModuleType) else builtins
        for names in (function.__globals__, builtins):
            if node.id in names:
                return names[node.id]
        raise Untranslatable(f"`{node.id}` is not known here")
    return None
