"""The import hook: `import tensorflow`, `import keras` and whatever is below them find minikeras's faces.

Python asks every finder in `sys.meta_path` in turn for a module that is not loaded yet. This one stands first and
answers for all names under `tensorflow`, `keras` and `tf_keras`, so that the packages of these names are never looked
for, installed or not.
"""

__replay__ = "computes"

import sys
from importlib.machinery import ModuleSpec

from minikeras.compat.faces import ROOTS, face


class FaceFinder:
    """Finder and loader of the faces, as `importlib.abc` describes them."""

    def find_spec(self, name, path=None, target=None):
        """The spec of a face; None for modules of other packages. Raises ModuleNotFoundError where no face is."""
        if name.partition(".")[0] not in ROOTS:
            return None
        return ModuleSpec(name, self, origin=getattr(face(name), "__file__", None), is_package=True)

    def create_module(self, spec):
        """The module object of the spec: the face itself."""
        return face(spec.name)

    def exec_module(self, module):
        """Nothing to run: a face fills itself when names are asked for."""


_finder = FaceFinder()
_set_aside = {}  # modules that had been imported under the faces' names before: the real TensorFlow, for one


def is_active():
    """Whether imports of `tensorflow` and `keras` find minikeras."""
    return _finder in sys.meta_path


def activate():
    """Put the finder first, and put aside what was imported under the faces' names until now."""
    _set_aside.update(_take_out_of_sys_modules())
    sys.meta_path.insert(0, _finder)


def deactivate():
    """Take the finder away, and put back what was imported before."""
    sys.meta_path.remove(_finder)
    _take_out_of_sys_modules()
    sys.modules.update(_set_aside)
    _set_aside.clear()


def _take_out_of_sys_modules():
    names = [name for name in sys.modules if name.partition(".")[0] in ROOTS]
    return {name: sys.modules.pop(name) for name in names}
