"""Runs one script on one backend and records what it does: `python launcher.py OPTIONS.json script.py [arguments…]`.

This file is started by its path, and loads the package `observer` next to it by path, too. So the process of
TensorFlow never imports minikeras, and the time that `import minikeras` takes is measured in the other like any import.

OPTIONS.json says backend, seed, mode, folder of the recording and more: see `observer/options.py`.
"""

import importlib.util
import sys
from pathlib import Path

NAME = "_minikeras_observer"


def load_observer():
    """The package `observer`, under a name that no script has, with its relative imports working."""
    folder = Path(__file__).with_name("observer")
    spec = importlib.util.spec_from_file_location(
        NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)
    return package


def main():
    """Returns the script's own exit status; the recording is always written."""
    options_file, script, *arguments = sys.argv[1:]
    observer = load_observer()
    return observer.observed_run(observer.read_options(options_file), script, arguments)


if __name__ == "__main__":
    sys.exit(main())
