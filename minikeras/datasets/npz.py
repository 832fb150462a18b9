"""Arrays read from files that others made, without letting a file run code.

Lists of different lengths in an .npz file, and the CIFAR files as a whole, are Python pickles. A pickle is a small
program: it may name any function of any module and call it. The reader here knows the three names that arrays are made
of, and refuses a file that names another.
"""

import pickle
import zipfile

import numpy as np

_RECONSTRUCT = np.empty(0).__reduce__()[0]  # the function with which a pickled array begins

ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,  # as written by NumPy 1
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,  # as written by NumPy 2
}


class ArrayUnpickler(pickle.Unpickler):
    """Reads numbers, texts, lists, dicts and NumPy arrays from a pickle, and nothing else."""

    def find_class(self, module, name):
        """What a pickle means by `module.name`.

        Raises:
            pickle.UnpicklingError: it is not needed for arrays.
        """
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(
                f"Refusing to load `{module}.{name}` from a file of data: the file is damaged or malicious. "
                "Delete it and fetch it again."
            )
        return ALLOWED[module, name]


def load_npz(path):
    """{name: array} of an .npz file, arrays of Python lists (dtype object) included."""
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".npy"): _load_npy(archive, name) for name in archive.namelist()}


def _load_npy(archive, name):
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(file)
        if dtype.hasobject:
            return ArrayUnpickler(file).load().reshape(shape)
    with archive.open(name) as file:
        return np.lib.format.read_array(file, allow_pickle=False)
