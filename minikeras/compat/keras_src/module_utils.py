"""`keras.src.utils.module_utils`: packages that are imported at their first use."""

import importlib

from minikeras.compat.tensorflow import io

__all__ = ["LazyModule", "dmtree", "gfile", "grain", "h5py", "jax", "optree", "scipy", "tensorflow", "torch_xla"]


class LazyModule:
    """A module that is imported when one of its names is first read.

    Args:
        name: of the module.
        pip_name: of the package, if it is called otherwise.
        import_error_msg: the text of the ImportError where it is missing.
    """

    def __init__(self, name, pip_name=None, import_error_msg=None):
        self.name = name
        self.pip_name = pip_name or name
        self.import_error_msg = import_error_msg or (
            f"The module {name} is needed here. Install it by `pip install {self.pip_name}`."
        )
        self.module = None

    @property
    def available(self):
        """Whether the module can be imported."""
        try:
            self.initialize()
        except ImportError:
            return False
        return True

    def initialize(self):
        """Import the module, if that has not happened. Raises ImportError if it is missing."""
        if self.module is None:
            try:
                self.module = importlib.import_module(self.name)
            except ImportError as error:
                raise ImportError(self.import_error_msg) from error

    def __getattr__(self, name):
        if name == "_api_export_path":  # exporting tools read it from any object; no reason to import
            raise AttributeError(name)
        self.initialize()
        return getattr(self.module, name)

    def __repr__(self):
        return f"LazyModule({self.name})"


tensorflow = LazyModule("tensorflow")  # which finds minikeras, too
gfile = io.gfile
scipy = LazyModule("scipy")
jax = LazyModule("jax")
h5py = LazyModule("h5py")
torch_xla = LazyModule("torch_xla")
optree = LazyModule("optree")
dmtree = LazyModule("tree", pip_name="dm-tree")
grain = LazyModule("grain")
