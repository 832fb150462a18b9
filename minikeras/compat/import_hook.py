"""The import hook: `import tensorflow`, `import keras` and all modules below them find minikeras's shims.

Python calls every finder in `sys.meta_path` in turn for a module that is not loaded yet. This one is the first and
handles all names under `tensorflow`, `keras` and `tf_keras`, so that the packages of these names are never searched,
installed or not.
"""

__replay__ = "computes"

import sys
from importlib.machinery import ModuleSpec

from minikeras.base.optional_packages import module_if_installed
from minikeras.compat.namespaces import ROOTS, namespace_shim


class NamespaceFinder:
    """Finder and loader of the namespace shims, as `importlib.abc` describes them."""

    def find_spec(self, name, path=None, target=None):
        """The spec of a shim; None for modules of other packages. Raises ModuleNotFoundError where there is no shim."""
        if name.partition(".")[0] not in ROOTS:
            return None
        return ModuleSpec(name, self, origin=getattr(namespace_shim(name), "__file__", None), is_package=True)

    def create_module(self, spec):
        """The module object of the spec: the shim itself."""
        return namespace_shim(spec.name)

    def exec_module(self, module):
        """Nothing to run: a shim looks names up when they are used."""


_finder = NamespaceFinder()
_saved = {}  # modules that had been imported under the shims' names before: the real TensorFlow, for one


def is_active():
    """Whether imports of `tensorflow` and `keras` find minikeras."""
    return _finder in sys.meta_path


def activate():
    """Insert the finder first, and save the modules imported so far under the shims' names."""
    module_if_installed("ml_dtypes")  # which TensorFlow loads, so that scripts may write np.ones(3, "bfloat16")

    _saved.update(_remove_from_sys_modules())
    sys.meta_path.insert(0, _finder)


def deactivate():
    """Remove the finder, and restore the modules imported before."""
    sys.meta_path.remove(_finder)
    _remove_from_sys_modules()
    sys.modules.update(_saved)
    _saved.clear()


def _remove_from_sys_modules():
    names = [name for name in sys.modules if name.partition(".")[0] in ROOTS]
    return {name: sys.modules.pop(name) for name in names}
