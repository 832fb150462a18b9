"""Watches imports: measures how long the backend takes to load, and reports when it can be wrapped."""

import contextlib
import importlib.machinery
import random
import sys

import numpy as np


@contextlib.contextmanager
def undisturbed_generators():
    """A context that restores the state of Python's and NumPy's random generators at its end.

    Some modules draw random numbers during their import, for names of temporary files for instance. The script's own
    draws afterwards must not depend on that.
    """
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002  the one that scripts use
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


class ImportWatch:
    """A finder at the head of `sys.meta_path` that finds nothing itself, but wraps the loaders of the watched modules.

    Args:
        recorder: its fact `import_seconds` grows by the time of each outermost watched import.
        watched: full names of modules.
        loaded: called with the name of each, once it has been executed.
    """

    def __init__(self, recorder, watched, loaded):
        self.recorder, self.watched, self.loaded = recorder, set(watched), loaded
        self.open = 0

    def find_spec(self, name, path=None, target=None):
        """The spec of the other finders, with a loader that notifies us."""
        if name not in self.watched:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if isinstance(spec.loader, importlib.machinery.SourceFileLoader):
                    spec.loader = _WatchedLoader(spec.loader.name, spec.loader.path, self)
                return spec
        return None

    @contextlib.contextmanager
    def importing(self):
        """A context for one watched import; only the outermost counts."""
        begin = self.recorder.clock.now()
        self.open += 1
        try:
            with undisturbed_generators():
                yield
        finally:
            self.open -= 1
            if self.open == 0:
                self.recorder.facts["import_seconds"] += self.recorder.clock.now() - begin


class _WatchedLoader(importlib.machinery.SourceFileLoader):
    def __init__(self, name, path, watch):
        super().__init__(name, path)
        self.watch = watch

    def exec_module(self, module):
        watch = self.watch
        with watch.importing():
            super().exec_module(module)
            watch.loaded(module.__name__)
