"""Run a file, a module or a piece of code as `__main__`, as `python` itself would.

The script sees the same as under plain Python: `__name__`, `__file__`, `__spec__`, `sys.argv`, `sys.path[0]` and itself
in `sys.modules["__main__"]`, so that objects of its classes can be pickled. The traceback of an uncaught error begins
in the script, without the frames of the command line.
"""

import importlib.util
import io
import os
import pkgutil
import sys
from importlib.machinery import BuiltinImporter, SourceFileLoader
from types import ModuleType


class CannotRunError(Exception):
    """There is nothing to run. `status` is Python's exit status for the case."""

    def __init__(self, message, status):
        super().__init__(message)
        self.status = status


def run_file(path, arguments):
    """`python path arguments…`: a script, or the `__main__.py` in a folder or zip file."""
    sys.argv = [path, *arguments]
    full_path = os.path.abspath(path)
    importer = pkgutil.get_importer(full_path)  # None for anything but folders and zip files
    if importer is not None:
        _put_first_in_path(full_path)
        spec = importer.find_spec("__main__")
        if spec is None:
            raise CannotRunError(f"can't find '__main__' module in {full_path!r}", 1)
        return _run_spec(spec)
    try:
        with io.open_code(full_path) as file:
            source = file.read()
    except OSError as error:
        raise CannotRunError(f"can't open file {full_path!r}: [Errno {error.errno}] {error.strerror}", 2) from error
    _put_first_in_path(os.path.dirname(os.path.realpath(path)))
    loader = SourceFileLoader("__main__", full_path)
    return _run(lambda: _compiled(source, full_path), __file__=full_path, __cached__=None, __loader__=loader)


def run_code(source, arguments):
    """`python -c source arguments…`."""
    sys.argv = ["-c", *arguments]
    _put_first_in_path("")
    return _run(lambda: _compiled(source, "<string>"), __loader__=BuiltinImporter)


def run_standard_input(arguments):
    """`python - arguments…`: the program comes from standard input."""
    sys.argv = ["-", *arguments]
    _put_first_in_path("")
    source = sys.stdin.read()
    return _run(lambda: _compiled(source, "<stdin>"), __file__="<stdin>", __cached__=None, __loader__=BuiltinImporter)


def run_module(name, arguments):
    """`python -m name arguments…`; for a package, its `__main__` module runs."""
    sys.argv = ["-m", *arguments]
    _put_first_in_path(os.getcwd())
    spec = _find_spec(name)
    if spec.submodule_search_locations is not None:
        try:
            spec = _find_spec(f"{name}.__main__")
        except CannotRunError as error:
            raise CannotRunError(f"{error}; {name!r} is a package and cannot be directly executed", 1) from None
    sys.argv[0] = spec.origin
    return _run_spec(spec)


def _find_spec(name):
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # a module that the package imports is missing
        spec = None
    if spec is None:
        raise CannotRunError(f"No module named {name}", 1)
    return spec


def _run_spec(spec):
    return _run(
        lambda: spec.loader.get_code(spec.name),
        __file__=spec.origin,
        __cached__=spec.cached,
        __loader__=spec.loader,
        __package__=spec.parent,
        __spec__=spec,
    )


def _compiled(source, filename):
    return compile(source, filename, "exec", dont_inherit=True)


def put_folder_first():
    """Put the program's folder first in `sys.path` although this process, but not the user, asked for `-P`."""
    _path["has_place"] = False


_path = {"has_place": True}  # whether `sys.path` has an entry for the program's folder; not with `python -P`


def _put_first_in_path(folder):
    if not _path["has_place"]:
        sys.path.insert(0, folder)
    elif not sys.flags.safe_path:
        sys.path[0] = folder


def _run(get_code, **attributes):
    """Run the code in a new `__main__`. Returns the exit status: 0, or 1 after an uncaught error, which is printed."""
    main = ModuleType("__main__")
    vars(main).update({"__builtins__": sys.modules["builtins"], **attributes})
    sys.modules["__main__"] = main
    try:
        exec(get_code(), vars(main))
    except SystemExit:
        raise
    except BaseException as error:
        _print_uncaught(error)
        if isinstance(error, KeyboardInterrupt):
            end_by_interrupt()
        return 1
    return 0


def end_by_interrupt():
    """Raise a KeyboardInterrupt that prints nothing more.

    If it goes all the way up, Python ends by the signal itself, and a shell sees status 130.
    """
    sys.excepthook = lambda *_: None
    raise KeyboardInterrupt


def _print_uncaught(error):
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith((__file__, "<frozen ")):
        trace = trace.tb_next
    error.__traceback__ = trace  # the script's own hooks may read it
    sys.excepthook(type(error), error, trace)
