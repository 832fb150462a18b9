"""Packages that only some functions need: imported when one of these runs, with one message where they are missing.

Programs without such functions need not have them, nor wait for them: loading JAX takes a second.
"""

__replay__ = "computes"

from importlib import import_module


def optional_module(name, needed_by, package=None, otherwise=""):
    """A module of an optional package, such as `PIL.Image`.

    Args:
        name: of the module.
        needed_by: the feature that needs it, the first words of the message.
        package: the package to install, if its name differs.
        otherwise: a sentence about what works without it.

    Raises:
        ImportError: it is not installed, or cannot be imported.
    """
    try:
        return import_module(name)
    except ImportError as error:
        package = package or name.partition(".")[0]
        install = f"python -m pip install {package} {otherwise}".rstrip()
        raise ImportError(f"{needed_by} needs {package}, which could not be imported: {install}") from error


def module_if_installed(name):
    """A module of an optional package, or None."""
    try:
        return import_module(name)
    except ImportError:
        return None
