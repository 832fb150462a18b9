"""Runs one script on one backend and records what it does: `python launcher.py OPTIONS.json script.py [arguments…]`.

This file is started by its path, and loads the package `observer` next to it by path, too. So TensorFlow's process
never imports minikeras, and in the other one the time of `import minikeras` is measured like that of any import.

OPTIONS.json gives the backend, the seed, the mode, the recording's folder and more: see `observer/options.py`.
"""

import importlib.util
import sys
from pathlib import Path

NAME = "_minikeras_observer"


def load_observer():
    """The package `observer`, loaded under a name that no script uses, with working relative imports."""
    folder = Path(__file__).with_name("observer")
    spec = importlib.util.spec_from_file_location(
        NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)
    return package


def main():
    """Run and record the script. Returns the script's own exit status; the recording is always written."""
    options_file, script, *arguments = sys.argv[1:]
    observer = load_observer()
    return observer.observed_run(observer.read_options(options_file), script, arguments)


if __name__ == "__main__":
    sys.exit(main())
