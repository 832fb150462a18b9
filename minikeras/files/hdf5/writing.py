"""HDF5 files, written to memory first."""

import io


def hdf5_image(write):
    """The bytes of an HDF5 file, for which `write` is called with an open, empty `h5py.File`.

    A library that cannot write to the disk, as it is full, ends the process when it closes its file. In memory
    that cannot happen; and the bytes are written by Python, which raises an error.
    """
    import h5py  # 0.1 s, for those who save

    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        write(file)
    return memory.getbuffer()
