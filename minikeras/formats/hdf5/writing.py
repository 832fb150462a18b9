"""HDF5 files, written to memory first."""

import io

from minikeras.base.extension_dtypes import is_extension
from minikeras.base.optional_packages import module_if_installed
from minikeras.formats.hdf5.composing import ComposedFile


def hdf5_image(write):
    """The bytes of an HDF5 file, for which `write` is called with an open, empty `h5py.File`.

    Without h5py it is called with a `ComposedFile` instead, which takes the same calls.

    The library must not run into a full disk, which would crash the process when the file is closed. So it writes to
    memory, and Python, which raises an error instead, writes the bytes to the disk.

    Raises:
        MemoryError: there is not enough memory for the file.
    """
    h5py = module_if_installed("h5py")  # None in a browser
    if h5py is None:
        file = ComposedFile()
        write(file)
        return memoryview(file.image())
    memory = _Memory()
    try:
        with h5py.File(memory, "w") as file:
            write(file)
    except Exception as error:
        if memory.is_full:  # the library's error is a consequence of that
            pass
        elif isinstance(error, SystemError) and interrupted(error):  # Ctrl-C while the library called `_Memory`
            raise KeyboardInterrupt from error
        else:
            raise
    if memory.is_full:
        raise MemoryError("There is not enough memory to save the model: its file is made in memory first.")
    return memory.getbuffer()


def write_array(group, name, array):
    """Add an array to a group of an open `h5py.File` or `ComposedFile`.

    HDF5 has no bfloat16 and float8. As in Keras's files, such an array is written as plain bytes, and an attribute
    `dtype` is their type.
    """
    if is_extension(array.dtype):
        group.create_dataset(name, data=array.view(f"V{array.dtype.itemsize}")).attrs["dtype"] = array.dtype.name
    else:
        group[name] = array


def interrupted(error):
    """Whether an error comes from a KeyboardInterrupt."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


class _Memory(io.BytesIO):
    """A file in memory that records, but does not report, that there is no more memory."""

    is_full = False

    def write(self, data):
        try:
            return super().write(data)
        except MemoryError:
            self.is_full = True
            return len(data)
