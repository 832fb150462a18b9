"""Runs the code cells of a page in the browser: one namespace for all, the last expression's value shown, figures too.

It is a module of Pyodide's Python, called by `python_worker.js`.
"""

import ast
import base64
import importlib.util
import io
import json
import linecache
import sys
import traceback
import types
from pathlib import Path

NO_NOTEBOOK = "Lines that begin with % or ! are Jupyter commands, which this page does not have."
HOME = Path("/home/pyodide")
sys.path.append(str(HOME / "examples" / "internals"))
page = types.ModuleType("__main__")
sys.modules["__main__"] = page  # where a cell's functions and classes live


def place_digits():
    """Put a link to the digits where `examples/internals/nano.py` looks for them, as in the repository."""
    package = Path(importlib.util.find_spec("minikeras").origin).parent
    link = HOME / "minikeras" / "datasets" / "digits.npz"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.exists():
        link.symlink_to(package / "datasets" / link.name)


place_digits()


async def run(code, number):
    """Run a cell; {"error": text or "", "shown": [{"kind": "text", "html" or "image", "data": …}]}."""
    name = f"<cell {number}>"
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)  # for tracebacks
    shown = []
    try:
        value = await _value(code, name)
        shown += [] if value is None else [_shown(value)]
        shown += _figures()
    except BaseException as error:  # KeyboardInterrupt and SystemExit end the cell, not the page
        return {"error": _report(error, name, code), "shown": shown}
    return {"error": "", "shown": shown}


async def _value(code, name):
    """Execute the statements; the value of the last one if it is an expression that no semicolon ends."""
    tree = ast.parse(code, name)
    last = tree.body[-1] if tree.body else None
    has_value = isinstance(last, ast.Expr) and not code.rstrip().endswith(";")
    if has_value:
        tree.body.pop()
    await _execute(compile(tree, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
    if not has_value:
        return None
    return await _execute(compile(ast.Expression(last.value), name, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))


async def _execute(compiled):
    value = eval(compiled, page.__dict__)
    return await value if compiled.co_flags & 0x80 else value  # CO_COROUTINE: there is an `await` outside of functions


def _shown(value):
    """A value as the page shows it."""
    if hasattr(value, "_repr_html_") and (html := value._repr_html_()) is not None:
        return {"kind": "html", "data": html}
    if hasattr(value, "_repr_svg_") and (svg := value._repr_svg_()) is not None:
        return {"kind": "html", "data": svg}
    return {"kind": "text", "data": repr(value)}


def _figures():
    """Matplotlib's open figures as PNG; closes them."""
    if "matplotlib.pyplot" not in sys.modules:
        return []
    pyplot = sys.modules["matplotlib.pyplot"]
    images = []
    for number in pyplot.get_fignums():
        file = io.BytesIO()
        pyplot.figure(number).savefig(file, format="png", bbox_inches="tight", dpi=110)
        images.append({"kind": "image", "data": base64.b64encode(file.getvalue()).decode()})
    pyplot.close("all")
    return images


def _report(error, name, code):
    """The traceback from the cell on, without the frames of this file."""
    if isinstance(error, SyntaxError) and error.filename == name:
        lines = "".join(traceback.format_exception_only(error))
        return lines + NO_NOTEBOOK if any(line.startswith(("%", "!")) for line in code.splitlines()) else lines
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != name:
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames or error.__traceback__))


def call(module, name, values):
    """Call a function of a module with JSON values; JSON of {"error": …, "value": …}."""
    try:
        value = getattr(importlib.import_module(module), name)(*json.loads(values))
        return json.dumps({"error": "", "value": value})
    except BaseException as error:
        return json.dumps({"error": "".join(traceback.format_exception_only(error)), "value": None})
