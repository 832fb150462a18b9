"""Fingerprints of the sources of compiled code: they change with every edit that makes code on disk out of date.

Files are identified by their modification time and size; reading them would take longer.
"""

import marshal
import os
from importlib import import_module

import numpy as np

from minikeras.kernels.registry import Native, Subroutine
from minikeras.kernels.structures import fields

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))


def fingerprint(function):
    """The fingerprint of a kernel's function: its file, its structures, its constants, and the functions it calls."""
    code = function.__code__
    source = stamp(code.co_filename) if os.path.exists(code.co_filename) else marshal.dumps(code)
    structures = tuple([repr(found) for found in map(fields, function.__annotations__.values()) if found])
    return (function.__name__, source, structures, *_fingerprint_of_globals(function))


def globals_used(function):
    """{name: value} of the globals that a function uses."""
    names = function.__code__.co_names
    return {name: function.__globals__[name] for name in names if name in function.__globals__}


def records_used(function):
    """{name: record} of the `Subroutine` and `Native` records among them."""
    used = globals_used(function).items()
    return {name: value for name, value in used if isinstance(value, (Native, Subroutine))}


def symbols_used(function):
    """{"module:name": `Symbol`} of the external functions that a kernel calls, also through its subroutines."""
    found = {}
    for record in records_used(function).values():
        if isinstance(record, Native):
            if not record.is_intrinsic:
                found[record.place] = native_function(record)
        else:
            found |= symbols_used(record.function)
    return found


def native_function(record):
    """The replacement of a `Native` in compiled code."""
    module, name = record.place.split(":")
    return getattr(import_module(module), name)


def stamps(file, *neighbours):
    """The stamps of a file and of others, named relative to its folder."""
    folder = os.path.dirname(file)
    return (stamp(file), *[stamp(os.path.join(folder, name)) for name in neighbours])


def stamp(file):
    """(time of the last edit, size) of a file."""
    status = os.stat(file)
    return status.st_mtime_ns, status.st_size


def _file(module):
    """The file of a module of this package, without importing it."""
    _, *folders = module.split(".")
    return os.path.join(_PACKAGE, *folders) + ".py"


def _fingerprint_of_globals(function):
    parts = []
    for name, value in sorted(globals_used(function).items()):
        if isinstance(value, (bool, int, float, tuple, np.generic)):
            parts.append((name, repr(value)))
        elif isinstance(value, type):
            parts.append((name, repr(fields(value))))  # a structure that is made in the kernel
        elif isinstance(value, Subroutine):
            parts.append((name, fingerprint(value.function)))
        elif isinstance(value, Native):
            parts.append((name, value.place, stamp(_file(value.place.split(":")[0]))))
    return tuple(parts)
